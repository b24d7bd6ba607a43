"""The life of a delivery: one event on its way to one endpoint."""

from __future__ import annotations

from pushcart.kit.states import Graph

DELIVERY = Graph(
    name="webhooks.delivery",
    initial="waiting",
    moves={
        "waiting": ("delivered", "folded", "unwanted", "given_up"),
        "delivered": (),
        "folded": (),
        "unwanted": (),
        "given_up": (),
    },
    meaning={
        "waiting": "due now or later, on its way, or held while its endpoint does not take pushes",
        "delivered": "answered with 2xx",
        "folded": "a newer document of the cart went out in its place, as its owner wishes",
        "unwanted": "its owner no longer takes events of this type",
        "given_up": "refused for five days while others were taken; told as webhooks.given_up",
    },
)
