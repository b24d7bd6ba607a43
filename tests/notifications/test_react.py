"""Which event tells whom, by which way (the announcement, 4; decisions 0061 and 0070)."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import transaction

from pushcart.carts.actions.confirm import confirm
from pushcart.carts.actions.receive import receive
from pushcart.carts.actions.remind_due import remind_due
from pushcart.carts.change import changing
from pushcart.carts.decision_link import decision_url
from pushcart.carts.document import order_url
from pushcart.companies.actions.move_endpoint import move_endpoint
from pushcart.events.models import Event
from pushcart.events.record import record
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.messages.actions.post import post
from pushcart.notifications.models import Notice
from pushcart.notifications.react import react
from tests import network

pytestmark = pytest.mark.django_db
SHOPPER, PHONE = "ada@shopper.example", "+15125550123"


def tell(company, *, only=None):
    """Reacts to the company's events (of one type) and returns what is new: kind and channel."""
    known = set(Notice.objects.values_list("pk", flat=True))
    events = Event.objects.filter(company_id=company.pk).order_by("test", "number")
    react([event for event in events if only in {None, event.type}])
    return sorted((n.kind, n.channel) for n in Notice.objects.exclude(pk__in=known))


BOTH = ["mail", "sms"]


@pytest.mark.parametrize(
    ("status", "event", "shopper", "staff"),
    [
        ("ordered", "carts.ordered", BOTH, []),
        ("received", "carts.received", [], []),
        ("confirmed", "carts.confirmed", [], []),
        ("confirmed", "carts.charged", BOTH, []),
        ("rejected", "carts.rejected", BOTH, ["mail"]),
        ("rejected", "carts.released", [], []),
        ("auto_rejected", "carts.auto_rejected", BOTH, ["mail"]),
        ("cancelled", "carts.cancelled", ["mail"], ["mail"]),
        ("charge_failed", "carts.charge_failed", BOTH, ["mail"]),
        ("fulfilled", "carts.fulfilled", ["mail"], []),
        ("partially_refunded", "carts.refunded", BOTH, []),
        ("refunded", "carts.refunded", BOTH, []),
    ],
)
def test_it_tells_shopper_and_staff(status, event, shopper, staff):
    cart = network.cart(status=status)
    assert Event.objects.filter(company_id=cart.retailer_id, type=event).exists()

    told = tell(cart.retailer, only=event)

    about = event.removeprefix("carts.")
    assert told == [(f"shopper.{about}", way) for way in shopper] + [(f"store.{about}", way) for way in staff]
    to = {"shopper": {"mail": SHOPPER, "sms": PHONE}, "store": {"mail": cart.store.email}}
    for notice in Notice.objects.all():
        assert notice.recipient == to[notice.kind.partition(".")[0]][notice.channel]
        assert (notice.state, notice.cart_id, notice.company_id) == ("queued", cart.pk, cart.retailer_id)


def test_a_reservation_is_told_of_when_it_is_confirmed():
    cart = network.cart(path="ropis", status="confirmed")
    assert tell(cart.retailer, only="carts.confirmed") == [("shopper.confirmed", "mail"), ("shopper.confirmed", "sms")]
    assert "You pay there." in Notice.objects.get(channel="mail").text


def test_by_the_standard_workflow_the_mail_is_the_order():
    cart = network.cart(workflow="standard")
    assert ("store.ordered", "mail") in tell(cart.retailer)
    mail = Notice.objects.get(kind="store.ordered")
    assert mail.subject.startswith(f"New order {cart.hash}: answer by ")
    assert decision_url(cart).rpartition(":")[0] in mail.text


def test_a_reminder_goes_to_the_staff(clock):
    cart = network.cart()
    clock.freeze(cart.remind_at)
    assert remind_due() == 1
    assert tell(cart.retailer, only="carts.reminded") == [("store.reminded", "mail")]
    assert Notice.objects.get().subject.startswith(f"Order {cart.hash} waits for your answer until ")


def test_each_side_hears_what_the_other_wrote():
    cart = network.cart(status="rejected")
    post(cart.pk, author="shopper", text="Could you order one?")
    assert tell(cart.retailer, only="messages.posted") == [("store.message", "mail")]
    assert "Could you order one?" in Notice.objects.get(kind="store.message").text
    post(cart.pk, author="store", text="By Friday.")
    assert tell(cart.retailer, only="messages.posted") == [("shopper.message", "mail")]
    assert "By Friday." in Notice.objects.get(kind="shopper.message").text


