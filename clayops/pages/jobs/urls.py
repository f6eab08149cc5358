"""Addresses of jobs."""

from django.urls import path

from clayops.pages.jobs import actions, deletion, export, job, listing, rows

urlpatterns = [
    path("jobs", listing.jobs, name="jobs"),
    path("live/jobs", listing.live, name="jobs-live"),
    path("jobs/<int:pk>", job.job, name="job"),
    path("jobs/<int:pk>/live", job.live, name="job-live"),
    path("jobs/<int:pk>/rows", rows.rows, name="job-rows"),
    path("jobs/<int:pk>/rows/<int:number>", rows.row, name="job-row"),
    path("jobs/<int:pk>/batches", job.batches, name="job-batches"),
    path("jobs/<int:pk>/history", job.history, name="job-history"),
    path("jobs/<int:pk>/export.csv", export.as_csv, name="job-export"),
    path("jobs/<int:pk>/export.xlsx", export.as_xlsx, name="job-export-xlsx"),
    path("jobs/<int:pk>/pause", actions.pause, name="job-pause"),
    path("jobs/<int:pk>/resume", actions.resume, name="job-resume"),
    path("jobs/<int:pk>/cancel", actions.cancel, name="job-cancel"),
    path("jobs/<int:pk>/rename", actions.rename, name="job-rename"),
    path("jobs/<int:pk>/up", actions.up, name="job-up"),
    path("jobs/<int:pk>/down", actions.down, name="job-down"),
    path("jobs/<int:pk>/duplicate", actions.duplicate, name="job-duplicate"),
    path("jobs/<int:pk>/delete", deletion.delete, name="job-delete"),
    path("jobs/<int:pk>/file", deletion.file, name="job-file"),
]
