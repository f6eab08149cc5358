"""Addresses of the upload, and of drafts."""

from django.urls import path

from clayops.pages.upload import findings, setup, start, views

urlpatterns = [
    path("upload", views.upload, name="upload"),
    path("upload/sample.csv", views.sample, name="sample"),
    path("jobs/<int:pk>/setup", setup.setup, name="job-setup"),
    path("jobs/<int:pk>/setup/progress", setup.progress, name="job-setup-progress"),
    path("jobs/<int:pk>/findings/<slug:kind>.csv", findings.download, name="job-findings"),
    path("jobs/<int:pk>/start", start.start, name="job-start"),
    path("jobs/<int:pk>/raise", start.raise_limit, name="job-raise"),
    path("jobs/<int:pk>/discard", setup.discard, name="job-discard"),
]
