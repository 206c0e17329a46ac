"""What the process loads from which those of `loaded.py` are forked."""

import django

django.setup()

# What most of them need, once for all.
import tallystick.connections.renewing  # noqa: E402
import tallystick.jobs.worker  # noqa: E402, F401
