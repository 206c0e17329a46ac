"""An organisation's links to outside apps: made, kept alive, watched, mended, taken away."""
