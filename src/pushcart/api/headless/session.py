"""GET session/id and session/user: the shopper's session, by its id alone; no cookie is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.api.headless.door import door
from pushcart.api.headless.shopper import geo, user

if TYPE_CHECKING:
    from pushcart.api.headless.door import Call


@door("GET")
def session_id(call: Call) -> dict[str, Any]:
    """The id to send as Locally-Api-Session-Id from now on."""
    return {"id": call.session, "session": {"id": call.session}}


@door("GET")
def session_user(call: Call) -> dict[str, Any]:
    """Who the shopper is, as far as the session was told."""
    visit = call.visit()
    return {**user(visit), "user_geo": geo(visit, call.caller.company), "session": {"id": call.session}}
