"""Addresses of Clay's calls."""

from django.urls import path

from clayops.pages.hooks import views

urlpatterns = [
    path("hooks/clay/run", views.run_finished, name="hook-run"),
]
