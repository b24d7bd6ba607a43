from __future__ import annotations

from django.urls import path

from pushcart.api.headless import views

urlpatterns = [path("cart/validate", views.cart_validate)]
