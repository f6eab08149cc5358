"""Addresses below /providers."""

from django.urls import path

from clayops.views.providers import overview, provider, steer

urlpatterns = [
    path("live", overview.live, name="providers-live"),
    path("add", overview.add, name="provider-add"),
    path("<int:pk>", provider.provider, name="provider"),
    path("<int:pk>/live", provider.live, name="provider-live"),
    path("<int:pk>/log", provider.log, name="provider-log"),
    path("<int:pk>/pin", steer.pin, name="provider-pin"),
    path("<int:pk>/reset", steer.reset, name="provider-reset"),
    path("<int:pk>/change", steer.change, name="provider-change"),
    path("<int:pk>/accept", steer.accept, name="provider-accept"),
    path("<int:pk>/remove", steer.remove, name="provider-remove"),
]
