from __future__ import annotations

from django.urls import path

from pushcart.station import decide

urlpatterns = [path("decide/<str:token>", decide.decide, name="decide")]
