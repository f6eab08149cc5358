"""Addresses of the people."""

from django.urls import path

from clayops.pages.people import views

urlpatterns = [
    path("people", views.everyone, name="people"),
    path("people/new", views.new, name="person-new"),
    path("people/<int:pk>", views.edit, name="person"),
    path("people/<int:pk>/off", views.off, name="person-off"),
    path("people/<int:pk>/on", views.on, name="person-on"),
    path("people/<int:pk>/link", views.link, name="person-link"),
    path("join/<str:uid>/<str:token>", views.join, name="join"),
]