def test_only_the_lines_of_the_event_are_told():
    cart = network.cart(lines=[(network.GRILL, 1), (network.TOWEL, 2)], status="rejected")
    event = Event.objects.get(company_id=cart.retailer_id, type="carts.rejected")
    event.data = {"upcs": [network.TOWEL]}
    react([event])
    mail = Notice.objects.get(kind="shopper.rejected", channel="mail")
    assert f"Product {network.TOWEL}: Sold at the counter." in mail.text
    assert "Kettle" not in mail.text


def test_what_a_shopper_reads():
    cart = network.cart(status="confirmed")
    tell(cart.retailer, only="carts.charged")
    mail, sms = Notice.objects.order_by("channel")
    assert mail.subject == f"{cart.store.name} confirmed your order {cart.hash}"
    assert mail.text == (
        f"Hello Ada,\n\n  1 x Kettle 57 Charcoal Grill, $431.92\n\n"
        f"$431.92 was charged to your card (Visa ending in 4242).\n\n"
        f"Pick it up at\n\n  {cart.store.name}\n  {cart.store.address}\n  Austin, TX 78701\n  +15125550100\n\n"
        f"Bring your order number.\n\nYour order: {order_url(cart)}\n"
    )
    assert sms.text == (
        f"{cart.store.name} confirmed your order {cart.hash}: Kettle 57 Charcoal Grill. $431.92 was charged. "
        f"{order_url(cart)}"
    )


def test_the_brand_s_copy_of_an_event_tells_nobody():
    cart = network.cart()
    assert tell(cart.brand) == []


def test_an_event_tells_once():
    cart = network.cart(status="rejected")
    assert len(tell(cart.retailer)) == 5
    assert tell(cart.retailer) == []


def test_a_site_that_writes_itself_has_its_shopper_to_itself():
    cart = network.cart(status="rejected", muted=True)
    assert tell(cart.retailer) == [("store.rejected", "mail")]


@pytest.mark.parametrize("status", ["confirmed", "rejected", "cancelled", "charge_failed", "fulfilled", "refunded"])
def test_with_a_fulfillment_url_the_retailer_writes_to_the_shopper(status):
    cart = network.cart(status=status, fulfillment_url="https://orders.example/1")
    assert [kind for kind, _ in tell(cart.retailer) if kind.startswith("shopper.")] == []


def test_a_system_that_is_quicker_than_we_are_takes_no_earlier_letter_away():
    """The order is told, though its fulfillment_url is there before anybody was told of anything."""
    cart = network.cart(path="ropis")
    with changing(cart.pk) as change:
        receive(change, change.lines[0], fulfillment_url="https://orders.example/1")
    with changing(cart.pk) as change:
        confirm(change, change.lines[0])

    assert [kind for kind, _ in tell(cart.retailer) if kind.startswith("shopper.")] == ["shopper.ordered"] * 2


def test_that_the_window_ran_out_is_told_with_a_fulfillment_url_too():
    cart = network.cart(status="auto_rejected", fulfillment_url="https://orders.example/1")
    assert tell(cart.retailer) == [
        ("shopper.auto_rejected", "mail"),
        ("shopper.auto_rejected", "sms"),
        ("store.auto_rejected", "mail"),
    ]


@pytest.mark.parametrize("workflow", ["pushcart", "standard"])
def test_a_test_order_troubles_nobody_in_the_store(workflow):
    cart = network.cart(status="rejected", test=True, workflow=workflow)
    assert {kind.partition(".")[0] for kind, _ in tell(cart.retailer)} == {"shopper"}


@pytest.mark.parametrize(
    ("reachable", "ways"), [({"email": ""}, ["sms"]), ({"phone": ""}, ["mail"]), ({"email": "", "phone": ""}, [])]
)
def test_a_shopper_is_told_by_the_ways_that_there_are(reachable, ways):
    cart = network.cart(**reachable)
    assert tell(cart.retailer) == [("shopper.ordered", way) for way in ways]


