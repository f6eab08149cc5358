"""Addresses of the account."""

from django.urls import path

from clayops.pages.accounts import views

urlpatterns = [
    path("signin", views.signin, name="signin"),
    path("signout", views.signout, name="signout"),
    path("password", views.password, name="password"),
    path("welcome/<str:token>", views.welcome, name="welcome"),
]
