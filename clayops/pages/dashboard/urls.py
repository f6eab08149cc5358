"""Addresses of the first page, and of the workers."""

from django.urls import path

from clayops.pages.dashboard import views, workers

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("live/dashboard", views.live, name="dashboard-live"),
    path("live/chrome", views.chrome, name="live-chrome"),
    path("workers", workers.workers, name="workers"),
]
