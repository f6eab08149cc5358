"""Addresses of the notifications."""

from django.urls import path

from clayops.pages.notifications import actions, views

urlpatterns = [
    path("settings/notifications", views.rules, name="notifications"),
    path("settings/notifications/new", views.new, name="notification-new"),
    path("settings/notifications/<int:pk>", views.edit, name="notification"),
    path("settings/notifications/<int:pk>/test", actions.test, name="notification-test"),
    path("settings/notifications/<int:pk>/on", actions.on, name="notification-on"),
    path("settings/notifications/<int:pk>/off", actions.off, name="notification-off"),
    path("settings/notifications/<int:pk>/delete", actions.delete, name="notification-delete"),
]
