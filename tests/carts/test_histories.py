"""Random histories of orders at the real database and the payment double: whatever is said, lost, repeated or late.

After every step the money adds up to the cent for each line and in sum, no line has made a move that its graph lacks,
the document is what the rows say, and documents and events are numbered without a gap. At the end of each history the
double's books are ours, line by line and in the ledger's sums: each line charged once or not at all, given back no more
than that, and nothing left on hold.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import random
import time
from collections import Counter
from datetime import timedelta
from typing import Any, ClassVar

import hypothesis
import pytest
from django.db import connection
from django.db.models import Count, Max, Min, Sum
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from pushcart.carts.actions.cancel import cancel
from pushcart.carts.actions.confirm import confirm as confirm_line
from pushcart.carts.actions.expire_due import expire_due
from pushcart.carts.actions.reject import reject as reject_line
from pushcart.carts.actions.remind_due import remind_due
from pushcart.carts.actions.settle import settle
from pushcart.carts.actions.sweep import sweep
from pushcart.carts.actions.update import LineUpdate, update
from pushcart.carts.change import changing
from pushcart.carts.document import render
from pushcart.carts.errors import CartError
from pushcart.carts.models import OWING, Cart, Line
from pushcart.carts.queries import document_of
from pushcart.carts.states import LINE
from pushcart.events.models import Event
from pushcart.inventory.models import Stock
from pushcart.kit import clock as kit_clock
from pushcart.payments import client
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.errors import StripeUnreachableError
from pushcart.payments.ledger.models import Account
from pushcart.payments.models import Dispute, Hold, Posting, Refund
from tests import doubles
from tests.carts.history_answers import first_refusal, holds_already
from tests.carts.history_world import UPCS, World, in_the_end
from tests.carts.orders import everything
from tests.stripe_events import events_of, sent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
clock_file = doubles.clock_file

HISTORIES = int(os.environ.get("PUSHCART_HISTORIES", "500"))  # .ci/run asks for 1,000
PARTS = 4
STEPS = 6

CARDS = ("visa", "visa", "visa", "captureDeclined", "captureAnswerLost", "pendingRefund")
EFFECTS = ("answer_lost", "timeout", "error_500", "error_500_after", "rate_limited")
CALLS = ("/v1/payment_intents/*/capture", "/v1/payment_intents/*/cancel", "/v1/refunds", "/v1/*")
WORDS = ("received", "confirmed", "rejected", "fulfilled", "refund")
WAITS = (timedelta(seconds=31), timedelta(minutes=5), timedelta(minutes=10), timedelta(hours=1))
ACCEPTED = {"confirmed", "fulfilled", "partially_refunded", "refunded"}
MONEY = ("authorised", "held", "captured", "released", "kept", "refunding", "refunded", "disputed", "lost")
# What Stripe tells of payments by itself.
TOLD = ["payment_intent.canceled", "refund.created", "refund.updated", "refund.failed"]
TOLD += [f"charge.dispute.{what}" for what in ("created", "updated", "closed", "funds_withdrawn", "funds_reinstated")]

_GONE = ("refunds", "refunds_pending", "disputed", "chargebacks")
_APART = """
SELECT h.id, apart.* FROM payments_hold h, LATERAL payments_rows_and_journal(h.id) apart WHERE h.line_id = ANY(%s)
"""

some_line = st.integers(0, 2)
some_amount = st.sampled_from((1, 999, 20_000, 43_192, 100_000))
some_key = st.sampled_from((None, None, "return-1", "return-2"))


class Histories(RuleBasedStateMachine):
    world: ClassVar[type[World]] = World
    cart: Cart | None = None

    @initialize(
        quantities=st.sampled_from(([1], [2], [1, 1], [1], [2, 1], [1, 1, 2])),
        card=st.sampled_from(CARDS),
        path=st.sampled_from(("bopis", "bopis", "bopis", "bopis", "ropis")),
        begun=st.sampled_from(((), (), ("confirmed",), ("confirmed", "fulfilled"), ("confirmed", "refund"))),
    )
    def order(self, quantities: list[int], card: str, path: str, begun: tuple[str, ...]) -> None:
        self.world.begin()
        if self.world.histories % 10 == 0:  # what is drawn may pass it by, and each end has to be seen
            card, path, begun = "captureDeclined", "bopis", ("confirmed",)
        self.cart = self.world.order(quantities, card, path)
        self.lines = self._read_lines()
        self.statuses = {line.pk: line.status for line in self.lines}
        self.last: list[LineUpdate] = []
        self.lapsed: set[int] = set()
        self.turned: set[int] = set()
        self.disputed: set[int] = set()
        for word in begun:
            self._update([self._said(line, word, line.kept or 1) for line in self.lines])
            self.lines = self._read_lines()

    # What the retailer says.

    @rule(line=some_line)
    def receive(self, line: int) -> None:
        self._update([self._said(self._line(line), "received")])

    @rule(line=some_line)
    def confirm(self, line: int) -> None:
        self._update([self._said(self._line(line), "confirmed")])

    @rule(line=some_line)
    def reject(self, line: int) -> None:
        self._update([self._said(self._line(line), "rejected")])

    @rule(line=some_line)
    def fulfill(self, line: int) -> None:
        self._update([self._said(self._line(line), "fulfilled")])

    @rule(line=some_line, amount=some_amount, key=some_key)
    def refund(self, line: int, amount: int, key: str | None) -> None:
        self._update([self._said(self._line(line), "refund", amount, key)])

    @rule(line=some_line, qty=st.integers(1, 2), key=some_key)
    def refund_pieces(self, line: int, qty: int, key: str | None) -> None:
        row = self._line(line)
        self._update([LineUpdate(row.upc, "refund", refund_qty=qty, key=key)])

    @rule(line=some_line)
    def refund_the_rest(self, line: int) -> None:
        row = self._line(line)
        self._update([self._said(row, "refund", row.kept - row.refunding or 1)])

    @rule(word=st.sampled_from(WORDS), of_the_last=st.sampled_from(WORDS), amount=some_amount)
    def say_of_all(self, word: str, of_the_last: str, amount: int) -> None:
        words = [*[word] * (len(self.lines) - 1), of_the_last]
        self._update([self._said(line, each, amount) for line, each in zip(self.lines, words, strict=True)])

    @rule()
    def say_again(self) -> None:
        """A retailer's retry. Unless money was still owed, or the line has moved on meanwhile, it changes nothing."""
        if not self.last:
            return
        owing = Line.objects.filter(OWING, cart=self.cart).exists()
        before = self._state()
        if self._update(self.last) and not owing and self.last_holds:
            assert self._state() == before

    # What shoppers, time and banks do.

    @rule(line=some_line)
    def withdraw(self, line: int) -> None:
        row = self._line(line)
        with changing(self.cart.pk) as change:
            if row.status in {"ordered", "received", "cancelled"}:
                cancel(change, change.line(row.upc))
        settle(self.cart.pk)

    @rule(wait=st.sampled_from(WAITS))
    def wait(self, wait: timedelta) -> None:
        kit_clock.move(wait)

    @rule(line=some_line, said=st.booleans())
    def hold_lapses(self, line: int, said: bool) -> None:
        hold = Hold.objects.filter(line_id=self._line(line).pk).exclude(pk__in=self.lapsed).first()
        if hold is not None and hold.state == "held":
            self.lapsed.add(hold.pk)
            self.world.double.control("POST", f"intents/{hold.intent_id}/lapse")
            if said:
                self._bank_tells("payment_intent.canceled", hold, {"id": hold.intent_id})

    @rule(turns_out=st.sampled_from(("succeed", "fail")), said=st.booleans())
    def refund_turns(self, turns_out: str, said: bool) -> None:
        """A refund that the bank works on is done or refused; one that was done comes back late."""
        states = ["pending"] if turns_out == "succeed" else ["pending", "succeeded"]
        refunds = Refund.objects.filter(hold__line_id__in=self.statuses, state__in=states).exclude(stripe_id="")
        refund = refunds.exclude(pk__in=self.turned).select_related("hold").first()
        if refund is not None:
            self.turned.add(refund.pk)
            self.world.double.control("POST", f"refunds/{refund.stripe_id}/{turns_out}")
            if said or refund.state == "succeeded":
                told = {"id": refund.stripe_id, "payment_intent": refund.hold.intent_id}
                self._bank_tells("refund.updated", refund.hold, told)

    @rule(line=some_line)
    def shopper_disputes(self, line: int) -> None:
        self._dispute(line)

    def _dispute(self, line: int) -> None:
        hold = Hold.objects.filter(line_id=self._line(line).pk, state="captured", disputes=None).first()
        if hold is None or hold.pk in self.disputed:
            return
        self.disputed.add(hold.pk)
        charge = self.world.charge_of(hold)
        if charge["amount_captured"] > charge["amount_refunded"]:
            self.world.double.control("POST", f"charges/{charge['id']}/dispute")

    @rule(ends=st.sampled_from(("win", "lose")))
    def bank_decides(self, ends: str) -> None:
        self._decide_disputes(ends)

    @rule(order=st.integers(0, 99), copies=st.integers(1, 2))
    def events_come(self, order: int, copies: int) -> None:
        """What Stripe has told lately, doubled and in no order."""
        events = self._news() * copies
        random.Random(order).shuffle(events)
        self._hear(events[:4])

    # What goes wrong, and what mends it.

    @rule()
    def restart(self) -> None:
        """Our process begins anew: what it had not written down is gone."""
        connection.close()
        client._client.cache_clear()

    @rule(effect=st.sampled_from(EFFECTS), path=st.sampled_from(CALLS), after=st.integers(0, 1))
    def go_wrong(self, effect: str, path: str, after: int) -> None:
        self.world.double.fault(effect, path, after=after, seconds=0)

    @rule(line=some_line, verb=st.sampled_from((confirm_line, reject_line)))
    def decide_and_die(self, line: int, verb: Any) -> None:
        """The process ends between its decision and the money."""
        row = self._line(line)
        with changing(self.cart.pk) as change:
            if row.status in {"ordered", "received"}:
                verb(change, change.line(row.upc), **({"reason": "None left."} if verb is reject_line else {}))

    @rule(turn=st.sampled_from((expire_due, sweep, remind_due)))
    def timetable(self, turn: Any) -> None:
        turn()

    @rule()
    def settle_once_more(self) -> None:
        settle(self.cart.pk)

    # What has to hold after every step.

    @invariant()
    def all_is_in_order(self) -> None:
        if self.cart is not None:
            self.lines = self._read_lines()
            self._money_adds_up()
            self._no_line_left_its_graph()

    def _money_adds_up(self) -> None:
        sums = dict.fromkeys(MONEY, 0)
        for line in self.lines:
            money = {name: getattr(line, name) for name in MONEY}
            assert money["authorised"] == money["held"] + money["captured"] + money["released"]
            assert money["captured"] == money["kept"] + money["refunded"]
            assert max(money["refunding"], money["disputed"]) <= money["kept"]
            assert money["lost"] <= money["refunded"]
            assert min(money.values()) >= 0
            assert money["authorised"] == (line.total if self.cart.path == "bopis" else 0)
            assert not money["captured"] or line.status in ACCEPTED
            sums = {name: sums[name] + amount for name, amount in money.items()}
        assert sums["authorised"] == sums["held"] + sums["captured"] + sums["released"]
        assert sums["captured"] == sums["kept"] + sums["refunded"]

    def _no_line_left_its_graph(self) -> None:
        now = {line.pk: line.status for line in self.lines}
        assert all(now[pk] in _reachable(before) for pk, before in self.statuses.items()), (self.statuses, now)
        self.statuses = now
        self.world.statuses.update(now.values())

    def _the_document_is_what_the_rows_say(self) -> None:
        self.cart = Cart.objects.select_related("store").get(pk=self.cart.pk)
        assert document_of(self.cart) == render(self.cart, self.lines)
        assert self.cart.documents.aggregate(n=Count("*"), last=Max("sequence")) == {
            "n": self.cart.sequence,
            "last": self.cart.sequence,
        }

    def _all_is_numbered_without_a_gap(self) -> None:
        retailer, brand = self.cart.retailer_id, self.cart.brand_id
        told: dict[int, list[int]] = {retailer: [], brand: []}
        of_cart = Event.objects.filter(cart_id=self.cart.pk).exclude(type="carts.reminded").order_by("number")
        for company, sequence in of_cart.values_list("company_id", "sequence"):
            told[company].append(sequence)
        assert told[retailer] == told[brand] == list(range(1, self.cart.sequence + 1))
        of_companies = Event.objects.filter(company_id__in=[retailer, brand], test=False).values("company_id")
        counts = of_companies.annotate(n=Count("pk"), first=Min("number"), last=Max("number"))
        assert all((row["first"], row["n"]) == (1, row["last"]) for row in counts)

    def teardown(self) -> None:
        """The window closes, the banks decide, everything is answered: then the double's books have to be ours."""
        if self.cart is None:
            return
        self.world.double.forget_faults()
        if self.world.histories % 2 == 0:
            self._dispute(0)  # what the drawn steps seldom come to, and each end of it has to be seen
        self._decide_disputes(("win", "lose", "")[self.world.histories % 3])
        kit_clock.move(timedelta(hours=2))
        expire_due()
        self._settle_all()
        self.all_is_in_order()
        self._the_document_is_what_the_rows_say()
        self._all_is_numbered_without_a_gap()
        self._books_are_ours()
        self._ledger_is_the_books()
        self._stock_is_taken_by_what_was_sold()

    def _decide_disputes(self, ends: str) -> None:
        """Without an end they stay open, as many do for months."""
        for dispute in self.world.open_disputes(self._intents()) if ends else ():
            self.world.double.control("POST", f"disputes/{dispute}/{ends}")

    def _settle_all(self) -> None:
        for _ in range(8):
            kit_clock.move(timedelta(hours=1))
            self.world.double.control("POST", "sweep")
            if not sweep():
                self._hear(2 * self._news()[::-1], at_rest=True)
                if not sweep():
                    return
        raise AssertionError(f"It does not come to rest: {everything(self.cart)}")

    def _books_are_ours(self) -> None:
        account = self.world.store.company.stripe_account.account_id
        moved: dict[str, dict[str, list[int]]] = {}
        for each in self.world.double.control("GET", f"books?account={account}")["movements"]:
            moved.setdefault(each["payment_intent"], {}).setdefault(each["kind"], []).append(each["amount"])
        holds = {hold.line_id: hold for hold in Hold.objects.filter(line_id__in=self.statuses)}
        for line in self.lines:
            if line.pk not in holds:
                assert (line.authorised, self.cart.path) == (0, "ropis")
                continue
            there = moved[holds[line.pk].intent_id]
            assert there["hold"] == [line.total]
            assert there.get("capture", []) == ([line.total] if line.captured else [])
            assert there.get("release", []) == ([] if line.captured else [line.total])
            assert sum(there.get("refund", [])) - sum(there.get("refund_failed", [])) == line.refunded - line.lost
            taken = sum(there.get("dispute", [])) - sum(there.get("dispute_won", []))
            assert taken == line.disputed + line.lost
            self._tax_and_pieces_came_back(line, holds[line.pk])
            assert (line.held, line.refunding) == (0, 0)
            assert line.status not in {"ordered", "received"}

    def _tax_and_pieces_came_back(self, line: Line, hold: Hold) -> None:
        given = [refund for refund in hold.refunds.all() if refund.state == "succeeded"]
        assert line.tax_refunded == sum(refund.tax for refund in given) + hold.tax_lost
        assert line.qty_refunded == sum(refund.qty for refund in given) <= line.qty
        # Half up of what is given back; where parts are tiny, no part is more than itself.
        fair = (2 * line.tax * line.refunded + line.total) // (2 * line.total)
        assert abs(line.tax_refunded - fair) <= len(given)
        assert line.refunded < line.total or line.tax_refunded == line.tax

    def _ledger_is_the_books(self) -> None:
        """By their sums over all that the retailer sold; and no row says other than its journal."""
        with connection.cursor() as cursor:
            cursor.execute(_APART, [list(self.statuses)])
            assert cursor.fetchall() == []
        company = self.world.store.company
        posted = Posting.objects.filter(entry__company=company).order_by().values_list("account")
        ledger = {**dict.fromkeys(Account.values, 0), **dict(posted.annotate(Sum("amount")))}
        assert sum(ledger.values()) == 0
        books = self.world.double.books(company)
        assert {
            "holding": ledger["held"],
            "captured": -ledger["sales"],
            "refunded": ledger["refunds"] + ledger["refunds_pending"],
            "disputed": ledger["disputed"] + ledger["chargebacks"],
            "kept": -ledger["sales"] - sum(ledger[name] for name in _GONE),
        } == {name: books[name] for name in ("holding", "captured", "refunded", "disputed", "kept")}

    def _stock_is_taken_by_what_was_sold(self) -> None:
        sold = dict.fromkeys(UPCS, 0)
        for line in Line.objects.filter(cart__store=self.world.store, stock_snapshot__isnull=False):
            sold[line.upc] += line.qty
            assert line.status in ACCEPTED | {"charge_failed"}
        assert dict(Stock.objects.filter(store=self.world.store).values_list("upc", "taken")) == sold

    # How the steps are made.

    def _update(self, said: list[LineUpdate]) -> bool:
        """Whether it was accepted; refused, it has to be for the contract's reason and to leave all as it was."""
        lines = {line.upc: line for line in self.lines}
        expected = first_refusal(said, lines)
        self.last_holds = all(holds_already(one, lines[one.upc]) for one in said)
        before = self._state() if expected else []
        code = None
        try:
            update(self.cart.pk, said)
        except CartError as refused:
            code = refused.code
        assert code == expected
        if code is None:
            self.last = said
        else:
            assert self._state() == before
        return code is None

    def _state(self) -> list[Any]:
        return [
            list(Cart.objects.filter(pk=self.cart.pk).values()),
            list(Line.objects.filter(cart=self.cart).order_by("pk").values()),
            list(Refund.objects.filter(hold__line_id__in=self.statuses).order_by("pk").values()),
        ]

    def _said(self, line: Line, word: str, amount: int | None = None, key: str | None = None) -> LineUpdate:
        return LineUpdate(line.upc, word, reason="None left.", refund_amount=amount, key=key)

    def _bank_tells(self, kind: str, hold: Hold, told: dict[str, str]) -> None:
        event = {"id": f"evt_{time.time_ns()}", "object": "event", "type": kind, "account": hold.account_id}
        payload = json.dumps({**event, "livemode": False, "data": {"object": told}})
        at = int(time.time())
        signed = hmac.new(doubles.WEBHOOK_SECRET.encode(), f"{at}.{payload}".encode(), hashlib.sha256).hexdigest()
        self._taken(payload.encode(), f"t={at},v1={signed}")
        settle(self.cart.pk)

    def _taken(self, payload: bytes, signature: str) -> None:
        """An event that can't be looked into is answered 503, and sent again until it can."""
        for _ in range(2 * STEPS):
            try:
                take_event(payload, signature)
            except StripeUnreachableError:
                continue
            return
        raise AssertionError("More calls failed than faults were planned.")

    def _news(self) -> list[dict[str, Any]]:
        """The newest events of the cart's payments, oldest first."""
        intents = self._intents()
        account_id = self.world.store.company.stripe_account.account_id
        of_account = in_the_end(lambda: events_of(account_id, TOLD, limit=30))
        told = [(event["data"]["object"], event) for event in of_account]
        return [event for about, event in told if about.get("payment_intent", about["id"]) in intents]

    def _intents(self) -> set[str]:
        return set(Hold.objects.filter(line_id__in=self.statuses).values_list("intent_id", flat=True))

    def _hear(self, events: list[dict[str, Any]], *, at_rest: bool = False) -> None:
        """Some can't be looked into before a call has its answer: Stripe sends them again, until all is at rest."""
        for event in events:
            try:
                take_event(*sent(event))
            except StripeUnreachableError:
                assert not at_rest
        settle(self.cart.pk)

    def _read_lines(self) -> list[Line]:
        return list(Line.objects.filter(cart=self.cart).order_by("position"))

    def _line(self, number: int) -> Line:
        return self.lines[number % len(self.lines)]


