from __future__ import annotations

import os
import pwd

import pytest
from typer.testing import CliRunner

from pushcart.cli.app import build
from pushcart.inventory.models import Import
from tests import network
from tests.inventory.conftest import shelf

pytestmark = pytest.mark.django_db

GRILL, TOWEL = network.GRILL, network.TOWEL


@pytest.fixture
def store():
    return network.store(network.retailer(slug="hammer"), number="7")


@pytest.fixture
def run(tmp_path):
    def _run(*arguments, text=None, stdin=None):
        if text is not None:
            (tmp_path / "stock.csv").write_text(text)
            arguments = (*arguments, str(tmp_path / "stock.csv"))
        return CliRunner().invoke(build(), ["feed", *arguments], input=stdin)

    return _run


def test_it_imports_a_file(run, store):
    done = run("import", "--store", "7", text=f"upc,qty,price\n{GRILL},4,399\n36000291452,x,1\n36000291452,1,2\n")

    feed = Import.objects.get()
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        f"Import {feed.pk} of stock.csv is done: 3 rows read, 2 products changed, 1 put right, 1 set aside.\n"
    )
    assert done.stderr == "  line 3: The quantity 'x' is not a whole number.\n"
    assert shelf(store) == {GRILL: (4, 0, 39900), TOWEL: (1, 0, 200)}


def test_it_imports_a_combined_file_from_stdin(run, store):
    done = run("import", "-", stdin=f"store,upc,qty\n7,{GRILL},4\n")

    assert done.exit_code == 0, done.output
    assert Import.objects.get().source == "stdin"
    assert shelf(store) == {GRILL: (4, 0, None)}


def test_it_renews_what_the_stores_can_do(run, store):
    network.endpoint(store.company)
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n")

    assert "feed_missing" not in [reason["code"] for reason in store.standing.reasons]


def test_a_feed_that_waits_is_said_and_released(run, store):
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n")

    held = run("import", "--store", "7", text="upc,qty\n")

    feed = Import.objects.latest("pk")
    assert held.exit_code == 1
    assert held.stderr == (
        "Store 7: It would empty the store, which has 1 line in stock.\n"
        f"If that is right: pushcart feed release {feed.pk}; if not: pushcart feed discard {feed.pk}\n"
    )
    assert shelf(store) == {GRILL: (4, 0, None)}

    released = run("release", str(feed.pk))
    assert released.exit_code == 0, released.output
    assert shelf(store) == {GRILL: (0, 0, None)}
    again = run("release", str(feed.pk))
    assert again.exit_code == 2
    assert again.stderr == f"pushcart: Nothing of import {feed.pk} waits: it is done.\n"


def test_it_goes_in_by_force(run, store):
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n")

    assert run("import", "--store", "7", "--force", text="upc,qty\n").exit_code == 0
    assert shelf(store) == {GRILL: (0, 0, None)}


def test_a_file_that_is_no_feed_ends_with_its_cause(run, store):
    failed = run("import", "--store", "7", text="hello\n")

    assert failed.exit_code == 1
    assert failed.stderr == "The first line must name the columns (upc, qty, price); it holds 'hello'.\n"
    assert shelf(store) == {}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--store", "99"], "pushcart: Hammer has no store '99'.\n"),
        (["--company", "nail"], "pushcart: there is no retailer 'nail'; known are: hammer.\n"),
    ],
)
def test_it_names_what_it_does_not_know(run, arguments, sentence):
    network.store(network.retailer(slug="hammer", name="Hammer"), number="7")

    refused = run("import", *arguments, text=f"upc,qty\n{GRILL},4\n")

    assert (refused.exit_code, refused.stderr) == (2, sentence)
    assert not Import.objects.exists()


def test_with_two_retailers_it_asks_whose_feed_it_is(run, store):
    network.retailer(slug="anvil")

    refused = run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n")

    assert refused.stderr == "pushcart: say which retailer it is, by --company; known are: anvil, hammer.\n"
    assert run("import", "--store", "7", "--company", "hammer", text=f"upc,qty\n{GRILL},4\n").exit_code == 0


def test_a_file_that_is_not_there_is_said(run, store):
    refused = run("import", "--store", "7", "/nowhere/stock.csv")

    assert (refused.exit_code, refused.stderr) == (2, "pushcart: there is no file /nowhere/stock.csv.\n")


def test_a_feed_that_waits_is_discarded(run, store):
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n")
    run("import", "--store", "7", text="upc,qty\n")
    feed = Import.objects.latest("pk")

    discarded = run("discard", str(feed.pk))

    assert (discarded.exit_code, discarded.stdout) == (0, f"Import {feed.pk} of stock.csv is discarded.\n")
    assert shelf(store) == {GRILL: (4, 0, None)}
    feed.refresh_from_db()
    assert feed.decided_by == feed.by == pwd.getpwuid(os.getuid()).pw_name


def test_a_delta_leaves_the_rest(run, store):
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\n{TOWEL},2\n")

    assert run("import", "--store", "7", "--delta", text=f"upc,qty\n{GRILL},3\n").exit_code == 0

    assert shelf(store) == {GRILL: (3, 0, None), TOWEL: (2, 0, None)}


def test_feeds_are_listed_shown_and_reported(run, store, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    run("import", "--store", "7", text=f"upc,qty\n{GRILL},4\nabc,1\n")
    feed = Import.objects.get()
    network.fed(network.store(network.retailer(slug="anvil")))

    listed = run("list", "--company", "hammer").stdout
    assert [words in listed for words in ("stock.csv", "hammer", "done", "anvil")] == [True, True, True, False]
    shown = run("show", str(feed.pk))
    assert (shown.exit_code, "1 of 1 stores have it" in shown.stdout, "line 3" in shown.stderr) == (0, True, True)
    cause = "'abc' is not a GTIN: it may hold digits only."
    assert run("report", str(feed.pk)).stdout.splitlines() == ["line,what,cause", f"3,refused,{cause}"]
    assert run("show", "999999").stderr == "pushcart: there is no import 999999.\n"
