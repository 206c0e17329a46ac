"""`python -m tallystick` is the command line."""

import sys

from tallystick.config.cli import main

sys.exit(main())
