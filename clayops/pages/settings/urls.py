"""Addresses of the settings."""

from django.urls import path

from clayops.pages.settings import endings, views

urlpatterns = [
    path("settings", views.preferences, name="settings"),
    path("settings/ended", endings.endings, name="endings"),
]