def test_the_owner_hears_of_an_endpoint_that_fails_and_works_again():
    retailer = network.whole_retailer()
    endpoint = retailer.endpoints.get(test=False)
    move_endpoint(endpoint.pk, "failing", reason="It answered 500 for an hour.")
    assert tell(retailer) == [("owner.endpoint", "mail")]
    mail = Notice.objects.get()
    assert (mail.recipient, mail.subject) == (retailer.email, f"Your webhook needs you: {endpoint.url}")
    assert "It answered 500 for an hour." in mail.text

    move_endpoint(endpoint.pk, "working")
    assert tell(retailer) == [("owner.endpoint", "mail")]
    assert Notice.objects.latest("pk").subject == f"Your webhook works again: {endpoint.url}"


def test_an_endpoint_that_starts_to_work_is_no_news():
    retailer = network.retailer()
    endpoint = network.endpoint(retailer, state="unchecked")
    move_endpoint(endpoint.pk, "working")
    assert tell(retailer) == []


@pytest.mark.parametrize(
    ("delivered", "told"), [(True, "Your endpoint took the push, but"), (False, "It could not be pushed")]
)
def test_the_owner_hears_of_an_order_that_the_order_system_does_not_know(delivered, told):
    cart = network.cart()
    happened("webhooks.unacknowledged", cart.retailer, cart, delivered=delivered, due_at="2026-11-24T18:30:00+00:00")
    assert tell(cart.retailer, only="webhooks.unacknowledged") == [("owner.unacknowledged", "mail")]
    mail = Notice.objects.get()
    assert (mail.recipient, mail.cart_id) == (cart.retailer.email, cart.pk)
    assert mail.subject == f"Order {cart.hash} has not reached your order system"
    assert mail.text.startswith(told)


def test_a_test_order_that_nobody_answers_is_no_news_for_the_owner():
    cart = network.cart(test=True)
    happened("webhooks.unacknowledged", cart.retailer, cart, delivered=True, due_at="2026-11-24T18:30:00+00:00")
    assert tell(cart.retailer, only="webhooks.unacknowledged") == []


def test_the_owner_hears_of_an_event_that_was_given_up():
    cart = network.cart()
    happened("webhooks.given_up", cart.retailer, cart, endpoint_id=1, event="evt_1", type="carts.ordered")
    assert tell(cart.retailer, only="webhooks.given_up") == [("owner.given_up", "mail")]
    assert Notice.objects.get().subject == f"An event could not be pushed: carts.ordered of order {cart.hash}"


def test_the_owner_hears_once_of_a_feed_that_is_held():
    retailer = network.retailer()
    stores = [network.store(retailer), network.store(retailer)]
    for store in stores:
        network.stock(store)

    held = empty(retailer, stores)

    assert tell(retailer) == [(f"owner.feed_held.{held.pk}", "mail")]
    mail = Notice.objects.get()
    assert (mail.recipient, mail.subject) == (retailer.email, f"A feed waits for your word: {stores[0]}")
    assert mail.text.startswith(f"{stores[0]}: {held.held.first().cause}\n")
    again = empty(retailer, stores)
    assert tell(retailer) == [(f"owner.feed_held.{again.pk}", "mail")]


def empty(company, stores):
    rows = "".join(f"{store.number},{network.TOWEL},0\n" for store in stores)
    held = import_feed(company, BytesIO(f"store,upc,qty\n{rows}".encode()), source="a test")
    assert (held.state, held.held.count()) == ("held", 2)
    return held


def happened(kind, company, cart=None, **data):
    about = {"cart_id": cart.pk, "cart_hash": cart.hash, "test": cart.test} if cart else {}
    with transaction.atomic():
        record(kind, companies=[company.pk], data=data, **about)


def test_the_owner_hears_of_a_drop_folder_that_is_stuck():
    retailer = network.retailer()
    with transaction.atomic():
        data = {"file": "7/stock.csv", "error": "done: Not a directory"}
        record("inventory.drop_stuck", companies=[retailer.pk], data=data)

    assert tell(retailer, only="inventory.drop_stuck") == [("owner.drop_stuck", "mail")]
    mail = Notice.objects.get()
    assert mail.subject == "Your drop folder needs you"
    assert mail.text.startswith("We took in 7/stock.csv and could not move it out of the way (done: Not a directory).")
