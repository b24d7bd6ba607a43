"""A session's visit and its basket: who may use it, what may lie there, and when it is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pushcart.inventory.models import Stock
from pushcart.visits import session_id
from pushcart.visits.actions.add import MOST_ITEMS, add
from pushcart.visits.actions.forget_old import KEPT_FOR, forget_old
from pushcart.visits.actions.note_order import note_order
from pushcart.visits.actions.set_quantity import set_quantity
from pushcart.visits.change import changing
from pushcart.visits.errors import BasketError
from pushcart.visits.models import Item, Visit
from pushcart.visits.queries import find
from tests import network
from tests.carts import placing_orders as placing
from tests.carts.placing_orders import GRILL, TOWEL

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    store = placing.store(hours="24/7")
    placing.sell(store, on_hand=5)
    placing.sell(store, TOWEL, price=1_000)
    return store


@pytest.fixture
def session():
    return session_id.new()


def visiting(session, **values):
    return changing(session, placing.brand(), **{"test": False, **values})


def lying():
    return sorted(Item.objects.values_list("upc", "qty", "price"))


def test_an_id_is_drawn_and_no_other_counts(session):
    assert session_id.is_ours(session)
    assert session != session_id.new()
    swapped = ("1" if session[0] == "0" else "0") + session[1:]
    for other in ("", "abc999", session.upper(), session + "0", session[:-1], swapped, f"{session}\n"):
        assert not session_id.is_ours(other)
        assert find(other, placing.brand(), test=False) is None
    with pytest.raises(ValueError, match="drawn by PushCart"), visiting("abc999"):
        pass
    assert not Visit.objects.exists()


def test_it_is_kept_from_the_first_change_for_one_brand_and_mode(session):
    assert find(session, placing.brand(), test=False) is None
    with visiting(session) as visit:
        visit.place = "Austin, TX"
    assert find(session, placing.brand(), test=False).place == "Austin, TX"
    assert find(session, placing.brand(), test=True) is None
    assert find(session, network.brand(), test=False) is None
    assert session not in str(Visit.objects.values())


def test_it_ends_a_day_after_its_last_use(session, store, clock):
    clock.freeze(placing.NOON)
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="ropis")
    first = visit.pk
    clock.freeze(placing.NOON + KEPT_FOR - timedelta(seconds=1))
    network.fed(store)
    assert forget_old() == 0
    assert find(session, placing.brand(), test=False).pk == first
    clock.freeze(placing.NOON + KEPT_FOR)
    assert find(session, placing.brand(), test=False) is None
    with visiting(session) as visit:
        assert (visit.pk != first, visit.items.count()) == (True, 0)
    clock.freeze(placing.NOON + 2 * KEPT_FOR)
    assert forget_old() == 1
    assert (Visit.objects.count(), Item.objects.count()) == (0, 0)


def test_it_adds_pieces_at_the_stores_present_price(session, store):
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="bopis", qty=2, message="Please call")
    Stock.objects.filter(upc=GRILL).update(price=38_000)
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="bopis")
        add(visit, store.pk, TOWEL, path="bopis")
    assert lying() == [(TOWEL, 1, 1_000), (GRILL, 3, 38_000)]
    assert Item.objects.get(upc=GRILL).message == "Please call"


@pytest.mark.parametrize(
    ("values", "code", "sentence"),
    [
        ({"store_id": 2**40}, "store_unknown", f"There is no store {2**40}."),
        ({"upc": "012345678905"}, "not_offered", "No product has this UPC."),
        ({"qty": 6}, "out_of_stock", "The store has 5 left, and 6 would lie in the basket."),
        ({"path": "delivery"}, "not_offered", "The store does not offer this."),
    ],
)
def test_it_takes_nothing_that_can_not_be_had(session, store, values, code, sentence):
    store.delivery = False
    store.save()
    asked = {"store_id": store.pk, "upc": GRILL, "path": "bopis", **values}
    with pytest.raises(BasketError) as caught, visiting(session) as visit:
        add(visit, asked.pop("store_id"), asked.pop("upc"), **asked)
    assert (caught.value.code, str(caught.value)) == (code, sentence)
    assert not Visit.objects.exists()


def test_a_basket_is_for_one_path_and_one_currency(session, store):
    abroad = placing.store(hours="24/7")
    abroad.company.currency = "cad"
    abroad.company.save()
    placing.sell(abroad, on_hand=5)
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="ropis")
    with pytest.raises(BasketError, match="The basket is for ropis: order it or empty it"), visiting(session) as visit:
        add(visit, store.pk, TOWEL, path="bopis")
    with pytest.raises(BasketError, match="is in USD, and this store sells in CAD"), visiting(session) as visit:
        add(visit, abroad.pk, GRILL, path="ropis")
    with visiting(session) as visit:
        set_quantity(visit, store.pk, GRILL, 0)
        add(visit, abroad.pk, GRILL, path="bopis")
    assert Visit.objects.get().path == "bopis"


def test_it_holds_no_more_than_an_order_may(session, store):
    with visiting(session) as visit:
        for n in range(MOST_ITEMS):
            Item.objects.create(visit=visit, store=store, upc=f"{n:014d}", price=1)
        with pytest.raises(BasketError, match="The basket is full: 50 products are the most"):
            add(visit, store.pk, GRILL, path="bopis")


def test_it_sets_a_quantity_or_leaves_all_as_it_was(session, store):
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="bopis", message="Please call")
        add(visit, store.pk, TOWEL, path="bopis")
    with visiting(session) as visit:
        set_quantity(visit, store.pk, GRILL, 4)
    assert lying() == [(TOWEL, 1, 1_000), (GRILL, 4, 39_900)]
    with pytest.raises(BasketError), visiting(session) as visit:
        set_quantity(visit, store.pk, TOWEL, 0)
        set_quantity(visit, store.pk, GRILL, 6)
    assert lying() == [(TOWEL, 1, 1_000), (GRILL, 4, 39_900)]
    with pytest.raises(BasketError, match="does not lie in the basket"), visiting(session) as visit:
        set_quantity(visit, store.pk, "012345678905", 1)
    assert Item.objects.get(upc=GRILL).message == "Please call"


def test_an_order_takes_out_what_was_ordered_and_leaves_what_came_meanwhile(session, store):
    with visiting(session) as visit:
        add(visit, store.pk, GRILL, path="bopis", qty=2)
        before = visit.hash
    ordered = [{"store_id": store.pk, "upc": GRILL, "qty": 1}]
    with visiting(session) as visit:
        add(visit, store.pk, TOWEL, path="bopis")
        note_order(visit, before, ordered, ["O3V36TQZ"])
    assert lying() == [(TOWEL, 1, 1_000), (GRILL, 1, 39_900)]
    after = Visit.objects.get()
    assert (after.ordered, after.hash != before) == ({before: ["O3V36TQZ"]}, True)
    with visiting(session) as visit:
        note_order(visit, before, ordered, ["ANOTHER"])
    again = Visit.objects.get()
    assert (again.ordered, again.hash, len(lying())) == (after.ordered, after.hash, 2)


@pytest.mark.parametrize("values", [{"qty": 0}, {"qty": 100}, {"price": -1}])
def test_the_database_holds_the_bounds(session, store, values):
    with visiting(session) as visit:
        pass
    with pytest.raises(IntegrityError, match="visits_item"), transaction.atomic():
        Item.objects.create(visit=visit, store=store, upc=GRILL, **{"qty": 1, "price": 1, **values})
