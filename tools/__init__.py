"""What those who work on Tallystick need, and an installation does not."""
