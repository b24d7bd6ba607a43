"""Stripe's lists: newest first, paged by the id of the last one seen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pushcart.sandbox.stripe.errors import Malformed, no_such

if TYPE_CHECKING:
    from pushcart.sandbox.stripe.calling import Call

_COMPARISONS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_MOST = 100
# The parameters that every list takes.
PAGING = frozenset({"limit", "starting_after", "ending_before", "created", "expand"})


def listed(call: Call, kind: str, *, url: str, where: dict[str, Any] | None = None) -> dict[str, Any]:
    """One page of this account's objects of a kind, by the call's paging parameters.

    `where` names fields of the object that must have these values: a list means any of them, None is left out.
    """
    limit = call.params.get("limit", 10)
    if not 1 <= limit <= _MOST:
        raise Malformed(
            f"This value must be between 1 and {_MOST}."
            if limit > _MOST
            else "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param="limit",
        )
    conditions, values = _conditions(call, kind, where or {})
    backwards = "ending_before" in call.params
    rows = call.store.db.execute(
        f"SELECT body FROM objects WHERE {' AND '.join(conditions)} "  # noqa: S608 - written here, values apart
        f"ORDER BY seq {'ASC' if backwards else 'DESC'} LIMIT ?",
        (*values, limit + 1),
    ).fetchall()
    data = [json.loads(row["body"]) for row in rows[:limit]]
    if backwards:
        data.reverse()
    return {"object": "list", "data": data, "has_more": len(rows) > limit, "url": url}


def _conditions(call: Call, kind: str, where: dict[str, Any]) -> tuple[list[str], list[Any]]:
    conditions = ["account = ?", "object = ?"]
    values: list[Any] = [call.account, kind]
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in call.params:
            conditions.append(f"seq {sign} ?")
            values.append(_position(call, kind, call.params[name], name))
    created = call.params.get("created")
    for comparison, moment in created.items() if isinstance(created, dict) else []:
        conditions.append(f"created {_COMPARISONS[comparison]} ?")
        values.append(moment)
    if isinstance(created, int):
        where = {**where, "created": created}
    for field, wanted in where.items():
        if wanted is None:
            continue
        wanted_ones = wanted if isinstance(wanted, list) else [wanted]
        conditions.append(f"json_extract(body, '$.{field}') IN ({', '.join('?' * len(wanted_ones))})")
        values.extend(wanted_ones)
    return conditions, values


def _position(call: Call, kind: str, identifier: str, param: str) -> int:
    row = call.store.db.execute(
        "SELECT seq FROM objects WHERE id = ? AND account = ? AND object = ?", (identifier, call.account, kind)
    ).fetchone()
    if row is None:
        raise no_such(kind, identifier, param=param)
    return int(row["seq"])
