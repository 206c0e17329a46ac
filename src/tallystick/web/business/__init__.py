"""The business's desk."""
