"""The double as a program: what it remembers, how it starts and stops, who is heard."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest
import stripe

from tests.sandbox.stripe.conftest import Platform, Program, free_port

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def own(tmp_path: Path) -> Program:
    return Program(tmp_path, free_port())


def test_a_kill_loses_nothing(own: Program) -> None:
    own.start()
    platform = Platform(own, "sk_test_restarted", own.client("sk_test_restarted"))
    platform.account = platform.connect()
    options = {"idempotency_key": "line-7-hold-1"}
    hold = platform.hold(options=options)
    own.post("/_double/faults", effect="error_500", path="/v1/payment_intents/*/capture")
    own.kill()
    own.start()
    try:
        again = platform.hold(options=options)
        assert (again.id, again.last_response.headers["Idempotent-Replayed"]) == (hold.id, "true")
        with pytest.raises(stripe.APIError):
            platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on)
        assert platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on).status == "succeeded"
        assert platform.moved() == [("hold", 11010), ("capture", 11010)]
        platform.check()
    finally:
        own.stop()


def test_it_starts_with_an_endpoint_that_the_sandbox_names(own: Program) -> None:
    own.options = ("--notify=http://127.0.0.1:9/stripe/events",)
    own.environment = {**os.environ, "STRIPE_API_KEY": "sk_test_noted", "STRIPE_WEBHOOK_SECRET": "whsec_noted"}
    ids = set()
    for _ in range(2):
        own.start()
        (endpoint,) = own.client("sk_test_noted").v1.webhook_endpoints.list({}).data
        ids.add(endpoint.id)
        own.stop()
    assert len(ids) == 1
    assert (endpoint.url, endpoint.enabled_events) == ("http://127.0.0.1:9/stripe/events", ["*"])


def test_a_reset_forgets_everything(own: Program) -> None:
    own.start()
    try:
        platform = Platform(own, "sk_test_reset", own.client("sk_test_reset"))
        platform.account = platform.connect()
        platform.hold()
        own.post("/_double/reset")
        assert platform.sdk.v1.accounts.list({}).data == []
        assert own.get("/_double/books") == {"movements": [], "totals": {}}
    finally:
        own.stop()


def test_it_keeps_no_card_number(own: Program) -> None:
    own.start()
    platform = Platform(own, "sk_test_secretive", own.client("sk_test_secretive"))
    platform.account = platform.connect()
    card = {"number": "4000056655665556", "exp_month": 12, "exp_year": 2034, "cvc": "737"}
    method = platform.sdk.v1.payment_methods.create({"type": "card", "card": card}, platform.on)
    platform.hold(method.id, options={"idempotency_key": "k"})
    own.stop()
    kept = b"".join(path.read_bytes() for path in own.state.glob("double*"))
    assert b"4000056655665556" not in kept
    assert b"sk_test_secretive" not in kept


def test_its_movements_can_not_be_written_otherwise(own: Program) -> None:
    own.start()
    own.stop()
    with sqlite3.connect(own.state / "double.sqlite3") as db:
        values = ("acct", "pi", "ch", "theft", 1, "usd", 0, "ch")
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("INSERT INTO movements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        with pytest.raises(sqlite3.IntegrityError):
            db.execute(
                "INSERT INTO movements VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?)", (*values[:3], "hold", 0, *values[5:])
            )
    db.close()


def test_the_invariants_find_a_wrong_book(own: Program) -> None:
    own.start()
    platform = Platform(own, "sk_test_crooked", own.client("sk_test_crooked"))
    platform.account = platform.connect()
    platform.paid()
    own.stop()
    with sqlite3.connect(own.state / "double.sqlite3") as db:
        db.execute(
            "INSERT INTO movements (account, payment_intent, charge, kind, amount, currency, at, source) "
            "SELECT account, payment_intent, charge, 'capture', amount, currency, at, source FROM movements "
            "WHERE kind = 'capture'"
        )
    db.close()
    own.start()
    try:
        verdict = own.get("/_double/invariants")
    finally:
        own.stop()
    assert verdict["ok"] is False
    assert any("captured more than once" in sentence for sentence in verdict["broken"])
    assert any("more was captured than held" in sentence for sentence in verdict["broken"])
    assert any("balance transactions" in sentence for sentence in verdict["broken"])
