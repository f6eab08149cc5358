"""Addresses of uploads, jobs, runs, dead letters and destinations."""

from django.urls import URLPattern, URLResolver, path

from jobs.views import destinations, job, letters, listing, runs, setup, steer, upload

urlpatterns: list[URLPattern | URLResolver] = [
    path("upload", upload.upload, name="upload"),
    path("upload/sample.csv", upload.sample, name="sample"),
    path("jobs", listing.jobs, name="jobs"),
    path("live/jobs", listing.live, name="jobs-live"),
    path("jobs/<int:pk>", job.job, name="job"),
    path("jobs/<int:pk>/live", job.live, name="job-live"),
    path("jobs/<int:pk>/rows", job.rows, name="job-rows"),
    path("jobs/<int:pk>/batches", job.batches, name="job-batches"),
    path("jobs/<int:pk>/history", job.history, name="job-history"),
    path("jobs/<int:pk>/export.csv", job.export, name="job-export"),
    path("jobs/<int:pk>/setup", setup.setup, name="job-setup"),
    path("jobs/<int:pk>/start", setup.start, name="job-start"),
    path("jobs/<int:pk>/discard", setup.discard, name="job-discard"),
    path("jobs/<int:pk>/pause", steer.pause, name="job-pause"),
    path("jobs/<int:pk>/resume", steer.resume, name="job-resume"),
    path("jobs/<int:pk>/cancel", steer.cancel, name="job-cancel"),
    path("runs/<int:pk>/check", runs.check, name="run-check"),
    path("runs/<int:pk>/wait", runs.wait, name="run-wait"),
    path("runs/<int:pk>/give-up", runs.give_up, name="run-give-up"),
    path("deadletters", letters.letters, name="deadletters"),
    path("deadletters/<int:pk>", letters.letter, name="deadletter"),
    path("destinations", destinations.destinations, name="destinations"),
    path("destinations/<int:pk>/check", destinations.check, name="hold-lift"),
]
