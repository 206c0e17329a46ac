"""What the process loads from which those of `loaded.py` are forked."""

import django

django.setup()
