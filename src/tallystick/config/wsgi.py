"""The pages' entry for a WSGI server."""

import multiprocessing
import os

from django.core.wsgi import get_wsgi_application

from tallystick.config import lifeline

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tallystick.config.settings")

_parent = multiprocessing.parent_process()
if _parent is not None and _parent.pid is not None:
    lifeline.tie_to(_parent.pid)  # a server killed with -9 does not end its own processes

application = get_wsgi_application()
