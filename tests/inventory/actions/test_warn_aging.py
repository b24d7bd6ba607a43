from __future__ import annotations

from datetime import timedelta

import pytest

from pushcart.events.follow import follow
from pushcart.events.models import Event
from pushcart.inventory.actions.warn_aging import warn_aging
from pushcart.notifications.models import Notice
from pushcart.notifications.react import react
from tests import network

pytestmark = pytest.mark.django_db


def warned():
    return [event.data for event in Event.objects.filter(type="inventory.aging").order_by("number")]


def test_a_retailer_is_warned_once_before_its_stores_go_off_pushcart(clock):
    clock.freeze(clock.now())
    company = network.whole_retailer()
    first, second = network.whole_store(company), network.whole_store(company)
    clock.move(timedelta(hours=20) - timedelta(seconds=1))
    assert warn_aging() == 0
    clock.move(timedelta(seconds=1))
    assert (warn_aging(), warn_aging()) == (2, 0)

    stale_at = first.freshness.fed_at + timedelta(hours=24)
    assert warned() == [{"store_ids": [first.pk, second.pk], "stale_at": stale_at.isoformat()}]
    follow("notifications", react)
    mail = Notice.objects.get(kind="owner.feed_aging")
    assert mail.subject == "The stock of 2 stores grows old"


def test_a_new_snapshot_is_warned_of_anew(clock):
    store = network.whole_store()
    clock.move(timedelta(hours=21))
    warn_aging()
    network.fed(store)
    assert warn_aging() == 0
    clock.move(timedelta(hours=21))
    assert (warn_aging(), len(warned())) == (1, 2)


@pytest.mark.parametrize("columns", [{"pushcart": False}, {"closed": True}])
def test_a_store_that_is_not_on_pushcart_is_not_warned_of(clock, columns):
    network.whole_store(**columns)
    clock.move(timedelta(hours=21))
    assert (warn_aging(), warned()) == (0, [])
