"""An existing account joined to a platform: `connect.stripe.com`'s `/oauth/…`, here on the same address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from aiohttp import web

from pushcart.sandbox.stripe import forms, keys, onboarding
from pushcart.sandbox.stripe.calling import Call, now
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.resources.accounts import blank
from pushcart.sandbox.stripe.store import new_id

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.store import Store

_CODE_LASTS = 300


def routes(store: Store) -> list[web.RouteDef]:
    async def token(request: web.Request) -> web.Response:
        return await _answered(store, request, _token)

    async def deauthorize(request: web.Request) -> web.Response:
        return await _answered(store, request, _deauthorize)

    return [web.post("/oauth/token", token), web.post("/oauth/deauthorize", deauthorize)]


def granted(store: Store, client_id: str) -> str:
    """What the owner's "Connect" on the authorize page gives: a code that buys access to a whole account, once."""
    code = new_id("ac")
    store.set(f"oauth:{code}", {"client_id": client_id, "expires": now() + _CODE_LASTS})
    return code


def redirect(to: str, **query: str) -> str:
    return f"{to}{'&' if '?' in to else '?'}{urlencode({name: value for name, value in query.items() if value})}"


async def _answered(store: Store, request: web.Request, act: Any) -> web.Response:
    try:
        platform = keys.platform_of(keys.key_of(request.headers), publishable=False)
        form = forms.decode(await request.text())
        with store.transaction():
            return web.json_response(act(store, platform, form))
    except Refusal as refusal:
        body = {"error": refusal.error["type"], "error_description": str(refusal)}
        return web.json_response(body, status=refusal.status)


def _token(store: Store, platform: str, form: dict[str, Any]) -> dict[str, Any]:
    if form.get("grant_type") != "authorization_code":
        raise Refusal(400, "The payment double plays the grant type authorization_code.", type="unsupported_grant_type")
    code = str(form.get("code", ""))
    grant = store.setting(f"oauth:{code}", None)
    if grant is None or grant["expires"] < now() or grant["client_id"] != platform.replace("acct_", "ca_"):
        raise Refusal(400, f"Authorization code does not exist: {code}", type="invalid_grant")
    store.set(f"oauth:{code}", None)
    account = _existing_account(store, platform)
    return {
        "access_token": "sk_test_" + new_id("x")[2:],
        "livemode": False,
        "refresh_token": new_id("rt"),
        "scope": "read_write",
        "stripe_publishable_key": "pk_test_" + new_id("x")[2:],
        "stripe_user_id": account["id"],
        "token_type": "bearer",
    }


def _existing_account(store: Store, platform: str) -> dict[str, Any]:
    """An account that took charges before PushCart came: all its requirements are met."""
    call = Call(store, new_id("acct"), platform, "")
    account = blank(call, call.account, "standard")
    account["capabilities"] = {"card_payments": "active", "transfers": "active"}
    store.insert(platform, account, hidden={"platform": platform})
    account = onboarding.completed(call, account)
    onboarding.authorized(call, account)
    return account


def _deauthorize(store: Store, platform: str, form: dict[str, Any]) -> dict[str, Any]:
    identifier = str(form.get("stripe_user_id", ""))
    account = store.find(platform, "account", identifier)
    if account is None or form.get("client_id") != platform.replace("acct_", "ca_"):
        raise Refusal(
            401,
            f"This application is not connected to stripe account {identifier}, or that account does not exist.",
            type="invalid_client",
        )
    onboarding.deauthorized(Call(store, identifier, platform, ""), account)
    return {"stripe_user_id": identifier}
