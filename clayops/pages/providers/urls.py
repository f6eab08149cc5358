"""Addresses of the providers."""

from django.urls import path

from clayops.pages.providers import actions, overview, provider

urlpatterns = [
    path("providers", overview.providers, name="providers"),
    path("providers/live", overview.live, name="providers-live"),
    path("providers/add", overview.add, name="provider-add"),
    path("providers/<int:pk>", provider.provider, name="provider"),
    path("providers/<int:pk>/live", provider.live, name="provider-live"),
    path("providers/<int:pk>/log", provider.log, name="provider-log"),
    path("providers/<int:pk>/pin", actions.pin, name="provider-pin"),
    path("providers/<int:pk>/reset", actions.reset, name="provider-reset"),
    path("providers/<int:pk>/change", actions.change, name="provider-change"),
    path("providers/<int:pk>/accept", actions.accept, name="provider-accept"),
    path("providers/<int:pk>/remove", actions.remove, name="provider-remove"),
]
