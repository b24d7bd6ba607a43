"""GET /api/v2/events/digest, and the lines of the guide by which a retailer holds it against what it has."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from django.conf import settings
from django.db import transaction

from pushcart.companies.actions.create_key import create_key
from pushcart.events.actions.close_days import close_days
from pushcart.events.models import START
from pushcart.events.record import record
from tests import network

if TYPE_CHECKING:
    from types import ModuleType

    import pytest
    from starlette.testclient import TestClient

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def ask(edge: TestClient, secret: str, day: str = "") -> Any:
    return edge.get("/api/v2/events/digest", params={"day": day} if day else {}, headers=token(secret))


def token(secret: str) -> dict[str, str]:
    return {"Locally-API-Token": secret}


def happened(clock: ModuleType) -> tuple[str, str]:
    """Two days of a retailer's; its live key and its test key."""
    company = network.retailer()
    for days in (0, 0, 1):
        clock.freeze(NOON + timedelta(days=days))
        with transaction.atomic():
            record("eligibility.changed", companies=[company.pk], data={})
    clock.freeze(NOON + timedelta(days=2))
    close_days(company.pk, test=False)
    return create_key(company, "live")[1], create_key(company, "test", test=True)[1]


def test_it_serves_the_digest_of_a_day_and_by_default_the_last(edge: TestClient, clock: ModuleType) -> None:
    live, _ = happened(clock)
    answer = ask(edge, live, "2026-06-01")
    assert answer.status_code == 200
    first = answer.json()["content"]
    assert first == {
        **first,
        "day": "2026-06-01",
        "first": 1,
        "last": 2,
        "count": 2,
        "start": START,
    }
    assert answer.json() == {"version": 2, "status": True, "content": first}
    last = ask(edge, live).json()["content"]
    assert (last["day"], last["first"], last["last"], last["start"]) == ("2026-06-02", 3, 3, first["chain"])
    again = edge.get("/api/v2/events/digest", headers={**token(live), "If-None-Match": ask(edge, live).headers["etag"]})
    assert again.status_code == 304


def test_it_refuses_what_there_is_not(edge: TestClient, clock: ModuleType) -> None:
    live, test = happened(clock)
    for secret, day, status, code in (
        (live, "2026-06-03", 404, "digest_not_found"),
        (test, "2026-06-01", 404, "digest_not_found"),
        (live, "yesterday", 422, "invalid_day"),
        ("0" * 40, "2026-06-01", 401, "unauthorized"),
    ):
        answer = ask(edge, secret, day)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_guides_lines_recompute_it(edge: TestClient, clock: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    live, _ = happened(clock)
    guide = (settings.PROJECT / "docs/guides/webhooks.md").read_text()
    (lines,) = [block for block in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "digest" in block]
    monkeypatch.setattr(httpx, "get", edge.get)
    given: dict[str, Any] = {"PUSHCART": "", "KEY": live, "day": "2026-06-01"}
    mine = edge.get("/api/v2/events", headers=token(live)).json()["events"]
    given["kept"] = {event["number"]: event["id"] for event in mine}
    exec(lines, given)  # noqa: S102 it is our own guide's
    assert given["whole"] is True
    del given["kept"][2]
    exec(lines, given)  # noqa: S102
    assert given["whole"] is False
