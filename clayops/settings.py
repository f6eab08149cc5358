"""Django's settings, all read from the environment (see the table in README.md)."""

import hashlib
import os
import tempfile
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.contrib.messages import constants as message_levels

from clayops.base import environment as e

os.umask(0o077)  # what we write is ours: the database, uploads, findings, logs
BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = e.folder("DATA_DIR", BASE_DIR / "var")

# -- what an operator sets ------------------------------------------------------------------------
SECRET_KEY = e.text("SECRET_KEY") or e.kept_secret(DATA_DIR / "secret-key")
ALLOWED_HOSTS = e.hosts("ALLOWED_HOSTS")
TRUSTED_PROXIES = e.networks("TRUSTED_PROXIES")
NOTIFY_INTERNAL = e.yes_or_no("NOTIFY_INTERNAL")
HSTS_PRELOAD = e.yes_or_no("HSTS_PRELOAD")
PORT = e.whole("PORT", 8000, 1, 65535)
WORKERS = e.whole("WORKERS", 3, 1, 64)
TIME_ZONE = e.time_zone("TIME_ZONE", "UTC")
DAILY_CREDIT_LIMIT = e.credits_amount("DAILY_CREDIT_LIMIT", 10_000)

CLAY_API_KEY = e.text("CLAY_API_KEY")
CLAY_WEBHOOK_ID = e.text("CLAY_WEBHOOK_ID")
CLAY_WEBHOOK_SECRET = e.text("CLAY_WEBHOOK_SECRET")
SANDBOX = not CLAY_API_KEY
SANDBOX_PORT = PORT + 1 if PORT < 65535 else PORT - 1
CLAY_API_URL = e.clay_url(
    "CLAY_API_URL",
    f"http://127.0.0.1:{SANDBOX_PORT}/public/v0" if SANDBOX else "https://api.clay.com/public/v0",
)
if SANDBOX:
    CLAY_API_KEY = "sandbox-key"

# -- Redis: the one named, or the one that `up` starts on a socket in DATA_DIR -------------------
REDIS_DIR = DATA_DIR / "redis"
REDIS_SOCKET = REDIS_DIR / "redis.sock"
if len(str(REDIS_SOCKET)) > 100:  # a socket's path may have 107 bytes
    REDIS_SOCKET = (
        Path(tempfile.gettempdir())
        / f"clayops-{hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:16]}"
        / "r.sock"
    )
REDIS_URL = e.redis_url("REDIS_URL")
BUNDLED_REDIS = not REDIS_URL
REDIS_PASSWORD = ""
if BUNDLED_REDIS:
    REDIS_PASSWORD = e.kept_secret(DATA_DIR / "redis-password")
    REDIS_URL = f"unix://:{quote(REDIS_PASSWORD)}@{quote(str(REDIS_SOCKET))}?db=0"

# One queue per worker: only then does RQ move a job safely from the queue to its worker.
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "DB": None, "DEFAULT_TIMEOUT": 600, "DEFAULT_RESULT_TTL": 60}
    for name in ("lanes", "results", "work", "long")
}
RQ = {"COMMIT_MODE": "on_db_commit", "WORKER_CLASS": "clayops.base.workers.Worker"}
RQ_SHOW_ADMIN_LINK = False

# -- Django --------------------------------------------------------------------------------------
DEBUG = False
INSTALLED_APPS = [
    "clayops",
    "jobs",
    "budget",
    "providers",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "django_rq",
]
MIDDLEWARE = [
    "clayops.pages.health.metrics.requests.timed",
    "clayops.base.origin.OriginMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "clayops.base.origin.NoStoreMiddleware",
    "clayops.base.pulse.PulseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "clayops.pages.frame.bodies.BodiesMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "clayops.urls"
WSGI_APPLICATION = "clayops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "clayops.pages.frame.context.chrome",
            ],
        },
    },
]
DATABASES = {"default": e.database_url("DATABASE_URL", DATA_DIR / "clayops.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username",)}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "signin"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "signin"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HANDLER = "clayops.pages.accounts.throttling.Handler"
AXES_CLIENT_IP_CALLABLE = "clayops.base.origin.address_of"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "en-us"
USE_I18N = False
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "uploads"  # never served: a job hands its own file out
FILE_UPLOAD_HANDLERS = ["clayops.pages.frame.bodies.NoFiles"]  # the upload has a handler of its own
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "tmp"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # of a form, its file not counted
MAX_UPLOAD_BYTES = 200 * 1024 * 1024

# Served beyond this machine means https, as behind any proxy; on loopback plain http will do.
PUBLIC = any(not e.is_loopback(host) for host in ALLOWED_HOSTS)
SECURE_SSL_REDIRECT = PUBLIC
SESSION_COOKIE_SECURE = PUBLIC
CSRF_COOKIE_SECURE = PUBLIC
SECURE_HSTS_SECONDS = 31_536_000 if PUBLIC else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PUBLIC
SECURE_HSTS_PRELOAD = PUBLIC and HSTS_PRELOAD
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preload is for the owner of the domain to decide
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

MESSAGE_TAGS = {
    message_levels.SUCCESS: "good",
    message_levels.INFO: "info",
    message_levels.WARNING: "warn",
    message_levels.ERROR: "bad",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "clayops": {"level": "INFO"},
        "jobs": {"level": "INFO"},
        "axes": {"level": "ERROR"},
        "django.request": {"level": "ERROR"},
    },
}
