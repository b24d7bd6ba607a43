"""What is done where pushes don't arrive: the staff get the order, new ones stay away, and all comes back by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.eligibility.check import check
from pushcart.events.follow import follow
from pushcart.events.models import Event
from pushcart.notifications.models import Notice
from pushcart.notifications.react import react
from pushcart.webhooks.actions.hand_over import GRACE, hand_over
from pushcart.webhooks.actions.raise_silent import raise_silent
from pushcart.webhooks.actions.watch_lag import watch_lag
from pushcart.webhooks.models import Cursor, Delivery, Handover
from tests import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from pushcart.companies.models import Endpoint
    from pushcart.stores.models import Store
    from tests.webhooks.sink import Sink

pytestmark = pytest.mark.usefixtures("still")
A_MOMENT = timedelta(seconds=1)
CHECK = "endpoint.check"


def handed() -> list[tuple[str, str]]:
    events = Event.objects.filter(type="webhooks.handed_over").order_by("number")
    return [(event.cart_hash, event.data["reason"]) for event in events]


def reasons(store: Store) -> list[str]:
    return [reason.code for reason in check(store).reasons]


def mails(kind: str) -> list[Notice]:
    follow("notifications", react)
    return list(Notice.objects.filter(kind=kind).order_by("pk"))


@pytest.mark.parametrize("state", ["failing", "paused", "stopped"])
def test_it_hands_an_order_to_the_staff_once_while_no_endpoint_takes_it(
    state: str, store: Store, endpoint: Endpoint, clock: ModuleType
) -> None:
    cart = network.cart(store)
    move_endpoint(endpoint.pk, state)
    clock.move(GRACE - A_MOMENT)
    assert (hand_over(), handed()) == (0, [])
    clock.move(2 * A_MOMENT)
    assert (hand_over(), hand_over()) == (1, 0)
    assert handed() == [(cart.hash, state)]
    (mail,) = mails("store.handed_over")
    assert (mail.recipient, mail.subject.split(":")[0]) == (store.email, f"New order {cart.hash}")
    assert "/decide/" in mail.text
    cart.refresh_from_db()
    assert (cart.workflow, cart.sequence, cart.status) == ("pushcart", 1, "ordered")


def test_an_order_of_which_the_push_arrived_stays_with_the_order_system(
    store: Store, endpoint: Endpoint, push: Callable[[], int], clock: ModuleType
) -> None:
    network.cart(store)
    push()
    move_endpoint(endpoint.pk, "failing")
    clock.move(GRACE + A_MOMENT)
    assert (hand_over(), handed()) == (0, [])


def test_an_order_that_alone_is_refused_is_handed_over_after_a_quarter_of_its_window(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda _pushed: 500
    cart = network.cart(store)
    push()
    raise_silent()
    clock.move(timedelta(minutes=29))
    assert (raise_silent(), hand_over()) == (0, 0)
    clock.move(timedelta(minutes=2))
    assert (raise_silent(), hand_over(), handed()) == (1, 1, [(cart.hash, "not_delivered")])


@pytest.mark.parametrize("types", [["carts.refunded"], ["inventory.fed"]])
def test_an_endpoint_that_takes_no_orders_keeps_no_order_from_the_staff(
    types: list[str], store: Store, endpoint: Endpoint, clock: ModuleType
) -> None:
    """One for refunds works, the one for orders does not: an order reaches nobody."""
    network.endpoint(store.company, event_types=types)
    assert reasons(store) == []
    cart = network.cart(store)
    move_endpoint(endpoint.pk, "failing")
    assert reasons(store) == ["endpoint_failing"]
    clock.move(GRACE + A_MOMENT)
    assert (hand_over(), handed()) == (1, [(cart.hash, "failing")])
    endpoint.delete()
    assert reasons(store) == ["endpoint_missing"]
    network.endpoint(store.company, event_types=["carts.ordered", *types])
    assert reasons(store) == []


@pytest.mark.parametrize("status", ["confirmed", "rejected", "cancelled"])
def test_a_decided_order_is_handed_to_nobody(status: str, store: Store, endpoint: Endpoint, clock: ModuleType) -> None:
    network.cart(store, status=status)
    move_endpoint(endpoint.pk, "failing")
    clock.move(GRACE + A_MOMENT)
    assert (hand_over(), Handover.objects.count()) == (0, 0)


def test_an_order_handed_over_is_still_pushed_when_the_endpoint_is_back(
    store: Store, endpoint: Endpoint, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    cart = network.cart(store)
    move_endpoint(endpoint.pk, "failing")
    clock.move(GRACE + A_MOMENT)
    hand_over()
    assert reasons(store) == ["endpoint_failing"]
    push()
    assert reasons(store) == []
    assert [(pushed.type, pushed.headers["pushcart-cart"]) for pushed in sink.pushes if pushed.type != CHECK] == [
        ("carts.ordered", cart.hash)
    ]


def backlog(store: Store, clock: ModuleType, *, minutes: int) -> None:
    """An order that waits for its turn for so long, and is seen waiting at one look before."""
    network.cart(store)
    watch_lag()
    clock.move(timedelta(minutes=minutes))


def test_orders_that_no_pusher_fans_out_put_the_endpoint_behind(store: Store, clock: ModuleType) -> None:
    backlog(store, clock, minutes=10)
    assert (watch_lag(), reasons(store)) == (0, [])
    network.fed(store)
    clock.move(A_MOMENT)
    assert (watch_lag(), watch_lag(), reasons(store)) == (1, 0, ["endpoint_behind"])
    answer = check(store)
    assert (answer.pushcart, answer.standard) == (False, True)
    (mail,) = mails("owner.endpoint_behind")
    assert mail.subject == f"Your webhook has fallen behind: {store.company.endpoints.get().url}"


def test_an_endpoint_that_has_caught_up_gets_new_orders_again(
    store: Store, push: Callable[[], int], clock: ModuleType
) -> None:
    backlog(store, clock, minutes=11)
    watch_lag()
    push()
    assert (watch_lag(), reasons(store)) == (1, [])
    assert [mail.subject.split(":")[0] for mail in mails("owner.endpoint_behind")] == [
        "Your webhook has fallen behind",
        "Your webhook has caught up",
    ]


def test_half_of_what_is_allowed_has_to_be_left_before_it_counts_as_caught_up(
    store: Store, push: Callable[[], int], clock: ModuleType
) -> None:
    push()
    backlog(store, clock, minutes=5)
    first = Event.objects.get(type="carts.ordered", company_id=store.company_id)
    backlog(store, clock, minutes=6)
    assert (watch_lag(), reasons(store)) == (1, ["endpoint_behind"])
    Cursor.objects.update(number=first.number)  # it has taken the first
    assert (watch_lag(), reasons(store)) == (0, ["endpoint_behind"])
    push()
    assert (watch_lag(), reasons(store)) == (1, [])


def test_a_clock_that_is_moved_ahead_puts_nobody_behind(
    store: Store, push: Callable[[], int], clock: ModuleType
) -> None:
    push()
    watch_lag()
    network.cart(store)
    clock.move(timedelta(hours=14))
    assert (watch_lag(), "endpoint_behind" in reasons(store)) == (0, False)


def test_what_waits_behind_a_refused_push_of_its_own_order_says_nothing_of_the_endpoint(
    store: Store, sink: Sink, push: Callable[[], int], clock: ModuleType
) -> None:
    sink.answer = lambda pushed: 200 if pushed.type == CHECK else 500
    network.cart(store, status="received")
    push()
    assert Delivery.objects.filter(state="waiting", attempts=0).exists()
    watch_lag()
    clock.move(timedelta(minutes=30))
    assert (watch_lag(), reasons(store)) == (0, [])


def test_an_endpoint_that_stops_working_is_no_longer_called_behind(
    store: Store, endpoint: Endpoint, clock: ModuleType
) -> None:
    backlog(store, clock, minutes=11)
    watch_lag()
    move_endpoint(endpoint.pk, "paused")
    assert (watch_lag(), reasons(store)) == (0, ["endpoint_paused"])
    endpoint.refresh_from_db()
    assert endpoint.behind_since is None
