"""The tests' hand on the double, under `/_double`: what goes wrong, what a person or a bank does, what the books say.

All of it answers JSON, takes a JSON body, and is heard from this machine only.
"""

from __future__ import annotations

import ipaddress
import json
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pushcart.sandbox.stripe import books, cards, disputing, faults, onboarding, refunding
from pushcart.sandbox.stripe.authenticating import authenticated
from pushcart.sandbox.stripe.calling import Call, now
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.keys import GONE, platform_of
from pushcart.sandbox.stripe.resources import payment_intents
from pushcart.sandbox.stripe.store import new_id
from pushcart.sandbox.stripe.sweeping import sweep

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pushcart.sandbox.stripe.store import Store

Body = dict[str, Any]


def routes(store: Store) -> list[web.RouteDef]:
    """Each line is one thing that a test can ask for."""
    plain = {
        ("POST", "/_double/reset"): _reset,
        ("POST", "/_double/sweep"): _sweep,
        ("GET", "/_double/books"): _books,
        ("GET", "/_double/invariants"): _invariants,
        ("GET", "/_double/cards"): _cards,
        ("GET", "/_double/faults"): _faults,
        ("POST", "/_double/faults"): _plan,
        ("DELETE", "/_double/faults"): _forget_faults,
        ("POST", "/_double/endpoints"): _listen,
        ("POST", "/_double/accounts/{id}/onboard"): _onboard,
        ("POST", "/_double/accounts/{id}/disable"): _disable,
        ("POST", "/_double/accounts/{id}/deauthorize"): _deauthorize,
        ("POST", "/_double/accounts/{id}/authorize"): _authorize,
        ("POST", "/_double/intents/{id}/authenticate"): _authenticate,
        ("POST", "/_double/intents/{id}/lapse"): _lapse,
        ("POST", "/_double/refunds/{id}/succeed"): _refund_succeeds,
        ("POST", "/_double/refunds/{id}/fail"): _refund_fails,
        ("POST", "/_double/charges/{id}/dispute"): _dispute,
        ("POST", "/_double/disputes/{id}/win"): _win,
        ("POST", "/_double/disputes/{id}/lose"): _lose,
    }
    return [web.route(method, path, handler(store, act)) for (method, path), act in plain.items()]


