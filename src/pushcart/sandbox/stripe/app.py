"""The web application: Stripe's API under `/v1`, pages for people, and the tests' control under `/_double`."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
from typing import TYPE_CHECKING

import stripe
from aiohttp import web

from pushcart.sandbox.stripe import checkout_pages, control, pages, steering
from pushcart.sandbox.stripe.answering import Answer, Asked, Desk
from pushcart.sandbox.stripe.delivery import Courier
from pushcart.sandbox.stripe.resources import (
    accounts,
    application_fees,
    balance,
    capabilities,
    charges,
    checkout_sessions,
    customers,
    disputes,
    notices,
    oauth,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
    tokens,
)
from pushcart.sandbox.stripe.store import Store, new_id
from pushcart.sandbox.stripe.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from pushcart.sandbox.stripe.calling import Route

ROUTES: list[Route] = [
    *accounts.ROUTES,
    *application_fees.ROUTES,
    *balance.ROUTES,
    *capabilities.ROUTES,
    *charges.ROUTES,
    *checkout_sessions.ROUTES,
    *customers.ROUTES,
    *disputes.ROUTES,
    *notices.ROUTES,
    *payment_intents.ROUTES,
    *payment_methods.ROUTES,
    *refunds.ROUTES,
    *setup_intents.ROUTES,
    *tokens.ROUTES,
]
# How often it looks whether something has become due, in seconds of machine time.
_TICK = 0.05

STORE = web.AppKey("store", Store)
COURIER = web.AppKey("courier", Courier)


def make(state: Path) -> web.Application:
    """The double whose memory is in `state`."""
    app = web.Application(client_max_size=1 << 20)
    app[STORE] = Store(state)
    app[COURIER] = Courier(app[STORE])
    desk = Desk(app[STORE])
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(desk, route))
    app.router.add_routes(control.routes(app[STORE]))
    app.router.add_routes(steering.routes(app[STORE], app[COURIER]))
    app.router.add_routes(pages.routes(app[STORE]))
    app.router.add_routes(checkout_pages.routes(app[STORE]))
    app.router.add_routes(oauth.routes(app[STORE]))
    app.router.add_route("*", "/{tail:.*}", _unrecognized)
    app.cleanup_ctx.append(_ticking)
    return app


def _handler(desk: Desk, route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        # What is no UTF-8 becomes U+FFFD, as in a query: no name or number is spelled so.
        text = (await request.read()).decode(errors="replace") if request.method == "POST" else request.query_string
        asked = Asked(
            method=request.method,
            url_path=request.path,
            path=dict(request.match_info),
            headers=request.headers,
            text=text,
            base_url=f"http://{request.host}",
        )
        answer = await desk.answer(route, asked)
        if answer.lost and request.transport is not None:
            # What the caller sees is a closed connection, whether the act was done or not.
            request.transport.abort()
        return _response(request, answer)

    return handle


def _response(request: web.Request, answer: Answer) -> web.Response:
    headers = {"Stripe-Version": request.headers.get("Stripe-Version", stripe.api_version), **answer.headers}
    if "Stripe-Account" in request.headers:
        headers["Stripe-Account"] = request.headers["Stripe-Account"]
    return web.Response(status=answer.status or 200, text=answer.body, content_type="application/json", headers=headers)


async def _unrecognized(request: web.Request) -> web.Response:
    error = {
        "message": f"Unrecognized request URL ({request.method}: {request.path}). Please see "
        "https://stripe.com/docs or we can help at https://support.stripe.com/.",
        "type": "invalid_request_error",
    }
    return _response(request, Answer(404, json.dumps({"error": error}, indent=2), {"Request-Id": new_id("req")}))


async def _ticking(app: web.Application) -> AsyncIterator[None]:
    await app[COURIER].open()
    ticker = asyncio.create_task(_tick(app))
    ticker.add_done_callback(_stop_if_broken)
    yield
    ticker.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await ticker
    await app[COURIER].close()
    app[STORE].db.close()


def _stop_if_broken(ticker: asyncio.Task[None]) -> None:
    """Without its ticker holds would never lapse: better to end, loudly, and be started again."""
    if not ticker.cancelled() and (error := ticker.exception()):
        logging.getLogger(__name__).error("The payment double ends: its ticker broke.", exc_info=error)
        os.kill(os.getpid(), signal.SIGTERM)


async def _tick(app: web.Application) -> None:
    while True:
        with app[STORE].transaction():
            sweep(app[STORE], "")
        app[COURIER].tick()
        await asyncio.sleep(_TICK)
