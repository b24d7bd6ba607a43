"""The page of a Checkout session on which a card is entered: chosen among the test cards, 3-D Secure included."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pushcart.sandbox.stripe.calling import Call
from pushcart.sandbox.stripe.cards import CARDS
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.paper import box, page
from pushcart.sandbox.stripe.resources import checkout_sessions, payment_methods, setup_intents

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store


def routes(store: Store) -> list[web.RouteDef]:
    desk = CheckoutPages(store)
    return [
        web.get("/checkout/{id}", desk.show),
        web.post("/checkout/{id}", desk.enter),
        web.get("/checkout/{id}/authenticated", desk.authenticated),
    ]


class CheckoutPages:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def show(self, request: web.Request) -> web.Response:
        session = self._session(request)
        return _form(session) if session else _over()

    async def enter(self, request: web.Request) -> web.Response:
        session, form = self._session(request), await request.post()
        if session is None:
            return _over()
        try:
            with self._store.transaction():
                intent = self._confirmed(request, session, str(form.get("card", "")))
        except Refusal as refusal:
            return _form(session, trouble=str(refusal), status=402)
        if intent["status"] == "requires_action":
            raise web.HTTPFound(intent["next_action"]["redirect_to_url"]["url"])
        raise web.HTTPFound(self._completed(session))

    async def authenticated(self, request: web.Request) -> web.Response:
        session = self._session(request)
        if session is None:
            return _over()
        intent = self._store.read(self._account(session), "setup_intent", session["setup_intent"])
        if intent["status"] != "succeeded":
            return _form(session, trouble="Your bank did not confirm the card. Try another one.", status=402)
        raise web.HTTPFound(self._completed(session))

    def _confirmed(self, request: web.Request, session: dict[str, Any], slug: str) -> dict[str, Any]:
        call = self._call(session)
        method = payment_methods.named(call, f"pm_card_{slug}")
        call.path = {"id": session["setup_intent"]}
        back = f"http://{request.host}/checkout/{session['id']}/authenticated"
        call.base_url = f"http://{request.host}"
        call.params = {"payment_method": method["id"], "return_url": back}
        return setup_intents.confirm(call)

    def _completed(self, session: dict[str, Any]) -> str:
        with self._store.transaction():
            checkout_sessions.completed(self._call(session), session)
        return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", session["id"])

    def _session(self, request: web.Request) -> dict[str, Any] | None:
        """The session of the address, while its page is open."""
        identifier = request.match_info["id"]
        session = self._store.any(self._store.account_of(identifier) or "", identifier)
        return session if session and session.get("status") == "open" else None

    def _account(self, session: dict[str, Any]) -> str:
        return self._store.account_of(session["id"]) or ""

    def _call(self, session: dict[str, Any]) -> Call:
        account = self._account(session)
        return Call(self._store, account, self._store.platform_of(account) or account, "")


def _over() -> web.Response:
    return page("Page used", box("<h1>This page has been used or is too old.</h1>"), status=410)


def _form(session: dict[str, Any], *, trouble: str = "", status: int = 200) -> web.Response:
    choices = "".join(
        f"<option value={escape(card.slug)}>{card.number[:4]} … {card.last4} ({escape(card.slug)})</option>"
        for card in CARDS
    )
    said = f"<p class=bad role=alert>{escape(trouble)}</p>" if trouble else ""
    back = f"<p><a href='{escape(session['cancel_url'])}'>Back</a></p>" if session["cancel_url"] else ""
    return page(
        "Save a card",
        box(
            f"<h1>Save a card</h1>{said}<p>PushCart keeps it for its invoices to you.</p>"
            "<p class=quiet>The sandbox takes its test cards; nothing is charged.</p>"
            f"<form method=post><p><label>Card <select name=card>{choices}</select></label></p>"
            f"<p><button class=main>Save card</button></p></form>{back}"
        ),
        status=status,
    )
