"""Any history of holds, charges, releases, refunds, lost answers, repeated failures and things done at Stripe itself.

Whatever happened: nothing is charged or held twice, and once everything is settled the double's books and our rows
agree to the cent.
"""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import stripe
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pushcart.kit import clock as kit_clock
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.give_back import give_back
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.actions.release import release
from pushcart.payments.actions.reserve_refund import reserve_refund
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.client import stripe_client
from pushcart.payments.errors import AboveRefundableError, StripeUnreachableError
from pushcart.payments.models import Hold, Refund
from tests import network

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.doubles import StripeDouble

_lines = itertools.count(7_000_001)

REFUNDED_BADLY = ["pm_card_pendingRefund", "pm_card_refundFail"]
CARDS = [
    "pm_card_visa",
    "pm_card_captureDeclined",
    "pm_card_captureAnswerLost",
    "pm_card_chargeCustomerFail",
    *REFUNDED_BADLY,
]
# What goes wrong with the call that an act is about, or with any call on the way to it.
TROUBLES = (
    st.fixed_dictionaries(
        {
            "effect": st.sampled_from(["answer_lost", "error_500_after", "timeout", "error_500", "rate_limited"]),
            "aimed": st.sampled_from([True, True, False]),
            "times": st.sampled_from([1, 1, 2]),
            "after": st.sampled_from([0, 0, 0, 1]),
        }
    )
    | st.none()
)
PATHS = {
    "place": "/v1/payment_intents",
    "capture": "/v1/payment_intents/*/capture",
    "release": "/v1/payment_intents/*/cancel",
    "refund": "/v1/refunds",
}
ACTS = {"place": place, "capture": capture, "release": release}


