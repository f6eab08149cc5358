"""Addresses of destinations."""

from django.urls import path

from clayops.pages.destinations import connection_test, outcomes, views, waterfall

urlpatterns = [
    path("destinations", views.destinations, name="destinations"),
    path("live/destinations", views.live, name="destinations-live"),
    path("destinations/new", views.new, name="destination-new"),
    path("destinations/<int:pk>/edit", views.edit, name="destination-edit"),
    path("destinations/<int:pk>/waterfall", waterfall.waterfall, name="destination-waterfall"),
    path("destinations/<int:pk>/outcomes", outcomes.outcomes, name="destination-outcomes"),
    path("destinations/<int:pk>/test", connection_test.test, name="destination-test"),
    path("destinations/<int:pk>/test/send", connection_test.send, name="destination-send"),
    path("destinations/<int:pk>/price", views.use_price, name="destination-price"),
    path("destinations/<int:pk>/pause", views.pause, name="destination-pause"),
    path("destinations/<int:pk>/resume", views.resume, name="destination-resume"),
    path("destinations/<int:pk>/archive", views.archive, name="destination-archive"),
    path("destinations/<int:pk>/restore", views.restore, name="destination-restore"),
    path("destinations/<int:pk>/check", views.check, name="hold-lift"),
]
