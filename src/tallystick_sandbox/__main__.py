"""`python -m tallystick_sandbox`."""

import sys

from tallystick_sandbox.cli import main

sys.exit(main())
