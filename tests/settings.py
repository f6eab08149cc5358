"""The product's own settings, on a data folder of the test process's own."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_data = Path(tempfile.mkdtemp(prefix="clayops-test-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
_kept = os.environ.get("TEST_DATABASE_URL", "")
os.environ["DATA_DIR"] = str(_data)
_ours = ("CLAY_API_KEY", "CLAY_API_URL", "CLAY_WEBHOOK_ID", "CLAY_WEBHOOK_SECRET", "REDIS_URL", "SECRET_KEY")
for name in (
    *_ours,
    "ALLOWED_HOSTS",
    "HSTS_PRELOAD",
    "TRUSTED_PROXIES",
    "NOTIFY_INTERNAL",
    "TIME_ZONE",
    "PORT",
    "PROMETHEUS_MULTIPROC_DIR",
):
    os.environ.pop(name, None)
if _kept:
    os.environ["DATABASE_URL"] = _kept
else:
    os.environ.pop("DATABASE_URL", None)

from clayops.settings import *  # noqa: E402, F403
from clayops.settings import DATABASES, STATIC_ROOT  # noqa: E402

STATIC_ROOT.mkdir()  # whitenoise looks there; what it serves comes from the finders

if not _kept:  # a real file: threads and processes meet the same locks as in production
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}
    sqlite: Any = DATABASES["default"]["OPTIONS"]
    sqlite["init_command"] += "PRAGMA synchronous=OFF;"  # no test pulls the plug
NOTIFY_INTERNAL = True  # servers of the tests listen on loopback
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True  # looks when asked, not at each client's beginning
