"""Addresses of signs of life."""

from django.urls import path

from clayops.pages.health import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("healthz/web", views.web, name="healthz-web"),
    path("metrics", views.metrics, name="metrics"),
]
