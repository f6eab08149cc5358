"""Addresses of the settings."""

from django.urls import path

from clayops.pages.settings import views

urlpatterns = [
    path("settings", views.preferences, name="settings"),
]