def _reachable(status: str) -> set[str]:
    """What a line may have become within one step, by the graph: several moves may fall together."""
    seen, waiting = {status}, [status]
    while waiting:
        new = set(LINE.moves[waiting.pop()]) - seen
        seen |= new
        waiting += new
    return seen


@pytest.mark.parametrize("part", range(PARTS))
def test_histories_of_orders_keep_money_and_books(stripe_double, clock, part):
    clock.freeze(clock.now())
    World.double, World.histories, World.statuses = stripe_double, 0, Counter()
    histories = hypothesis.seed(part)(type("Histories", (Histories,), {}))
    run_state_machine_as_test(
        histories,
        settings=hypothesis.settings(
            max_examples=HISTORIES // PARTS,
            stateful_step_count=STEPS,
            suppress_health_check=list(hypothesis.HealthCheck),
            # The histories share a world: one told again stands in another, so it is shown as it was found.
            phases=[hypothesis.Phase.generate],
            database=None,
        ),
    )
    World.end()
    assert World.histories >= HISTORIES // PARTS
    assert set(Dispute.objects.values_list("state", flat=True)) >= {"open", "won", "lost"}
    # They went to every end that a line can have at the store.
    assert set(World.statuses) >= {"fulfilled", "refunded", "charge_failed", "rejected", "auto_rejected"}
    stripe_double.assert_sound()
