"""`expand[]`: an object in place of its id, up to four levels deep (docs.stripe.com/expand)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import Malformed

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_DEEPEST = 4
# Lists that the API leaves out of an object unless they are asked for.
_LEFT_OUT = {("charge", "refunds"): ("refund", "charge", "/v1/charges/{id}/refunds")}


def expanded(call: Call, answer: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The answer with each path replaced. Raises Malformed for one that can't be, or that is too deep."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise Malformed(
                f"You cannot expand more than {_DEEPEST} levels of a property. Property: {path}", param="expand"
            )
        answer = _stepped(call, answer, steps, path)
    return answer


def _stepped(call: Call, body: dict[str, Any], steps: list[str], path: str) -> dict[str, Any]:
    step, rest = steps[0], steps[1:]
    if body.get("object") in {"list", "search_result"} and step == "data":
        return {**body, "data": [_stepped(call, each, rest, path) for each in body["data"]]}
    value = _value(call, body, step, path)
    if isinstance(value, str):
        value = _object(call, value, path)
    elif not isinstance(value, dict | None):
        raise Malformed(f"This property cannot be expanded ({path}).", param="expand")
    if rest and isinstance(value, dict):
        value = _stepped(call, value, rest, path)
    return {**body, step: value}


def _value(call: Call, body: dict[str, Any], step: str, path: str) -> Any:
    left_out = _LEFT_OUT.get((str(body.get("object")), step))
    if left_out and step not in body:
        kind, field, url = left_out
        data = [each for each in call.store.all(kind, account=call.account) if each[field] == body["id"]]
        return {
            "object": "list",
            "data": data[::-1][:10],
            "has_more": len(data) > 10,  # noqa: PLR2004 - a list's first page
            "url": url.format(id=body["id"]),
        }
    if step not in body:
        raise Malformed(f"This property cannot be expanded ({path}).", param="expand")
    return body[step]


def _object(call: Call, identifier: str, path: str) -> dict[str, Any]:
    """From the books of the call's platform or of any of its accounts: a fee's charge, a charge's fee."""
    owner = call.store.account_of(identifier) or ""
    visible = owner in {call.account, call.platform} or call.store.platform_of(owner) == call.platform
    found = call.store.any(owner, identifier) if visible else None
    if found is None:
        raise Malformed(f"This property cannot be expanded ({path}).", param="expand")
    return found
