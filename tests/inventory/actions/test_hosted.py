"""Feeds that are fetched from a retailer's own server."""

from __future__ import annotations

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.events.models import Event
from pushcart.inventory.actions.fetch_due import fetch_due
from pushcart.inventory.actions.fetch_hosted import fetch_hosted
from pushcart.inventory.actions.host_feed import host_feed
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.models import Freshness, HostedFeed, Import
from tests import network
from tests.files_host import FilesHost
from tests.inventory.conftest import shelf

pytestmark = pytest.mark.django_db
GRILL = network.GRILL
FEED = f"upc,qty,price\n{GRILL},4,399\n".encode()


@pytest.fixture(scope="module")
def server():
    host = FilesHost()
    yield host
    host.close()


@pytest.fixture
def host(server):
    server.files, server.credentials, server.status = {"/stock.csv": FEED}, "", 0
    server.asked.clear()
    return server


@pytest.fixture
def store():
    return network.store(network.retailer(), number="7")


def hosted(store, host, **options):
    return host_feed(store.company, f"{host.url}/stock.csv", store=store, **options)


def events():
    return list(Event.objects.filter(type__startswith="inventory.source_").values_list("type", flat=True))


def test_it_fetches_a_feed_and_takes_it_in(store, host, clock):
    clock.freeze(clock.now())
    feed = fetch_hosted(hosted(store, host).pk)

    assert (feed.failures, feed.error, feed.due_at - clock.now()) == (0, "", timedelta(minutes=60))
    assert (feed.last_import.state, feed.last_import.rows) == ("done", 1)
    assert feed.last_import.source == f"{host.url}/stock.csv"
    assert shelf(store) == {GRILL: (4, 0, 39900)}


def test_an_unchanged_file_is_not_taken_in_again_and_its_age_goes_on(store, host, clock):
    feed = hosted(store, host)
    fetch_hosted(feed.pk)
    fed_at = Freshness.objects.get(store=store).fed_at
    clock.move(timedelta(hours=1))
    fetch_hosted(feed.pk)

    assert [status for _, status in host.asked] == [200, 304]
    assert Import.objects.count() == 1
    assert Freshness.objects.get(store=store).fed_at == fed_at
    host.files["/stock.csv"] = FEED.replace(b",4,", b",3,")
    fetch_hosted(feed.pk)
    assert shelf(store) == {GRILL: (3, 0, 39900)}


def test_what_a_hosted_delta_leaves_out_stays(store, host):
    network.stock(store, network.TOWEL, on_hand=2)
    feed = fetch_hosted(hosted(store, host, delta=True).pk)

    assert (feed.last_import.mode, feed.last_import.by) == ("delta", "timetable")
    assert shelf(store) == {GRILL: (4, 0, 39900), network.TOWEL: (2, 0, 39900)}


def test_the_password_is_kept_encrypted(store, host):
    host.credentials = "till:s3cret-of-the-till"
    feed = hosted(store, host, user="till", password="s3cret-of-the-till")

    assert fetch_hosted(feed.pk).last_import.state == "done"
    assert "s3cret" not in HostedFeed.objects.get().sealed_credentials


def test_a_server_in_trouble_leaves_the_stock_and_its_owner_is_told_once(store, host, clock):
    clock.freeze(clock.now())
    feed = hosted(store, host)
    fetch_hosted(feed.pk)
    host.status = 503
    pauses = []
    for _ in range(4):
        feed = fetch_hosted(feed.pk)
        pauses.append((feed.due_at - clock.now()) // timedelta(minutes=1))

    assert pauses == [5, 10, 20, 40]
    assert (feed.failures, feed.error) == (4, "It answers 503.")
    assert (events(), shelf(store)) == (["inventory.source_failing"], {GRILL: (4, 0, 39900)})
    host.status = 0
    assert fetch_hosted(feed.pk).failures == 0
    assert events() == ["inventory.source_failing", "inventory.source_working"]


def test_a_file_that_is_no_feed_is_its_imports_trouble(store, host):
    host.files["/stock.csv"] = b"<html>log in first</html>"
    feed = fetch_hosted(hosted(store, host).pk)

    assert (feed.last_import.state, feed.failures, shelf(store)) == ("failed", 0, {})
    assert feed.error == feed.last_import.error != ""


@pytest.mark.parametrize(
    ("url", "options", "sentence"),
    [
        ("ftp://till.example/stock.csv", {}, "must begin with https"),
        ("https://till:pw@till.example/stock.csv", {}, "must not carry a user"),
        ("https://10.0.0.7/stock.csv", {}, "public internet"),
        ("https://till.example/stock.csv", {"every_minutes": 1}, "every 5 minutes at the most"),
        ("https://till.example/stock.csv", {"user": "a:b", "password": "c"}, "no colon"),
    ],
)
def test_it_refuses_what_it_would_not_fetch(store, url, options, sentence):
    with pytest.raises(FeedError, match=sentence):
        host_feed(store.company, url, **options)
    assert HostedFeed.objects.count() == 0


def test_what_is_due_is_asked_for_once(store, host, clock):
    feed = hosted(store, host)
    assert (fetch_due(), fetch_due()) == (1, 0)
    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("inventory.fetch_hosted", {"hosted_id": feed.pk})
    ProcrastinateJob.objects.all().delete()
    fetch_hosted(feed.pk)
    assert fetch_due() == 0
    clock.move(timedelta(minutes=61))
    assert fetch_due() == 1
