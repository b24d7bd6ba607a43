"""The headless API but for its hot reads, which the edge serves before Django is asked."""

from __future__ import annotations

from django.urls import path

from pushcart.api.headless import basket, conversion, location, notices, order, session
from pushcart.api.headless.cart_validate import cart_validate

urlpatterns = [
    path("session/id", session.session_id),
    path("session/user", session.session_user),
    path("conversion/start", conversion.start),
    path("conversion/product_data", conversion.product_data),
    path("conversion/buy_online_ecommerce_data", conversion.buy_online_ecommerce_data),
    path("conversion/common", conversion.common),
    path("location/switch/<str:lat>/<str:lng>", location.switch),
    path("location/address/suggest", location.address_suggest),
    path("location/address/validate", location.address_validate),
    path("cart", basket.cart),
    path("cart/items/add", basket.add),
    path("cart/checkout", basket.checkout),
    path("cart/validate_email", basket.validate_email),
    path("cart/billing", basket.billing),
    path("cart/order", order.order),
    path("cart/validate", cart_validate),
    path("analytics", notices.analytics),
    path("email/template/send", notices.send_template),
]
