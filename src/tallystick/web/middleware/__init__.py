"""What every page passes through on its way: headers, language, the plain page of a no."""
