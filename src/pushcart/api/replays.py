"""POST /api/v2/events/{id}/replay: an event pushed once more (decision 0087)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import orjson
from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel, Field

from pushcart.api.errors import Refused
from pushcart.api.openapi import REFUSALS
from pushcart.events.models import Event
from pushcart.kit import envelope
from pushcart.webhooks.actions.replay import replay
from pushcart.webhooks.models import Cursor

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import ApiKey

router = Router(tags=["Events"])


class ReplayOut(BaseModel):
    event: str
    pushes: int = Field(description="How many pushes go out; 0: none of your endpoints takes such events.")


class ReplayAnswer(BaseModel):
    version: Literal[2]
    status: Literal[True]
    content: ReplayOut


@router.post(
    "/events/{event_id}/replay",
    response={200: ReplayAnswer, **REFUSALS},
    summary="Push an event once more",
    operation_id="replay_event",
)
def replay_event(request: HttpRequest, event_id: str) -> HttpResponse:
    """Sends one event to each of your endpoints that takes its type, under the same `webhook-id`, signed anew.

    It goes out behind what is still owed of the same cart. A test key's go to the endpoints for test orders.
    """
    key: ApiKey = request.auth  # type: ignore[attr-defined]  # ninja sets it
    mine = Event.objects.filter(company_id=key.company_id, test=key.test)
    # Nothing else can be one, and not everything that an address can hold may be asked of the database.
    event = mine.filter(uid=event_id).first() if event_id.isascii() and event_id.isprintable() else None
    if event is None:
        raise Refused(404, "event_not_found", "There is no such event, or this key has no access to it.")
    # One that no pusher has met yet was sent nothing that could be sent again.
    met = Cursor.objects.filter(endpoint__company_id=key.company_id, endpoint__test=key.test).order_by("endpoint_id")
    pushes = sum(replay(cursor.endpoint_id, uid=event.uid) for cursor in met)
    body = envelope.single(orjson.dumps({"event": event.uid, "pushes": pushes}))
    return HttpResponse(body, content_type="application/json")
