"""The addresses of an installation, and the sandbox's own page before them."""

from __future__ import annotations

from django.urls import include, path

from pushcart.config.urls import urlpatterns as installation

urlpatterns = [path("", include("pushcart.sandbox.page.urls")), *installation]
