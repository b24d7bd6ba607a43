"""Pages for people: what happened lately, the onboarding that a retailer clicks through, the shopper's 3-D Secure."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from aiohttp import web

from pushcart.sandbox.stripe import calling, onboarding
from pushcart.sandbox.stripe.authenticating import authenticated
from pushcart.sandbox.stripe.books import invariants
from pushcart.sandbox.stripe.calling import Call
from pushcart.sandbox.stripe.money import shown
from pushcart.sandbox.stripe.paper import box, page
from pushcart.sandbox.stripe.resources import oauth

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

_SHOWN = 50
# The columns that stand to the right.
_MONEY = ("amount", "received")


def routes(store: Store) -> list[web.RouteDef]:
    desk = Pages(store)
    return [
        web.get("/", desk.home),
        web.get("/setup/{kind}/{account}/{slug}", desk.setup),
        web.post("/setup/{kind}/{account}/{slug}", desk.set_up),
        web.get("/3ds/{id}", desk.challenge),
        web.post("/3ds/{id}", desk.challenged),
        web.get("/oauth/authorize", desk.authorize),
        web.get("/express/oauth/authorize", desk.authorize),
        web.post("/oauth/authorize", desk.authorized),
        web.post("/express/oauth/authorize", desk.authorized),
    ]


class Pages:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def home(self, _: web.Request) -> web.Response:
        check = invariants(self._store)
        verdict = (
            f'<p class="good">The books hold: {check["charges"]} charges checked.</p>'
            if check["ok"]
            else f'<p class="bad">The books are broken: {escape("; ".join(check["broken"]))}</p>'
        )
        return page(
            "The payment double",
            '<h1>The payment double</h1><p class="quiet">Plays Stripe in the sandbox. No real card, no real money. '
            f"Its clock says {calling.moment():%Y-%m-%d %H:%M:%S} UTC.</p>{verdict}"
            + _table("Payments", ["created", "account", "intent", "amount", "received", "state"], self._intents())
            + _table("Refunds", ["created", "account", "refund", "amount", "of", "state"], self._refunds())
            + _table("Webhooks", ["event", "type", "state", "attempts", "answer"], self._deliveries()),
        )

    async def setup(self, request: web.Request) -> web.Response:
        link = self._link(request)
        if link is None:
            return page("Link used", box("<h1>This link has been used or is too old.</h1>"), status=410)
        if link["expired"]:
            raise web.HTTPFound(link["refresh_url"])
        account = escape(link["account"])
        return page(
            "Connect your account",
            box(
                f"<h1>Connect your account</h1><p>PushCart would like to take card payments for you on <code>{account}"
                "</code>.</p><p class='quiet'>The sandbox asks for no papers: one click answers it all.</p>"
                "<form method=post><p><button class=main name=do value=submit>Agree and submit</button> "
                "<button name=do value=leave>Save for later</button></p></form>"
            ),
        )

    async def set_up(self, request: web.Request) -> web.Response:
        form = await request.post()
        link = self._link(request)
        if link is None:
            return page("Link used", box("<h1>This link has been used or is too old.</h1>"), status=410)
        with self._store.transaction():
            self._store.delete(f"link_{request.match_info['slug']}")
            if form.get("do") == "submit":
                platform = self._store.platform_of(link["account"]) or ""
                account = self._store.read(platform, "account", link["account"])
                onboarding.completed(Call(self._store, account["id"], platform, ""), account)
        raise web.HTTPFound(link["return_url"])

    async def challenge(self, request: web.Request) -> web.Response:
        intent = self._store.any(self._store.account_of(request.match_info["id"]) or "", request.match_info["id"])
        if intent is None or intent["status"] != "requires_action":
            return page("Nothing to do", box("<h1>This step is over.</h1>"), status=410)
        amount = shown(intent["amount"], intent["currency"]) if "amount" in intent else "keeping your card"
        return page(
            "3D Secure",
            box(
                f"<h1>3D Secure 2 test page</h1><p>Your bank asks: is it you who approves {escape(amount)}?</p>"
                "<form method=post><p><button class=main name=do value=pass>Complete</button> "
                "<button name=do value=fail>Fail</button></p></form>"
            ),
        )

    async def challenged(self, request: web.Request) -> web.Response:
        form = await request.post()
        identifier = request.match_info["id"]
        account = self._store.account_of(identifier) or ""
        call = Call(self._store, account, self._store.platform_of(account) or account, "")
        with self._store.transaction():
            intent = authenticated(call, identifier, passed=form.get("do") == "pass")
            return_url = self._store.hidden(identifier).get("return_url")
        if return_url:
            kind = intent["object"]
            raise web.HTTPFound(
                oauth.redirect(return_url, **{kind: identifier, f"{kind}_client_secret": intent["client_secret"]})
            )
        return page("Done", box("<h1>Done. You can close this page.</h1>"))

    async def authorize(self, request: web.Request) -> web.Response:
        client = escape(request.query.get("client_id", ""))
        return page(
            "Connect an existing account",
            box(
                f"<h1>Connect an existing account</h1><p>PushCart (<code>{client}</code>) asks for access to the "
                "account that you have.</p><form method=post><p>"
                "<button class=main name=do value=connect>Connect</button> "
                "<button name=do value=refuse>Refuse</button></p></form>"
            ),
        )

    async def authorized(self, request: web.Request) -> web.Response:
        form = await request.post()
        query = request.query
        if "redirect_uri" not in query:
            return page("No way back", box("<h1>redirect_uri is missing.</h1>"), status=400)
        if form.get("do") != "connect":
            refused = {"error": "access_denied", "error_description": "The user denied your request"}
            raise web.HTTPFound(oauth.redirect(query["redirect_uri"], state=query.get("state", ""), **refused))
        with self._store.transaction():
            code = oauth.granted(self._store, query.get("client_id", ""))
        raise web.HTTPFound(
            oauth.redirect(query["redirect_uri"], code=code, scope="read_write", state=query.get("state", ""))
        )

    def _link(self, request: web.Request) -> dict[str, Any] | None:
        identifier = f"link_{request.match_info['slug']}"
        link = self._store.any(self._store.account_of(identifier) or "", identifier)
        if link is None:
            return None
        return {**self._store.hidden(identifier), "expired": link["expires_at"] < calling.now()}

    def _intents(self) -> list[list[str]]:
        return [
            [
                _moment(intent["created"]),
                _code(self._store.account_of(intent["id"])),
                _code(intent["id"]),
                _money(intent["amount"], intent["currency"]),
                _money(intent["amount_received"], intent["currency"]),
                escape(intent["status"].replace("_", " ")),
            ]
            for intent in self._store.all("payment_intent")[: -_SHOWN - 1 : -1]
        ]

    def _refunds(self) -> list[list[str]]:
        return [
            [
                _moment(refund["created"]),
                _code(self._store.account_of(refund["id"])),
                _code(refund["id"]),
                _money(refund["amount"], refund["currency"]),
                _code(refund["payment_intent"]),
                escape(refund["status"]),
            ]
            for refund in self._store.all("refund")[: -_SHOWN - 1 : -1]
        ]

    def _deliveries(self) -> list[list[str]]:
        rows = self._store.db.execute(
            "SELECT deliveries.*, json_extract(objects.body, '$.type') AS type FROM deliveries "
            "JOIN objects ON objects.id = deliveries.event ORDER BY deliveries.seq DESC LIMIT ?",
            (_SHOWN,),
        )
        return [
            [_code(row["event"]), escape(row["type"]), row["status"], str(row["attempts"]), escape(row["answer"][:60])]
            for row in rows
        ]


def _table(title: str, heads: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return f"<h2>{title}</h2><p class=quiet>None yet.</p>"
    head = "".join(f"<th class={'money' if name in _MONEY else 'text'}>{name}</th>" for name in heads)
    body = "".join(
        "<tr>" + "".join(cell if cell.startswith("<td") else f"<td>{cell}</td>" for cell in row) + "</tr>"
        for row in rows
    )
    return f"<h2>{title}</h2><div class=scroll><table><tr>{head}</tr>{body}</table></div>"


def _moment(at: int) -> str:
    return f"{calling.moment(at):%Y-%m-%d %H:%M:%S}"


def _code(value: str | None) -> str:
    return f"<code>{escape(value or '')}</code>"


def _money(amount: int, currency: str) -> str:
    return f"<td class=money>{escape(shown(amount, currency))}</td>"
