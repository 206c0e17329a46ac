"""The firm's desk."""
