"""The whole web: the edge's hot reads, and Django behind them in threads of the same process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from a2wsgi import WSGIMiddleware
from django.conf import settings

from pushcart.config.wsgi import application as django
from pushcart.edge.app import create_app
from pushcart.locator.places import gazetteer

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

# Each thread keeps one database connection; a confirm holds its thread while the card network answers.
THREADS = 24

# a2wsgi types what it takes and gives more narrowly than Django and Starlette do; they are the same protocols.
_django_in_threads = cast("Any", WSGIMiddleware(cast("Any", django), workers=THREADS))


async def _behind(scope: Scope, receive: Receive, send: Send) -> None:
    """Django; a2wsgi asks for coroutines where the server hands out awaitables of its own."""

    async def next_message() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            # To a2wsgi it is the end of the body: half a feed would count as a whole one.
            raise ConnectionResetError("The caller went away in the middle of the body.")
        return message

    async def pass_on(message: Message) -> None:
        await send(message)

    await _django_in_threads(scope, next_message, pass_on)


if settings.PLACES_AT_START:
    # Not beside requests: reading them holds up all that this process does.
    gazetteer.warm()
app = create_app(_behind, calls_per_minute=settings.RATE_LIMIT_PER_MINUTE)
