from __future__ import annotations

from django.urls import path

from pushcart.sandbox.page.brand_site import brand_site
from pushcart.sandbox.page.decide import decide
from pushcart.sandbox.page.feed import feed
from pushcart.sandbox.page.move_clock import move_clock
from pushcart.sandbox.page.news import news
from pushcart.sandbox.page.place import place
from pushcart.sandbox.page.show import show

urlpatterns = [
    path("", show, name="sandbox"),
    path("sandbox/brand-site", brand_site, name="sandbox-brand-site"),
    path("sandbox/news.json", news, name="sandbox-news"),
    path("sandbox/orders", place, name="sandbox-place"),
    path("sandbox/decisions", decide, name="sandbox-decide"),
    path("sandbox/clock", move_clock, name="sandbox-clock"),
    path("sandbox/feed", feed, name="sandbox-feed"),
]
