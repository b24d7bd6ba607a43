"""The life of an endpoint (contract, section 3)."""

from __future__ import annotations

from pushcart.kit.states import Graph

ENDPOINT = Graph(
    name="companies.endpoint",
    initial="unchecked",
    moves={
        "unchecked": ("working", "paused", "stopped"),
        "working": ("failing", "paused", "stopped", "unchecked"),
        "failing": ("working", "paused", "stopped", "unchecked"),
        "paused": ("unchecked",),
        "stopped": ("unchecked", "paused"),
    },
    meaning={
        "unchecked": "new or changed: it has yet to answer a signed endpoint.check",
        "working": "orders are pushed to it",
        "failing": "it does not answer: what happens is held for it, and it is asked until it answers",
        "paused": "by its owner: what happens is held for it",
        "stopped": "it answered 410 Gone: what happens is held for it until its owner has it checked again",
    },
)
