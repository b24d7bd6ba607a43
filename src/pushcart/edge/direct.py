"""The handlers that are asked most, found by their whole path: a router and its layers cost more than they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from pushcart.edge.answers import broken
from pushcart.edge.headless.answers import HeadlessError, refuse_headless

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.types import Receive, Scope, Send


class Direct:
    """Answers GETs of these paths itself; all else is the application's."""

    def __init__(self, app: Starlette, handlers: Mapping[str, Callable[[Request], Awaitable[Response]]]) -> None:
        self._app, self._handlers = app, handlers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        handler = self._handlers.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        if handler is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive)
        try:
            response = await handler(request)
        except HeadlessError as error:
            response = await refuse_headless(request, error)
        except Exception as error:  # noqa: BLE001 as the application does: logged, and a number for an answer
            response = await broken(request, error)
        await response(scope, receive, send)
