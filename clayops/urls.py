"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from clayops.views import accounts, alerts, dashboard, errors, people, preferences, signs, workers
from clayops.views.budget.overview import budget
from clayops.views.notifications.rules import rules as notifications
from clayops.views.providers.overview import providers

urlpatterns: list[URLPattern | URLResolver] = [
    path("", dashboard.dashboard, name="dashboard"),
    path("live/dashboard", dashboard.live, name="dashboard-live"),
    path("live/chrome", dashboard.chrome, name="live-chrome"),
    path("healthz", signs.healthz, name="healthz"),
    path("healthz/web", signs.web, name="healthz-web"),
    path("metrics", signs.metrics, name="metrics"),
    path("signin", accounts.signin, name="signin"),
    path("signout", accounts.signout, name="signout"),
    path("password", accounts.password, name="password"),
    path("welcome/<str:token>", accounts.welcome, name="welcome"),
    path("workers", workers.workers, name="workers"),
    path("alerts", alerts.alerts, name="alerts"),
    path("live/alerts", alerts.live, name="alerts-live"),
    path("alerts/snooze", alerts.snooze, name="alert-snooze"),
    path("alerts/wake", alerts.wake, name="alert-wake"),
    path("budget", budget, name="budget"),
    path("budget/", include("clayops.views.budget.urls")),
    path("providers", providers, name="providers"),
    path("providers/", include("clayops.views.providers.urls")),
    path("settings", preferences.preferences, name="settings"),
    path("settings/notifications", notifications, name="notifications"),
    path("settings/notifications/", include("clayops.views.notifications.urls")),
    path("people", people.everyone, name="people"),
    path("people/new", people.new, name="person-new"),
    path("people/<int:pk>", people.edit, name="person"),
    path("people/<int:pk>/off", people.off, name="person-off"),
    path("people/<int:pk>/on", people.on, name="person-on"),
    path("people/<int:pk>/link", people.link, name="person-link"),
    path("join/<str:uid>/<str:token>", people.join, name="join"),
    path("", include("jobs.urls")),
]

handler404 = errors.not_found
