"""Every address of the product: each page has its own."""

from django.urls import include, path

from clayops.pages.frame import errors

PAGES = [
    "dashboard",
    "upload",
    "jobs",
    "runs",
    "deadletters",
    "budget",
    "providers",
    "destinations",
    "alerts",
    "notifications",
    "people",
    "accounts",
    "settings",
    "hooks",
    "health",
]
urlpatterns = [path("", include(f"clayops.pages.{page}.urls")) for page in PAGES]

handler404 = errors.not_found
handler500 = errors.broken
