"""`pushcart settle`, said as the mail to the operator says it."""

from __future__ import annotations

import getpass
import re
import shlex
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.refund import refund
from pushcart.carts.actions.settle import settle
from pushcart.cli.app import build
from pushcart.events.models import Event
from pushcart.kit import clock as kit_clock
from pushcart.notifications.models import Notice
from pushcart.payments.ledger.check import check
from pushcart.payments.models import Refund
from pushcart.worker.unsettled import tell_unsettled
from tests import doubles
from tests.carts.orders import everything, hold_of, line_of, money, say
from tests.carts.paid import connected_store, ordered

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pytest_django.fixtures import SettingsWrapper

    from pushcart.carts.models import Cart
    from tests.doubles import StripeDouble

pytestmark = pytest.mark.django_db(transaction=True)
clock_file = doubles.clock_file
OPERATOR = "money@operator.example"


def said(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(build(), ["settle", *(str(word) for word in words)])
    return result.exit_code, result.output


def mailed() -> list[str]:
    """What the one mail to the operator says to type, without the program's name and `settle`."""
    (typed,) = re.findall(r"`pushcart settle ([^`]*--done)`", Notice.objects.get().text)
    return shlex.split(typed)


@pytest.fixture
def closed(settings: SettingsWrapper, stripe_double: StripeDouble, clock: ModuleType) -> Callable[[str], Cart]:
    """Makes an order whose charge, or whose refund of 10.10, lost its answer a day ago; its account was closed then."""
    settings.OPERATOR_EMAIL = OPERATOR
    clock.freeze(clock.now())

    def make(what: str) -> Cart:
        cart = ordered(connected_store(stripe_double), stripe_double.card_token())
        say(cart, confirm)
        if what == "refund":
            settle(cart.pk)
            say(cart, refund, amount=1_010)
        path = {"charge": "/v1/payment_intents/*/capture", "refund": "/v1/refunds"}[what]
        stripe_double.fault("answer_lost", path)
        settle(cart.pk)
        stripe_double.control("POST", f"accounts/{hold_of(cart).account_id}/deauthorize")
        kit_clock.move(timedelta(days=1))
        return cart

    return make


def test_the_operator_is_mailed_once_of_each(closed: Callable[[str], Cart]) -> None:
    cart = closed("charge")

    assert (tell_unsettled(), tell_unsettled()) == (1, 0)

    notice = Notice.objects.get()
    assert (notice.recipient, notice.kind, notice.company) == (OPERATOR, "operator.unsettled", cart.retailer)
    assert notice.subject == f"Stripe gives no answer: {cart.retailer.name}"
    assert notice.text.startswith(f"The charge of $431.92 for line {line_of(cart).pk} (pi_")
    assert mailed() == ["charge", str(line_of(cart).pk), "--reason", "where it was seen", "--done"]


def test_nobody_is_mailed_of_what_has_no_answer_for_less_than_a_day(closed: Callable[[str], Cart]) -> None:
    closed("refund")
    kit_clock.move(timedelta(minutes=-1))

    assert (tell_unsettled(), Notice.objects.count()) == (0, 0)


@pytest.mark.parametrize(("what", "kept", "refunded"), [("charge", 43_192, 0), ("refund", 42_182, 1_010)])
def test_what_was_mailed_ends_it_where_it_was_done(
    closed: Callable[[str], Cart], what: str, kept: int, refunded: int
) -> None:
    cart = closed(what)
    tell_unsettled()

    code, sentence = said(*mailed(), "--by", "Ada")

    ended = hold_of(cart) if what == "charge" else Refund.objects.get()
    assert (code, sentence.splitlines()[-1]) == (0, f"Line {line_of(cart).pk}: {ended}.")
    expected = {"authorised": 43_192, "held": 0, "captured": 43_192, "released": 0}
    assert money(line_of(cart)) == {**expected, "kept": kept, "refunding": 0, "refunded": refunded}
    told = Event.objects.get(type="payments.settled_by_hand").data
    assert (told["by"], told["reason"], told["done"]) == ("Ada", "where it was seen", True)
    assert check().broken == []
    assert tell_unsettled() == 0


def test_a_refund_that_was_not_made_can_be_asked_for_again(closed: Callable[[str], Cart]) -> None:
    cart = closed("refund")

    code, _ = said("refund", Refund.objects.get().pk, "--not-done", "--reason", "no re_ in the dashboard")

    line = line_of(cart)
    assert (code, line.kept, line.refunding, line.refunded) == (0, 43_192, 0, 0)
    assert Event.objects.get(type="payments.settled_by_hand").data["by"] == getpass.getuser()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["charge", "999999", "--done", "--reason", "seen"], "there is no hold of a line 999999"),
        (["refund", "999999", "--done", "--reason", "seen"], "there is no refund 999999"),
        (["charge", "{}", "--done"], "Missing option '--reason'"),
        (["charge", "{}", "--reason", "seen"], "Missing option '--done'"),
        (["charge", "{}", "--done", "--reason", " "], "Say who looked, and where it was seen."),
        (["charge", "{}", "--not-done", "--reason", "seen"], "no charge of it waits for an answer"),
    ],
)
def test_it_refuses_in_a_sentence_and_changes_nothing(
    closed: Callable[[str], Cart], words: list[str], says: str
) -> None:
    cart = closed("refund")
    before = everything(cart)

    code, output = said(*(word.format(line_of(cart).pk) for word in words))

    assert code == 2
    assert says in output
    assert everything(cart) == before
