"""Addresses below /settings/notifications."""

from django.urls import path

from clayops.views.notifications import buttons, rules

urlpatterns = [
    path("new", rules.new, name="notification-new"),
    path("<int:pk>", rules.edit, name="notification"),
    path("<int:pk>/test", buttons.test, name="notification-test"),
    path("<int:pk>/on", buttons.on, name="notification-on"),
    path("<int:pk>/off", buttons.off, name="notification-off"),
    path("<int:pk>/delete", buttons.delete, name="notification-delete"),
]
