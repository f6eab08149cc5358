"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from clayops.views import accounts, dashboard, errors, preferences

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("live/dashboard", dashboard.live, name="dashboard-live"),
    path("live/chrome", dashboard.chrome, name="live-chrome"),
    path("healthz", errors.healthz, name="healthz"),
    path("signin", accounts.signin, name="signin"),
    path("signout", accounts.signout, name="signout"),
    path("password", accounts.password, name="password"),
    path("welcome/<str:token>", accounts.welcome, name="welcome"),
    path("budget", include("clayops.views.budget.urls")),
    path("settings", preferences.preferences, name="settings"),
    path("", include("jobs.urls")),
]

handler404 = errors.not_found
