"""Which address leads to which surface."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from pushcart.api.app import api
from pushcart.api.stripe_events import stripe_events

urlpatterns = [
    path("api/v2/", api.urls),
    path("headless/api/1.0/", include("pushcart.api.headless.urls")),
    path("stripe/events", stripe_events),
    path("", include("pushcart.shop.urls")),
    path("", include("pushcart.station.urls")),
    path("admin/", admin.site.urls),
]
