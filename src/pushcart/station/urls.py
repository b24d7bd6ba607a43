from __future__ import annotations

from django.urls import path

from pushcart.station import decide, setup

urlpatterns = [
    path("decide/<str:token>", decide.decide, name="decide"),
    path("setup/joined", setup.joined, name="setup-joined"),
    path("setup/<str:token>", setup.show, name="setup"),
    path("setup/<str:token>/rates", setup.rates, name="setup-rates"),
    path("setup/<str:token>/account", setup.account, name="setup-account"),
    path("setup/<str:token>/card", setup.card, name="setup-card"),
]
