"""The owner's page of feeds: what it takes in, what it shows, and what it lets nobody do."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from pushcart.companies.owner_link import feeds_url, owner_token
from pushcart.inventory.actions.run_import import run_import
from pushcart.inventory.models import Import, Stock
from tests import network
from tests.doubles import clock_file

if TYPE_CHECKING:
    from pushcart.companies.models import Company
    from pushcart.stores.models import Store

__all__ = ["clock_file"]
pytestmark = pytest.mark.django_db(transaction=True)
GRILL, TOWEL = network.GRILL, network.TOWEL
TWO = f"upc,qty,price\n{GRILL},3,399.00\n{TOWEL},5,9.50\nnonsense,1,1\n"


@pytest.fixture
def store() -> Store:
    return network.store(network.retailer(slug="hearth", name="Hearth"), number="101", name="North")


@pytest.fixture
def company(store: Store) -> Company:
    return store.company


def address(company: Company, rest: str = "") -> str:
    return f"/feeds/{owner_token(company, 'feeds')}{rest}"


def send(client: Any, company: Company, content: str = TWO, **form: str) -> Any:
    file = SimpleUploadedFile("till.csv", content.encode(), content_type="text/csv")
    return client.post(address(company, "/upload"), {"store": "101", "mode": "snapshot", **form, "file": file})


def read(client: Any, company: Company) -> str:
    answer = client.get(address(company))
    assert answer.status_code == 200
    return " ".join(html.unescape(answer.content.decode()).split())


def shelf(store: Store) -> dict[str, int]:
    return dict(Stock.objects.filter(store=store).values_list("upc", "on_hand"))


def test_it_takes_a_file_in_and_shows_what_became_of_it(client, company, store):
    assert "None has come yet." in read(client, company)

    answer = send(client, company)

    assert (answer.status_code, answer["Location"]) == (302, address(company))
    feed = Import.objects.get()
    assert (feed.state, feed.source, feed.by, feed.mode) == ("received", "till.csv", "the owner's page", "snapshot")
    assert ProcrastinateJob.objects.get(task_name="inventory.import").args == {"import_id": feed.pk}
    assert "data-working" in read(client, company)

    run_import(feed.pk)

    said = read(client, company)
    assert "data-working" not in said
    assert "till.csv in force" in said.replace('</strong> <span class="state done">', " ")
    assert "3 rows, 2 changed, 0 put right, 1 set aside" in said
    assert shelf(store) == {GRILL: 3, TOWEL: 5}


def test_its_report_can_be_downloaded(client, company):
    send(client, company)
    feed = Import.objects.get()
    run_import(feed.pk)
    answer = client.get(address(company, f"/{feed.pk}/report.csv"))
    assert answer["Content-Disposition"] == f'attachment; filename="import-{feed.pk}.csv"'
    first, row = b"".join(answer).decode().splitlines()
    assert first == "line,what,cause"
    assert row.startswith("4,refused,")


def test_changes_only_leave_the_rest_as_it_is(client, company, store):
    send(client, company)
    run_import(Import.objects.get().pk)
    send(client, company, f"upc,qty\n{GRILL},1\n", mode="delta")
    run_import(Import.objects.latest("pk").pk)
    assert shelf(store) == {GRILL: 1, TOWEL: 5}


@pytest.mark.parametrize(
    ("content", "form", "sentence"),
    [
        ("", {}, "till.csv is empty."),
        (TWO, {"store": "999"}, "Choose one of your stores."),
        ("x" * 2_000_000, {}, "The file is larger than 1 MB, which is the most. Send it packed by gzip."),
    ],
)
def test_it_says_why_it_takes_nothing_in(client, company, settings, content, form, sentence):
    settings.FEED_MOST_BYTES = 2**20
    answer = send(client, company, content, **form)
    assert (answer.status_code, sentence in html.unescape(answer.content.decode())) == (422, True)
    assert not Import.objects.exists()


def test_without_a_file_there_is_nothing_to_take_in(client, company):
    answer = client.post(address(company, "/upload"), {"store": "101"})
    assert (answer.status_code, "Choose a file first." in answer.content.decode()) == (422, True)
    assert not Import.objects.exists()


def test_another_page_can_send_nothing_here(company):
    assert send(Client(enforce_csrf_checks=True), company).status_code == 403
    assert not Import.objects.exists()


@pytest.mark.parametrize("page", ["", "/upload", "/1/decide", "/1/report.csv"])
def test_the_link_of_the_set_up_page_opens_nothing_here(client, company, page):
    there = f"/feeds/{owner_token(company)}{page}"
    answer = client.get(there) if page in {"", "/1/report.csv"} else client.post(there)
    assert (answer.status_code, "This link is not right." in answer.content.decode()) == (404, True)


def test_its_own_link_opens_no_set_up_and_grows_old(client, company, clock):
    assert client.get(f"/setup/{owner_token(company, 'feeds')}").status_code == 404
    assert feeds_url(company).endswith(address(company))


@pytest.fixture
def held(client: Any, company: Company, store: Store) -> Import:
    send(client, company)
    run_import(Import.objects.get().pk)
    send(client, company, f"upc,qty\n{GRILL},0\n")
    feed = Import.objects.latest("pk")
    run_import(feed.pk)
    feed.refresh_from_db()
    assert feed.state == "held"
    return feed


@pytest.mark.parametrize(
    ("do", "state", "stands"),
    [("release", "done", {GRILL: 0, TOWEL: 0}), ("discard", "discarded", {GRILL: 3, TOWEL: 5})],
)
def test_its_owner_decides_on_a_feed_that_waits(client, company, store, held, do, state, stands):
    said = read(client, company)
    assert "waits for you" in said
    assert "It is right: let it count" in said

    answer = client.post(address(company, f"/{held.pk}/decide"), {"do": do})

    assert answer.status_code == 302
    held.refresh_from_db()
    assert (held.state, held.decided_by) == (state, "the owner's page")
    assert shelf(store) == stands
    again = client.post(address(company, f"/{held.pk}/decide"), {"do": do})
    assert again.status_code == 409
    assert shelf(store) == stands


def test_nobody_decides_on_or_reads_anothers_feed(client, held, store):
    other = network.retailer(slug="cedar", name="Cedar")
    assert client.post(address(other, f"/{held.pk}/decide"), {"do": "release"}).status_code == 404
    assert client.get(address(other, f"/{held.pk}/report.csv")).status_code == 404
    held.refresh_from_db()
    assert held.state == "held"
    assert shelf(store) == {GRILL: 3, TOWEL: 5}


def test_a_scanner_that_follows_the_link_of_a_decision_decides_nothing(client, company, held):
    assert client.get(address(company, f"/{held.pk}/decide")).status_code == 405
    held.refresh_from_db()
    assert held.state == "held"


def test_it_shows_how_old_each_stores_stock_is(client, company, store, clock):
    network.store(company, number="102", name="South")
    clock.freeze(clock.now())
    send(client, company)
    run_import(Import.objects.get().pk)
    for hours, word in ((0, "fresh"), (20, "grows old"), (24, "too old for PushCart")):
        clock.move(timedelta(hours=hours) - (clock.now() - Import.objects.get().started_at))
        said = read(client, company)
        assert f"{word}</span>" in said
        assert "South" in said
        assert "never told" in said
