"""The web application: the webhook, and the shop's own pages."""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web
from standardwebhooks import Webhook, WebhookVerificationError

from pushcart.sandbox.order_system.book import Book
from pushcart.sandbox.order_system.clerk import Clerk
from pushcart.sandbox.order_system.pushcart_api import PushCartApi

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

BOOK = web.AppKey("book", Book)
CLERK = web.AppKey("clerk", Clerk)
SETTINGS = web.AppKey("settings", Path)
_PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


def make(
    state: Path, settings: Path, own_url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> web.Application:
    """The order system.

    Args:
        state: The folder of its books.
        settings: A JSON file with `keys.hardware`, `keys.hardware_test`, `webhook_secrets.live|test` and `urls.web`,
            read anew with each push, so that a key can be changed while it runs.
        own_url: Where its own pages are found.
        now: What its clock reads.
    """
    app = web.Application(client_max_size=2_000_000)
    app[BOOK], app[SETTINGS] = Book(state, now), settings
    app[CLERK] = Clerk(app[BOOK], partial(_api_for, settings), own_url)
    app.cleanup_ctx.append(_clerk_at_work)
    app.add_routes(
        [
            web.route("POST", "/webhooks/pushcart", webhook),
            web.route("PUT", "/webhooks/pushcart", webhook),
            web.get("/log", _log),
            web.get("/orders", _orders),
            web.get("/orders/{hash}", _order),
            web.post("/orders/{hash}/hand-over", _hand_over),
            web.post("/orders/{hash}/refund", _refund),
            web.post("/orders/{hash}/decide", _decide),
            web.get("/", _page),
        ]
    )
    return app


async def webhook(request: web.Request) -> web.Response:
    """Takes a push: checks who sent it, keeps it once, answers, and lets the clerk decide afterwards."""
    body = await request.read()
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not _is_signed(body, headers, request.app[SETTINGS]):
        request.app[BOOK].note("refused a push: its signature is not right")
        return web.json_response({"error": "the signature is not right"}, status=401)
    said = json.loads(body)
    event = headers.get("pushcart-event", "")
    if not event.startswith("carts.") or "items" not in said:
        return web.json_response({"taken": True})
    if request.app[BOOK].take(headers["webhook-id"], said, event):
        request.app[CLERK].ring()
    return web.json_response({"taken": True})


def _is_signed(body: bytes, headers: dict[str, str], settings: Path) -> bool:
    for secret in _read(settings)["webhook_secrets"].values():
        with contextlib.suppress(WebhookVerificationError):
            Webhook(secret).verify(body, headers)
            return True
    return False


def _api_for(settings: Path, order: dict[str, Any]) -> PushCartApi:
    network = _read(settings)
    return PushCartApi(network["urls"]["web"], network["keys"]["hardware_test" if order["test"] else "hardware"])


def _read(settings: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(settings.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise web.HTTPServiceUnavailable(text="We are being set up: come again.") from None


async def _clerk_at_work(app: web.Application) -> AsyncIterator[None]:
    work = asyncio.create_task(app[CLERK].work())
    yield
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


async def _log(request: web.Request) -> web.Response:
    """GET /log?after=N: what happened since, as JSON."""
    after = request.query.get("after", "0")
    if not after.isdigit():
        raise web.HTTPUnprocessableEntity(text="after is the number of an entry")
    return web.json_response(request.app[BOOK].log(int(after)))


async def _orders(request: web.Request) -> web.Response:
    return web.json_response(request.app[BOOK].orders())


async def _order(request: web.Request) -> web.Response:
    """The shopper's page at this retailer: where a fulfillment_url leads."""
    order = _found(request)
    items = "".join(
        f"<li>{item['qty']} x {escape(item['name'])}: {escape(item['status'])}</li>" for item in order["items"]
    )
    text = f"<article><p>{escape(order['store']['name'])}</p><ul>{items}</ul></article>"
    return _html(text, f"Your order {order['hash']}")


async def _hand_over(request: web.Request) -> web.Response:
    await request.app[CLERK].hand_over(_found(request))
    raise web.HTTPSeeOther("/")


async def _refund(request: web.Request) -> web.Response:
    """A form with `upc` and `amount`."""
    order, said = _found(request), await request.post()
    upc, amount = str(said.get("upc", "")), str(said.get("amount", ""))
    if not any(item["upc"] == upc for item in order["items"]):
        raise web.HTTPUnprocessableEntity(text="this order has no such product")
    await request.app[CLERK].refund(order, upc, amount)
    raise web.HTTPSeeOther("/")


async def _decide(request: web.Request) -> web.Response:
    """A form with `upc`, `status` and perhaps `reason`: what a person decides."""
    said = {name: str(value) for name, value in (await request.post()).items() if value}
    upc = said.pop("upc", "")
    await request.app[CLERK].decide_by_hand(_found(request), upc, **said)
    raise web.HTTPSeeOther("/")


def _found(request: web.Request) -> dict[str, Any]:
    order = request.app[BOOK].order(request.match_info["hash"])
    if order is None:
        raise web.HTTPNotFound(text="We have no such order.")
    return order


async def _page(request: web.Request) -> web.Response:
    book = request.app[BOOK]
    orders = "".join(map(_row, book.orders())) or "<p>No orders yet.</p>"
    log = "".join(map(_noted, reversed(book.log())))
    return _html(f"<h2>Orders</h2>{orders}<h2>Log</h2><ol>{log}</ol>", "Hammer & Hearth Hardware: the order system")


def _noted(entry: dict[str, Any]) -> str:
    at = f"{datetime.fromisoformat(entry['at']):%b %d %H:%M:%S} UTC"
    return f"<li><time>{at}</time> <b>{escape(entry['hash'] or '')}</b> {escape(entry['text'])}</li>"


def _row(order: dict[str, Any]) -> str:
    lines = "".join(_line(order, item) for item in order["items"])
    hand_over = (
        _button(order, "hand-over", "Hand over") if any("fulfilled" in i["allowed"] for i in order["items"]) else ""
    )
    head = (
        f"<h3>{escape(order['hash'])} <small>{escape(order['status'])} · {escape(order['store']['name'])}</small></h3>"
    )
    return f"<article>{head}<ul>{lines}</ul>{hand_over}</article>"


def _line(order: dict[str, Any], item: dict[str, Any]) -> str:
    upc = f"<input type=hidden name=upc value={escape(item['upc'])}>"
    buttons = ""
    if "confirmed" in item["allowed"]:
        buttons += _button(order, "decide", "Confirm", f"{upc}<input type=hidden name=status value=confirmed>")
        buttons += _button(
            order,
            "decide",
            "Reject",
            f"{upc}<input type=hidden name=status value=rejected><input name=reason required placeholder=Reason>",
        )
    if "refund" in item["allowed"] and item["captured"]:
        amount = "<input name=amount required inputmode=decimal size=6 placeholder=0.00 aria-label=Amount>"
        buttons += _button(order, "refund", "Refund", f"{upc}{amount}")
    return f"<li>{item['qty']} x {escape(item['name'])} <i>{escape(item['status'])}</i> {buttons}</li>"


def _button(order: dict[str, Any], action: str, label: str, fields: str = "") -> str:
    where = f"/orders/{escape(order['hash'])}/{action}"
    return f'<form method="post" action="{where}">{fields}<button>{label}</button></form>'


def _html(content: str, title: str) -> web.Response:
    page = _PAGE.replace("{title}", escape(title)).replace("{content}", content)
    return web.Response(text=page, content_type="text/html")
