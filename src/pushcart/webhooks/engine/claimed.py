from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(slots=True)
class Claimed:
    """A delivery in this pusher's hands, with all that its push is made of but its target."""

    id: int
    endpoint_id: int
    token: int
    first_at: datetime | None
    upc: str
    uid: str
    event_type: str
    created_at: datetime
    cart_hash: str
    sequence: int | None
    data: str  # JSON
    traceparent: str
    document: str | None
    respond_by: datetime | None  # of the cart as it stands now: null once it is decided
    version: int  # of the endpoint's row
    wanted: bool
    overtaken_by: int | None  # a later delivery that takes its place
