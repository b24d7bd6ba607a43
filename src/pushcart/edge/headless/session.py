"""The session of a shopper, as the edge reads it: its id, and the place that was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.kit import clock
from pushcart.locator.place import Place
from pushcart.visits import session_id
from pushcart.visits.actions.forget_old import KEPT_FOR

if TYPE_CHECKING:
    from starlette.requests import Request

    from pushcart.edge.headless.caller import Brand

# $1 digest, $2 brand, $3 test, $4 since when it has to have been used
_PLACE = """
SELECT lat, lng FROM visits_visit
WHERE digest = $1 AND brand_id = $2 AND test = $3 AND used_at > $4 AND lat IS NOT NULL
"""


def session_of(request: Request) -> str:
    """The id that was sent, or where that is none of ours a new one."""
    sent = request.headers.get("locally-api-session-id", "")
    return sent if session_id.is_ours(sent) else session_id.new()


async def place_of(request: Request, brand: Brand, session: str) -> Place | None:
    """Where the session's shopper is, by location/switch."""
    since = clock.now() - KEPT_FOR
    row = await request.app.state.pool.fetchrow(_PLACE, session_id.digest(session), brand.id, brand.test, since)
    return Place(row["lat"], row["lng"]) if row else None
