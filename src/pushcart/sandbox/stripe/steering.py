"""Control over webhooks, under `/_double/webhooks`: held, delayed, doubled, reordered, sent again."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pushcart.sandbox.stripe.control import from_here, handler

if TYPE_CHECKING:
    from sqlite3 import Row

    from pushcart.sandbox.stripe.delivery import Courier
    from pushcart.sandbox.stripe.store import Store

_ORDERS = ("made", "reversed", "shuffled")
_MOOD: dict[str, tuple[type, ...]] = {"hold": (bool,), "delay_seconds": (int, float), "copies": (int,)}


def routes(store: Store, courier: Courier) -> list[web.RouteDef]:
    async def release(request: web.Request) -> web.Response:
        if not from_here(request):
            return web.json_response({"error": "Control is heard from this machine only."}, status=403)
        try:
            rows = _released(store, json.loads(await request.text() or "{}"))
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"sent": [await courier.send(row) for row in rows]})

    return [
        web.get("/_double/webhooks", handler(store, _mood)),
        web.post("/_double/webhooks", handler(store, _set_mood)),
        web.post("/_double/webhooks/release", release),
        web.post("/_double/webhooks/resend", handler(store, _resend)),
        web.get("/_double/deliveries", handler(store, _deliveries)),
    ]


def _mood(store: Store, _: str, __: dict[str, Any]) -> dict[str, Any]:
    return {"hold": False, "delay_seconds": 0, "copies": 1, **store.setting("webhooks", {})}


def _set_mood(store: Store, _: str, body: dict[str, Any]) -> dict[str, Any]:
    """How events made from now on are sent: kept back, late, more than once."""
    for name, value in body.items():
        if name not in _MOOD or not isinstance(value, _MOOD[name]):
            raise ValueError(f"{name}: webhooks take hold (true or false), delay_seconds and copies (numbers).")
    store.set("webhooks", body)
    return _mood(store, "", {})


def _released(store: Store, body: dict[str, Any]) -> list[Row]:
    """The deliveries kept back, in the order asked for: `order`, `seed` of a shuffle, `copies` of each."""
    order = body.get("order", "made")
    if order not in _ORDERS:
        raise ValueError(f"order is one of {', '.join(_ORDERS)}.")
    rows = store.db.execute("SELECT * FROM deliveries WHERE status = 'held' ORDER BY seq").fetchall()
    with store.transaction():
        store.db.execute("UPDATE deliveries SET status = 'waiting', due = ? WHERE status = 'held'", (time.time() + 60,))
    rows = rows * int(body.get("copies", 1))
    if order == "reversed":
        rows.reverse()
    if order == "shuffled":
        random.Random(body.get("seed", 0)).shuffle(rows)  # noqa: S311 - repeatable, no secret
    return rows


def _resend(store: Store, _: str, body: dict[str, Any]) -> dict[str, Any]:
    """Sends an event once more to every endpoint that it was meant for."""
    event = body.get("event", "")
    endpoints = store.db.execute("SELECT DISTINCT endpoint FROM deliveries WHERE event = ?", (event,)).fetchall()
    if not endpoints:
        raise ValueError(f"No delivery of {event or 'that event'} is known.")
    for row in endpoints:
        store.db.execute(
            "INSERT INTO deliveries (event, endpoint, due) VALUES (?, ?, ?)", (event, row["endpoint"], time.time())
        )
    return {"event": event, "deliveries": len(endpoints)}


def _deliveries(store: Store, _: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    """Each delivery with its event's type, oldest first; `status` picks waiting, held, delivered or given_up."""
    rows = store.db.execute(
        """
        SELECT deliveries.*, json_extract(objects.body, '$.type') AS type FROM deliveries
        JOIN objects ON objects.id = deliveries.event
        WHERE :status IS NULL OR status = :status ORDER BY deliveries.seq
        """,
        {"status": body.get("status")},
    )
    return [dict(row) for row in rows]