class Payments(RuleBasedStateMachine):
    def __init__(self, double: StripeDouble) -> None:
        super().__init__()
        self.double = double
        double.reset()
        self.retailer = network.retailer()
        double.connect(self.retailer)
        self.holds: list[int] = []
        self.touched: set[int] = set()

    @initialize(card=st.sampled_from(["pm_card_visa", *REFUNDED_BADLY]), trouble=TROUBLES)
    def charged_before(self, card: str, trouble: dict[str, Any] | None) -> None:
        """There is something to refund from the start, and a part of it was, or not."""
        capture(place(self.prepared(card, 9_000)))
        capture(place(self.prepared("pm_card_visa", 9_000)))
        with self.troubled("refund", trouble):
            give_back(reserve_refund(self.hold(1), 3_000))

    @rule(card=st.sampled_from(CARDS), amount=st.integers(50, 50_000), trouble=TROUBLES)
    def order(self, card: str, amount: int, trouble: dict[str, Any] | None) -> None:
        hold = self.prepared(card, amount)
        with self.troubled("place", trouble):
            place(hold)

    def prepared(self, card: str, amount: int) -> Hold:
        hold = prepare(
            self.retailer,
            next(_lines),
            amount,
            "usd",
            card_token=self.double.card_token(card),
            test=False,
            description="",
        )
        self.holds.append(hold.pk)
        return hold

    @precondition(lambda self: self.of_state("held"))
    @rule(which=st.integers(0, 9), act=st.sampled_from(["capture", "capture", "release"]), trouble=TROUBLES)
    def decide(self, which: int, act: str, trouble: dict[str, Any] | None) -> None:
        held = self.of_state("held")
        with self.troubled(act, trouble):
            ACTS[act](held[which % len(held)])

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 9), act=st.sampled_from([*ACTS]), trouble=TROUBLES)
    def ask(self, which: int, act: str, trouble: dict[str, Any] | None) -> None:
        with self.troubled(act, trouble):
            ACTS[act](self.hold(which))

    @precondition(lambda self: self.of_state("placing", "capturing", "releasing"))
    @rule(which=st.integers(0, 9), act=st.sampled_from([*ACTS]), trouble=TROUBLES)
    def ask_later(self, which: int, act: str, trouble: dict[str, Any] | None) -> None:
        """Of a hold in the middle, once it may be asked for again."""
        unanswered = self.of_state("placing", "capturing", "releasing")
        kit_clock.move(timedelta(seconds=31))
        with self.troubled(act, trouble):
            ACTS[act](unanswered[which % len(unanswered)])

    @precondition(lambda self: self.of_state("captured"))
    @rule(which=st.integers(0, 9), share=st.sampled_from([3, 2, 1]), trouble=TROUBLES)
    def refund(self, which: int, share: int, trouble: dict[str, Any] | None) -> None:
        captured = self.of_state("captured")
        hold = captured[which % len(captured)]
        try:
            refund = reserve_refund(hold, max(1, hold.amount // share))
        except AboveRefundableError as refused:
            left = refused.refundable
        else:
            with self.troubled("refund", trouble):
                give_back(refund)
            return
        assert left < max(1, hold.amount // share)

    @precondition(lambda self: Refund.objects.filter(hold__in=self.holds, state="pending").exists())
    @rule(trouble=TROUBLES)
    def refund_later(self, trouble: dict[str, Any] | None) -> None:
        kit_clock.move(timedelta(seconds=31))
        with self.troubled("refund", trouble):
            give_back(Refund.objects.filter(hold__in=self.holds, state="pending").earliest("pk"))

    @rule(time=st.sampled_from([timedelta(seconds=31), timedelta(days=1), timedelta(days=8)]))
    def wait(self, time: timedelta) -> None:
        kit_clock.move(time)

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 9), act=st.sampled_from(["capture", "cancel", "refund"]))
    def at_stripe(self, which: int, act: str) -> None:
        """The retailer's people do something in Stripe's own pages."""
        hold = self.hold(which)
        client, account = stripe_client(test=False).v1, {"stripe_account": hold.account_id}
        if not hold.intent_id:
            return
        self.touched.add(hold.pk)
        try:
            if act == "refund":
                client.refunds.create(params={"payment_intent": hold.intent_id, "amount": 25}, options=account)
            else:
                getattr(client.payment_intents, act)(hold.intent_id, options=account)
        except stripe.StripeError:
            return  # Nothing of the kind was to be done, the bank refused it, or the card loses its answers.

    @rule(which=st.integers(0, 30), comes=st.sampled_from([False, False, True]))
    def hear(self, which: int, comes: bool) -> None:
        """One of the newest events comes, perhaps again, in no order; more often none does, and we have to ask."""
        events = self.events()
        if events and comes:
            self.take(events[which % len(events)])

    @invariant()
    def the_double_is_sound(self) -> None:
        self.double.assert_sound()

    @invariant()
    def nothing_is_counted_that_did_not_happen(self) -> None:
        charged = {
            each["payment_intent"]: each["amount"]
            for each in self.double.control("GET", "books")["movements"]
            if each["kind"] == "capture"
        }
        for hold in Hold.objects.filter(pk__in=self.holds):
            assert hold.captured in {0, charged.get(hold.intent_id, 0)}

    def teardown(self) -> None:
        self.settle()
        self.rows_and_books_agree()

    def settle(self) -> None:
        """What the sweeper and Stripe's own repetitions do in the end, once the store has decided as well."""
        for hold in Hold.objects.filter(pk__in=self.touched, state="held"):
            # Nobody here knows what was done to it until something is asked of it.
            (capture if hold.pk % 2 else release)(hold)
        for _ in range(6):
            kit_clock.move(timedelta(hours=1, seconds=1))  # what is old is asked that seldom
            for hold in Hold.objects.filter(pk__in=self.holds):
                {"placing": place, "capturing": capture, "capture_failed": release, "releasing": release}.get(
                    hold.state, lambda hold: hold
                )(hold)
            for refund in Refund.objects.filter(hold__in=self.holds, state="pending"):
                give_back(refund)
            for event in self.events():
                self.take(event)

    def rows_and_books_agree(self) -> None:
        held = kept = 0
        for hold in Hold.objects.filter(pk__in=self.holds):
            assert hold.state in {"held", "captured", "released", "failed", "lapsed"}, hold
            held += hold.amount if hold.state == "held" else 0
            kept += hold.captured - hold.refunded - hold.refunding
            pending = sum(refund.amount for refund in hold.refunds.filter(state="pending"))
            succeeded = sum(refund.amount for refund in hold.refunds.filter(state="succeeded"))
            assert (hold.refunding, hold.refunded) == (pending, succeeded)
        books = self.double.books(self.retailer)
        assert (books["holding"], books["kept"]) == (held, kept)
        self.double.assert_sound()

    def of_state(self, *states: str) -> list[Hold]:
        return list(Hold.objects.filter(pk__in=self.holds, state__in=states).order_by("pk"))

    def hold(self, which: int) -> Hold:
        return Hold.objects.get(pk=self.holds[which % len(self.holds)])

    def events(self) -> list[stripe.Event]:
        account = self.retailer.stripe_account.account_id
        return (
            stripe_client(test=False)
            .v1.events.list(
                params={
                    "limit": 100,
                    "types": ["payment_intent.canceled", "refund.created", "refund.updated", "refund.failed"],
                },
                options={"stripe_account": account},
            )
            .data
        )

    def take(self, event: stripe.Event) -> None:
        payload = json.dumps(event.to_dict())
        signature = stripe.WebhookSignature.generate_signature_header(payload, "whsec_of_the_tests")
        try:
            take_event(payload.encode(), signature)
        except StripeUnreachableError:
            return  # Stripe sends it again.

    @contextmanager
    def troubled(self, act: str, trouble: dict[str, Any] | None) -> Iterator[None]:
        if trouble:
            plan = {name: value for name, value in trouble.items() if name != "aimed"}
            self.double.fault(path=PATHS[act] if trouble["aimed"] else "*", seconds=0, **plan)
        yield
        if trouble:
            self.double.forget_faults()


def test_it_never_charges_twice_and_its_rows_are_stripes_books(transactional_db, stripe_double, clock):
    run_state_machine_as_test(
        lambda: Payments(stripe_double),
        settings=settings(
            max_examples=25, stateful_step_count=25, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
        ),
    )
