from __future__ import annotations

from pushcart.companies.actions.move_endpoint import move_endpoint


def pause_endpoint(endpoint_id: int) -> bool:
    """Its owner holds the pushes back; what happens meanwhile is sent, in order, once the endpoint is resumed."""
    return move_endpoint(endpoint_id, "paused", reason="Paused by its owner.")
