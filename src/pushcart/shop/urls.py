from __future__ import annotations

from django.urls import path

from pushcart.shop import views

urlpatterns = [
    path("order/<str:cart_hash>/<str:token>", views.order, name="order"),
    path("order/<str:cart_hash>/<str:token>/cancel", views.cancel, name="order-cancel"),
    path("order/<str:cart_hash>/<str:token>/messages", views.write, name="order-write"),
]