def handler(store: Store, act: Callable[[Store, str, Body], Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """One control call as a web handler: in a transaction, after what is due, its errors as a sentence."""

    async def handle(request: web.Request) -> web.Response:
        if not from_here(request):
            return web.json_response({"error": "Control is heard from this machine only."}, status=403)
        try:
            body = json.loads(await request.text() or "{}") | dict(request.query)
            with store.transaction():
                sweep(store, "")
                answer = act(store, request.match_info.get("id", ""), body)
        except Refusal as refusal:
            return web.json_response({"error": str(refusal)}, status=refusal.status)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(answer)

    return handle


def from_here(request: web.Request) -> bool:
    return request.remote is not None and ipaddress.ip_address(request.remote).is_loopback


def listen(
    store: Store,
    *,
    url: str,
    key: str,
    secret: str | None = None,
    connect: bool = True,
    enabled_events: list[str] | None = None,
) -> Body:
    """A webhook endpoint with a secret of one's own choice; the same URL again changes the one that stands."""
    platform = platform_of(key, publishable=False)
    for standing in store.all("webhook_endpoint", account=platform):
        hidden = store.hidden(standing["id"])
        if standing["url"] == url and hidden["connect"] == connect:
            # Changed rather than made anew: events may still be on their way to it.
            secret = secret or hidden["secret"]
            store.hide(standing["id"], secret=secret)
            return {**store.save({**standing, "enabled_events": enabled_events or ["*"]}), "secret": secret}
    endpoint: Body = {
        "id": new_id("we"),
        "object": "webhook_endpoint",
        "api_version": None,
        "application": None,
        "created": now(),
        "description": "Set by the sandbox.",
        "enabled_events": enabled_events or ["*"],
        "livemode": False,
        "metadata": {},
        "status": "enabled",
        "url": url,
    }
    secret = secret or new_id("whsec")
    store.insert(platform, endpoint, hidden={"connect": connect, "secret": secret})
    return {**endpoint, "secret": secret}


def _listen(store: Store, _: str, body: Body) -> Body:
    if "url" not in body:
        raise ValueError("url is missing.")
    known = ("url", "key", "secret", "connect", "enabled_events")
    return listen(store, **{"key": "sk_test_sandbox", **{name: body[name] for name in known if name in body}})


def _reset(store: Store, _: str, __: Body) -> Body:
    store.forget()
    return {"reset": True}


def _sweep(_: Store, __: str, ___: Body) -> Body:
    """What was due has been done by the time that any control call acts: this one does no more."""
    return {"now": now()}


def _books(store: Store, _: str, body: Body) -> Body:
    return books.books(store, body.get("account"))


def _invariants(store: Store, _: str, body: Body) -> Body:
    return books.invariants(store, body.get("account"))


def _cards(_: Store, __: str, ___: Body) -> list[Body]:
    return [vars(card) for card in cards.CARDS]


def _faults(store: Store, _: str, __: Body) -> list[Body]:
    return [dict(row) for row in store.db.execute("SELECT * FROM faults ORDER BY seq")]


def _plan(store: Store, _: str, body: Body) -> Body:
    return {"fault": faults.planned(store, body)}


def _forget_faults(store: Store, _: str, __: Body) -> Body:
    store.db.execute("DELETE FROM faults")
    return {"faults": 0}


def _onboard(store: Store, identifier: str, _: Body) -> Body:
    call, account = _on_account(store, identifier)
    return onboarding.completed(call, account)


def _disable(store: Store, identifier: str, body: Body) -> Body:
    call, account = _on_account(store, identifier)
    return onboarding.disabled(call, account, body.get("reason", "requirements.past_due"))


def _deauthorize(store: Store, identifier: str, _: Body) -> Body:
    call, account = _on_account(store, identifier)
    onboarding.deauthorized(call, account)
    return {"id": identifier, "deauthorized": True}


def _authorize(store: Store, identifier: str, _: Body) -> Body:
    platform = store.platform_of(identifier) or ""
    account = store.read(GONE, "account", identifier)
    onboarding.authorized(Call(store, identifier, platform, ""), account)
    return {"id": identifier, "deauthorized": False}


def _authenticate(store: Store, identifier: str, body: Body) -> Body:
    return authenticated(_on(store, identifier), identifier, passed=bool(body.get("passed", True)))


def _lapse(store: Store, identifier: str, _: Body) -> Body:
    call = _on(store, identifier)
    intent = store.read(call.account, "payment_intent", identifier)
    if intent["status"] != "requires_capture":
        raise ValueError(f"{identifier} holds nothing: its status is {intent['status']}.")
    return payment_intents.lapse(call, intent)


def _refund_succeeds(store: Store, identifier: str, _: Body) -> Body:
    call = _on(store, identifier)
    return refunding.succeeded(call, store.read(call.account, "refund", identifier))


def _refund_fails(store: Store, identifier: str, _: Body) -> Body:
    call = _on(store, identifier)
    return refunding.failed(call, store.read(call.account, "refund", identifier))


def _dispute(store: Store, identifier: str, body: Body) -> Body:
    """Over what is left, or with `whole` over all that was captured; an `inquiry` asks and takes nothing."""
    call = _on(store, identifier)
    charge = store.read(call.account, "charge", identifier)
    if charge["disputed"] or charge["amount_captured"] == charge["amount_refunded"]:
        raise ValueError(f"{identifier} has nothing left to dispute.")
    return disputing.opened(call, charge, whole=bool(body.get("whole")), inquiry=bool(body.get("inquiry")))


def _win(store: Store, identifier: str, _: Body) -> Body:
    return _closed(store, identifier, won=True)


def _lose(store: Store, identifier: str, _: Body) -> Body:
    return _closed(store, identifier, won=False)


def _closed(store: Store, identifier: str, *, won: bool) -> Body:
    call = _on(store, identifier)
    dispute = store.read(call.account, "dispute", identifier)
    if dispute["status"] in {"won", "lost", "warning_closed"}:
        raise ValueError(f"{identifier} is already {dispute['status']}.")
    return disputing.closed(call, dispute, won=won)


def _on(store: Store, identifier: str) -> Call:
    """A call in the books where that object stands. Raises ValueError where there is none."""
    account = store.account_of(identifier)
    if account is None:
        raise ValueError(f"There is no {identifier}.")
    return Call(store, account, store.platform_of(account) or account, "")


def _on_account(store: Store, identifier: str) -> tuple[Call, Body]:
    platform = store.platform_of(identifier)
    if platform is None:
        raise ValueError(f"There is no connected account {identifier}.")
    return Call(store, identifier, platform, ""), store.read(platform, "account", identifier)
