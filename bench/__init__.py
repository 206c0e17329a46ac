"""How fast Tallystick is, in ratios to a floor that is measured in the same run: `python -m bench`."""
