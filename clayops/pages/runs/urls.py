"""Addresses of runs that are out."""

from django.urls import path

from clayops.pages.runs import views

urlpatterns = [
    path("runs", views.runs, name="runs"),
    path("live/runs", views.live, name="runs-live"),
    path("runs/all/<str:verb>", views.all_runs, name="runs-all"),
    path("runs/<int:pk>/check", views.check, name="run-check"),
    path("runs/<int:pk>/wait", views.wait, name="run-wait"),
    path("runs/<int:pk>/give-up", views.give_up, name="run-give-up"),
]
