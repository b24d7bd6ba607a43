from __future__ import annotations

from django.urls import path

from pushcart.station import decide, feeds, setup

urlpatterns = [
    path("decide/<str:token>", decide.decide, name="decide"),
    path("feeds/<str:token>", feeds.show, name="feeds"),
    path("feeds/<str:token>/upload", feeds.upload, name="feeds-upload"),
    path("feeds/<str:token>/<int:import_id>/decide", feeds.decide, name="feeds-decide"),
    path("feeds/<str:token>/<int:import_id>/report.csv", feeds.report, name="feeds-report"),
    path("setup/joined", setup.joined, name="setup-joined"),
    path("setup/<str:token>", setup.show, name="setup"),
    path("setup/<str:token>/rates", setup.rates, name="setup-rates"),
    path("setup/<str:token>/account", setup.account, name="setup-account"),
    path("setup/<str:token>/card", setup.card, name="setup-card"),
]
