"""Random lives of payments: whatever is asked, in whatever order and however often, the double's books hold."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
import stripe
from hypothesis import strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pushcart.kit import clock
from tests.sandbox.stripe.conftest import Platform

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Program

_CARDS = [
    "pm_card_visa",
    "pm_card_visa_chargeDeclined",
    "pm_card_createDispute",
    "pm_card_refundFail",
    "pm_card_pendingRefund",
    "pm_card_captureDeclined",
    "pm_card_captureAnswerLost",
]
_EFFECTS = ["answer_lost", "error_500", "error_500_after", "rate_limited"]
_AMOUNTS = strategies.integers(50, 20_000)
_PICK = strategies.integers(0, 20)


class Histories(RuleBasedStateMachine):
    """A model of each hold, kept beside the double: what should be held, captured and refunded."""

    program: Program

    @initialize()
    def open_an_account(self) -> None:
        clock.reset()
        key = f"sk_test_{secrets.token_hex(8)}"
        self.platform = Platform(self.program, key, self.program.client(key))
        self.platform.account = self.platform.connect()
        self.intents: list[str] = []

    @rule(card=strategies.sampled_from(_CARDS), amount=_AMOUNTS, fee=strategies.integers(0, 60))
    def hold(self, card: str, amount: int, fee: int) -> None:
        intent = self._asked(lambda: self.platform.hold(card, amount, application_fee_amount=fee))
        if intent is not None:
            self.intents.append(intent.id)

    @precondition(lambda self: self.intents)
    @rule(pick=_PICK, amount=_AMOUNTS, times=strategies.integers(1, 2), key=strategies.booleans())
    def capture(self, pick: int, amount: int, times: int, key: bool) -> None:
        options = {**self.platform.on, **({"idempotency_key": secrets.token_hex(4)} if key else {})}
        capture = self.platform.sdk.v1.payment_intents.capture
        for _ in range(times):
            self._asked(lambda: capture(self._one(pick), {"amount_to_capture": amount}, options))

    @precondition(lambda self: self.intents)
    @rule(pick=_PICK)
    def capture_in_full(self, pick: int) -> None:
        self._asked(lambda: self.platform.sdk.v1.payment_intents.capture(self._one(pick), options=self.platform.on))

    @precondition(lambda self: self.intents)
    @rule(pick=_PICK)
    def cancel(self, pick: int) -> None:
        self._asked(lambda: self.platform.sdk.v1.payment_intents.cancel(self._one(pick), options=self.platform.on))

    @precondition(lambda self: self.intents)
    @rule(pick=_PICK, amount=strategies.none() | _AMOUNTS, times=strategies.integers(1, 2))
    def refund(self, pick: int, amount: int | None, times: int) -> None:
        given: dict[str, Any] = {"payment_intent": self._one(pick), **({"amount": amount} if amount else {})}
        for _ in range(times):
            self._asked(lambda: self.platform.sdk.v1.refunds.create(given, self.platform.on))

    @rule(days=strategies.sampled_from([0.1, 1, 7]))
    def wait(self, days: float) -> None:
        clock.move(timedelta(days=days))

    @rule(effect=strategies.sampled_from(_EFFECTS))
    def trouble_ahead(self, effect: str) -> None:
        self.program.post("/_double/faults", effect=effect, path="/v1/*", account=self.platform.account, method="POST")

    @rule(won=strategies.booleans())
    def decide_a_dispute(self, won: bool) -> None:
        disputes = self.platform.sdk.v1.disputes.list({}, self.platform.on).data
        open_ones = [dispute for dispute in disputes if dispute.status == "needs_response"]
        if open_ones:
            self.program.post(f"/_double/disputes/{open_ones[0].id}/{'win' if won else 'lose'}")

    @invariant()
    def the_books_hold(self) -> None:
        verdict = self.program.get(f"/_double/invariants?account={self.platform.account}")
        assert verdict["broken"] == []

    @invariant()
    def the_answers_agree_with_the_movements(self) -> None:
        """Counted once more, here: what the API says of each intent is what moved."""
        sums: dict[str, dict[str, int]] = {}
        for movement in self.program.get(f"/_double/books?account={self.platform.account}")["movements"]:
            of_intent = sums.setdefault(movement["payment_intent"], {})
            of_intent[movement["kind"]] = of_intent.get(movement["kind"], 0) + movement["amount"]
        for identifier in self.intents:
            intent = self.platform.sdk.v1.payment_intents.retrieve(
                identifier, {"expand": ["latest_charge"]}, self.platform.on
            )
            moved = sums[identifier]
            held, captured, released = (moved.get(kind, 0) for kind in ("hold", "capture", "release"))
            refunded = moved.get("refund", 0) - moved.get("refund_failed", 0)
            assert intent.amount_received == captured
            assert intent.amount_capturable == held - captured - released
            assert intent.latest_charge.amount_refunded == refunded
            assert 0 <= refunded <= captured <= held == intent.amount

    def _one(self, pick: int) -> str:
        return self.intents[pick % len(self.intents)]

    @staticmethod
    def _asked(ask: Any) -> Any:
        """The answer; None where the double refused or its answer got lost, which is no fault of its books."""
        try:
            return ask()
        except stripe.StripeError:
            return None


@pytest.mark.long
def test_the_books_hold_over_random_histories(program: Program) -> None:
    clock.use_file(program.clock)
    try:
        run_state_machine_as_test(
            type("HistoriesHere", (Histories,), {"program": program}),
            settings=hypothesis.settings(max_examples=40, stateful_step_count=12, deadline=None),
        )
    finally:
        clock.reset()
        clock.use_settings()
