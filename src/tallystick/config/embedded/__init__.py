"""PostgreSQL without an installation: the server inside a Python wheel, for trying out and for tests, not for production.

`use(data_dir)` answers with a running `Server`; the first process to ask starts it, and it stops when the last one that
asked is gone, however that one ended. Nobody has to clean up.
"""

from tallystick.config.embedded.home import Home, Unusable
from tallystick.config.embedded.server import Server, at, use

__all__ = ["Home", "Server", "Unusable", "at", "use"]
