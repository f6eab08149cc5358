"""Addresses of alerts."""

from django.urls import path

from clayops.pages.alerts import views

urlpatterns = [
    path("alerts", views.alerts, name="alerts"),
    path("live/alerts", views.live, name="alerts-live"),
    path("alerts/snooze", views.snooze, name="alert-snooze"),
    path("alerts/wake", views.wake, name="alert-wake"),
]
