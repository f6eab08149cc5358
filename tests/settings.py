"""The product's own settings, on a data folder of the test run's own."""

import os
import tempfile
from pathlib import Path

_data = Path(tempfile.mkdtemp(prefix="clayops-test-"))
os.environ["DATA_DIR"] = str(_data)
for name in ("CLAY_API_KEY", "CLAY_API_URL", "REDIS_URL", "SECRET_KEY", "ALLOWED_HOSTS", "TIME_ZONE", "PORT"):
    os.environ.pop(name, None)

from clayops.settings import *  # noqa: E402, F403

ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
