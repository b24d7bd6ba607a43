"""Connected accounts: `/v1/accounts`, their capabilities and their onboarding links."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe import events, listing
from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Refusal, no_access
from pushcart.sandbox.stripe.keys import PLATFORMS
from pushcart.sandbox.stripe.metadata import merged
from pushcart.sandbox.stripe.onboarding import DUE, requirements
from pushcart.sandbox.stripe.store import new_id

_CURRENCY = {"US": "usd", "CA": "cad", "GB": "gbp", "JP": "jpy", "AU": "aud", "CH": "chf", "NZ": "nzd", "KW": "kwd"}
_LINK_LASTS = 300


def create(call: Call) -> dict[str, Any]:
    kind = _kind(call)
    capabilities = {
        name: "inactive" for name, each in call.params.get("capabilities", {}).items() if each.get("requested")
    }
    if kind == "standard" and not capabilities:
        capabilities = {"card_payments": "inactive", "transfers": "inactive"}
    account = blank(call, new_id("acct"), kind) | {"capabilities": capabilities}
    account["metadata"] = merged({}, call.params)
    return call.store.insert(call.platform, account, hidden={"platform": call.platform})


def blank(call: Call, identifier: str, kind: str) -> dict[str, Any]:
    """An account that has submitted nothing yet. Country US unless the call says otherwise."""
    country = call.params.get("country", "US")
    return {
        "id": identifier,
        "object": "account",
        "business_profile": _profile(call.params.get("business_profile", {})),
        "business_type": call.params.get("business_type"),
        "capabilities": {},
        "charges_enabled": False,
        "controller": _controller(kind),
        "country": country,
        "created": call.now,
        "default_currency": call.params.get("default_currency", _CURRENCY.get(country, "eur")),
        "details_submitted": False,
        "email": call.params.get("email"),
        "external_accounts": {
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/accounts/{identifier}/external_accounts",
        },
        "future_requirements": requirements(),
        "metadata": {},
        "payouts_enabled": False,
        "requirements": requirements(due=DUE, disabled_reason="requirements.past_due"),
        "settings": _settings(),
        "tos_acceptance": {"date": None, "ip": None, "user_agent": None},
        "type": kind,
    }


def retrieve(call: Call) -> dict[str, Any]:
    account = call.store.find(call.platform, "account", call.path["id"])
    if account is None:
        raise no_access(call.key, call.path["id"])
    return account


def own(call: Call) -> dict[str, Any]:
    """`GET /v1/account`: the account that the call acts on."""
    return call.store.read(call.platform if call.connected else PLATFORMS, "account", call.account)


def modify(call: Call) -> dict[str, Any]:
    before = retrieve(call)
    after = {**before, "metadata": merged(before["metadata"] or {}, call.params)}
    for name in ("email", "business_type", "default_currency"):
        if name in call.params:
            after[name] = call.params[name]
    if "business_profile" in call.params:
        after["business_profile"] = {**before["business_profile"], **call.params["business_profile"]}
    state = "active" if before["details_submitted"] else "inactive"
    for name, each in call.params.get("capabilities", {}).items():
        after["capabilities"] = {**after["capabilities"], name: state if each.get("requested") else "inactive"}
    call.store.save(after)
    on_account = Call(call.store, after["id"], call.platform, call.base_url, request_id=call.request_id, now=call.now)
    events.tell(on_account, "account.updated", after, before=before)
    return after


def delete(call: Call) -> dict[str, Any]:
    account = retrieve(call)
    call.store.delete(account["id"])
    return {"id": account["id"], "object": "account", "deleted": True}


def many(call: Call) -> dict[str, Any]:
    return listing.listed(call, "account", url="/v1/accounts")


def link(call: Call) -> dict[str, Any]:
    """An onboarding page that can be clicked through, once, within five minutes."""
    for name in ("refresh_url", "return_url"):
        if name not in call.params:
            raise Refusal(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    account = call.store.find(call.platform, "account", call.params["account"])
    if account is None:
        raise no_access(call.key, call.params["account"])
    slug = new_id("s")[2:]
    link = {
        "object": "account_link",
        "created": call.now,
        "expires_at": call.now + _LINK_LASTS,
        "url": f"{call.base_url}/setup/{call.params['type'][0]}/{account['id']}/{slug}",
    }
    hidden = {
        "account": account["id"],
        "return_url": call.params["return_url"],
        "refresh_url": call.params["refresh_url"],
    }
    call.store.insert(call.platform, {**link, "id": f"link_{slug}"}, hidden=hidden)
    return link


def _kind(call: Call) -> str:
    """An account's type: as named, or as its controller describes it."""
    if "type" in call.params:
        return str(call.params["type"])
    dashboard = call.params.get("controller", {}).get("stripe_dashboard", {}).get("type", "full")
    return {"full": "standard", "express": "express", "none": "none"}[dashboard]


def _controller(kind: str) -> dict[str, Any]:
    payer = "account" if kind == "standard" else "application_express"
    return {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": "stripe" if kind == "standard" else "application"},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": {"standard": "full", "express": "express"}.get(kind, "none")},
        "type": "application",
    }


def _profile(given: dict[str, Any]) -> dict[str, Any]:
    names = (
        "annual_revenue",
        "estimated_worker_count",
        "mcc",
        "minority_owned_business_designation",
        "name",
        "product_description",
        "support_address",
        "support_email",
        "support_phone",
        "support_url",
        "url",
    )
    return {**dict.fromkeys(names), **given}


def _settings() -> dict[str, Any]:
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(["icon", "logo", "primary_color", "secondary_color"]),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {
            "decline_on": {"avs_failure": True, "cvc_failure": True},
            "statement_descriptor_prefix": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "dashboard": {"display_name": None, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": None},
        "payments": {
            "statement_descriptor": None,
            "statement_descriptor_kana": None,
            "statement_descriptor_kanji": None,
            "statement_descriptor_prefix_kana": None,
            "statement_descriptor_prefix_kanji": None,
        },
        "payouts": {
            "debit_negative_balances": True,
            "schedule": {"delay_days": 2, "interval": "daily"},
            "statement_descriptor": None,
        },
        "sepa_debit_payments": {},
    }


_GIVEN = frozenset(
    {"business_profile", "business_type", "capabilities", "default_currency", "email", "metadata", "expand"}
)
_ONE = "/v1/accounts/{id}"

ROUTES = [
    Route("GET", "/v1/account", own, params.AccountRetrieveCurrentParams, frozenset({"expand"})),
    Route(
        "POST",
        "/v1/accounts",
        create,
        params.AccountCreateParams,
        _GIVEN | {"type", "country", "controller"},
    ),
    Route("GET", "/v1/accounts", many, params.AccountListParams, listing.PAGING),
    Route("GET", _ONE, retrieve, params.AccountRetrieveParams, frozenset({"expand"})),
    Route("POST", _ONE, modify, params.AccountUpdateParams, _GIVEN),
    Route("DELETE", _ONE, delete),
    Route(
        "POST",
        "/v1/account_links",
        link,
        params.AccountLinkCreateParams,
        frozenset({"account", "refresh_url", "return_url", "type", "collection_options", "expand"}),
    ),
]
