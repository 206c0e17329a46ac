"""The settings of the tests: a data folder that goes, the role that owns the tables, no slow hashing, no manifest."""

import atexit
import os
import shutil
import tempfile

# A process that a test starts shares the folder, and with it the keys and the database; whoever made it removes it.
_data = os.environ.get("TALLYSTICK_TESTS_DATA_DIR", "")
if not os.path.isdir(_data):  # noqa: PTH112 - nothing of ours is imported yet
    _data = tempfile.mkdtemp(prefix="tallystick-tests-")
    atexit.register(shutil.rmtree, _data, ignore_errors=True)

# Of the processes that share the tests among them, each has a folder of its own in it, and thereby a server.
_process = os.environ.get("PYTEST_XDIST_WORKER", "")
if _process and os.path.basename(_data) != _process:  # noqa: PTH119 - as above
    _data = os.path.join(_data, _process)  # noqa: PTH118 - as above
    os.makedirs(_data, mode=0o700, exist_ok=True)  # noqa: PTH103 - as above

# The tests are told what they need here and by nothing else, but for the database to run on.
_given = os.environ.get("TALLYSTICK_TEST_DATABASE_URL") or os.environ.get("TALLYSTICK_DATABASE_URL", "")
for _name in [name for name in os.environ if name.startswith("TALLYSTICK_") and name != "TALLYSTICK_PROVE"]:
    del os.environ[_name]
os.environ["TALLYSTICK_DATA_DIR"] = os.environ["TALLYSTICK_TESTS_DATA_DIR"] = _data
if _given:
    os.environ["TALLYSTICK_DATABASE_URL"] = os.environ["TALLYSTICK_DATABASE_OWNER_URL"] = _given

from tallystick.config.settings import *  # noqa: E402, F403
from tallystick.config.settings import DATA_DIR, ENVIRONMENT, STORAGES  # noqa: E402

DATABASES = {"default": ENVIRONMENT.database(as_owner=True)}
SERVING_ROLE = f"tallystick_serving_tests{_process}" if _given else ENVIRONMENT.serving_role
ALLOWED_HOSTS = ["localhost", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
(DATA_DIR / "static").mkdir(exist_ok=True)
