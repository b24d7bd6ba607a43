from __future__ import annotations

from pushcart.companies.actions.move_endpoint import move_endpoint


def resume_endpoint(endpoint_id: int) -> bool:
    """Its owner wants a paused or stopped endpoint to be used again: it is, once it has answered a signed check."""
    return move_endpoint(endpoint_id, "unchecked", reason="Resumed by its owner.", only_from=("paused", "stopped"))
