"""What a connected account may do: `/v1/accounts/{id}/capabilities`."""

from __future__ import annotations

from typing import Any

from stripe import params

from pushcart.sandbox.stripe.calling import Call, Route
from pushcart.sandbox.stripe.errors import Refusal
from pushcart.sandbox.stripe.onboarding import requirements
from pushcart.sandbox.stripe.resources.accounts import modify as modify_account
from pushcart.sandbox.stripe.resources.accounts import retrieve as account_of


def retrieve(call: Call) -> dict[str, Any]:
    account = account_of(call)
    name = call.path["capability"]
    if name not in account["capabilities"]:
        raise Refusal(404, f"No such capability on this account: {name}", code="resource_missing", param="capability")
    return _capability(account, name)


def many(call: Call) -> dict[str, Any]:
    account = account_of(call)
    return {
        "object": "list",
        "data": [_capability(account, name) for name in account["capabilities"]],
        "has_more": False,
        "url": f"/v1/accounts/{account['id']}/capabilities",
    }


def modify(call: Call) -> dict[str, Any]:
    name = call.path["capability"]
    if "requested" in call.params:
        call.params = {"capabilities": {name: {"requested": call.params["requested"]}}}
        modify_account(call)
    return retrieve(call)


def _capability(account: dict[str, Any], name: str) -> dict[str, Any]:
    status = account["capabilities"][name]
    return {
        "id": name,
        "object": "capability",
        "account": account["id"],
        "future_requirements": requirements(),
        "requested": True,
        "requested_at": account["created"],
        "requirements": _requirements(account) if status == "inactive" else requirements(),
        "status": status,
    }


def _requirements(account: dict[str, Any]) -> dict[str, Any]:
    """The account's own, in the words that the SDK has for a capability."""
    return {**account["requirements"], "disabled_reason": "requirements.fields_needed"}


_ALL = "/v1/accounts/{id}/capabilities"
_ONE = f"{_ALL}/{{capability}}"

ROUTES = [
    Route("GET", _ALL, many, params.AccountListCapabilitiesParams, frozenset({"expand"})),
    Route("GET", _ONE, retrieve, params.AccountRetrieveCapabilityParams, frozenset({"expand"})),
    Route("POST", _ONE, modify, params.AccountModifyCapabilityParams, frozenset({"requested", "expand"})),
]
