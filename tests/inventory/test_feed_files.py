"""Feeds as points of sale write them, under `feeds/`: each with all that its import must say and leave on the shelf."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from pushcart.inventory.actions.take import take
from tests import network
from tests.inventory.conftest import shelf
from tests.workbooks import workbook

FILES = Path(__file__).with_name("feeds")
GRILL, TOWEL, PEN, TIN, GUM = "601842495575", "036000291452", "4006381333931", "012345678905", "000073513537"
KETTLE = "042100005264"
# What stands on the shelf before each of them, a grill of it in a cart; no file names the kettle.
BEFORE = f"upc,qty,price\n{GRILL},4,349\n{KETTLE},2,19.99\n"
SOLD_OUT, STILL_THERE = {KETTLE: (0, 0, 1999)}, {KETTLE: (2, 0, 1999)}


@dataclass
class Told:
    """What an import must say. Lines count from 1, the header among them."""

    rows: int
    changed: int
    shelf: dict[str, tuple[int, int, int | None]]
    refused: dict[int, str] = field(default_factory=dict)
    repaired: dict[int, str] = field(default_factory=dict)


EXPECTED = {
    "plain.csv": Told(3, 4, {GRILL: (4, 0, 39900), TOWEL: (12, 0, 249), PEN: (0, 0, 100), **SOLD_OUT}),
    "plain.csv.gz": Told(3, 4, {GRILL: (4, 0, 39900), TOWEL: (12, 0, 249), PEN: (0, 0, 100), **SOLD_OUT}),
    "book.xlsx": Told(
        4,
        4,
        {GRILL: (4, 0, 39950), TOWEL: (12, 0, 249), TIN: (0, 0, 300), **SOLD_OUT},
        refused={6: "The UPC is missing."},
        repaired={
            4: "36000291452 got its leading zeros back: 036000291452.",
            5: "The quantity -1 counts as 0.",
        },
    ),
    "decimal-comma.cp1252.csv": Told(
        4,
        4,
        {GRILL: (1204, 0, 139900), PEN: (3, 0, 4990), TIN: (7, 0, None), **SOLD_OUT},
        refused={4: "The quantity '2,5' is not a whole number."},
    ),
    "bom.tsv": Told(2, 3, {GRILL: (6, 0, 34900), TOWEL: (12, 0, None), **SOLD_OUT}),
    "utf-16.txt": Told(2, 3, {GRILL: (5, 0, 34900), PEN: (40, 0, 120), **SOLD_OUT}),
    "report.pipe.txt": Told(
        3,
        3,
        {GRILL: (3, 0, 34900), TOWEL: (12, 0, 249), **SOLD_OUT},
        refused={7: "'4006381333930' is not a GTIN: its last digit should be 1."},
    ),
    "quoted.csv": Told(
        4,
        4,
        {GRILL: (1200, 0, 134900), TOWEL: (12, 0, 249), TIN: (8, 0, 300), **SOLD_OUT},
        refused={4: "The price '$1.2.0' is not an amount of money."},
    ),
    "lost-zeros.csv": Told(
        4,
        5,
        {GRILL: (4, 0, 34900), TOWEL: (12, 0, 249), TIN: (1, 0, 300), GUM: (2, 0, 99), **SOLD_OUT},
        repaired={
            2: "36000291452 got its leading zeros back: 036000291452.",
            3: "12345678905 got its leading zeros back: 012345678905.",
            5: "73513537 got its leading zeros back: 000073513537.",
        },
    ),
    "no-check-digit.csv": Told(
        4,
        4,
        {GRILL: (4, 0, 34900), TOWEL: (9, 0, 249), TIN: (1, 0, 300), **SOLD_OUT},
        refused={5: "'1234' is not a GTIN: it has too few digits."},
        repaired={
            2: "60184249557 got its check digit: 601842495575.",
            3: "03600029145 got its check digit: 036000291452.",
            4: "01234567890 got its check digit: 012345678905.",
        },
    ),
    "spreadsheet.csv": Told(
        5,
        5,
        {GRILL: (4, 0, 34900), PEN: (2, 0, 120), TIN: (1, 0, 300), GUM: (5, 0, 99), **SOLD_OUT},
        refused={4: "'3.60003E+10' is a number that a spreadsheet has shortened: its last digits are lost."},
        repaired={
            2: "6.01842495575E+11 got its digits back: 601842495575.",
            3: "4,006381333931E+12 got its digits back: 4006381333931.",
            6: "73513537 got its leading zeros back: 000073513537.",
        },
    ),
    "stores.csv": Told(
        6,
        5,
        {GRILL: (3, 0, 34900), **SOLD_OUT},
        refused={6: "There is no store '99'.", 7: "The store is missing."},
    ),
    "google-local.tsv": Told(
        5,
        4,
        {GRILL: (4, 0, 39900), TOWEL: (1, 0, 249), PEN: (0, 0, 120), **SOLD_OUT},
        refused={
            5: "The price '3.00 EUR' is not an amount of money.",
            6: "The availability 'preorder' is none: it is in_stock or out_of_stock.",
        },
        repaired={4: "The quantity 3 counts as 0: its availability is 'out_of_stock'."},
    ),
    "negatives.csv": Told(
        6,
        6,
        {
            GRILL: (0, 0, 34900),
            TOWEL: (12, 0, 249),
            PEN: (0, 0, 120),
            TIN: (0, 0, 300),
            GUM: (0, 0, 99),
            **SOLD_OUT,
        },
        refused={7: "The price '-2.49' is not an amount of money."},
        repaired={
            2: "The quantity -3 counts as 0.",
            3: "The quantity -2 counts as 0.",
            4: "The quantity -1 counts as 0.",
            5: "73513537 got its leading zeros back: 000073513537.",
        },
    ),
    "shop-export.csv": Told(
        5,
        4,
        {GRILL: (4, 0, 34900), TOWEL: (12, 0, 249), TIN: (2, 0, 300), **SOLD_OUT},
        refused={
            10: "The row can't be read: a quotation mark in it has no partner.",
            11: "The quantity 'many' is not a whole number.",
        },
    ),
    "few-check-digits.csv": Told(
        6,
        4,
        {GRILL: (4, 0, 34900), TOWEL: (12, 0, 249), TIN: (2, 0, None), **SOLD_OUT},
        refused={
            5: "'49957663517' may be 049957663517, or 499576635172 without its check digit: send all digits.",
            6: "'7351354' is not a GTIN: its last digit should be 8.",
            7: "'4006381333932' is not a GTIN: its last digit should be 1.",
        },
        repaired={
            2: "60184249557 got its check digit: 601842495575.",
            3: "36000291452 got its leading zeros back: 036000291452.",
            4: "12345678905 got its leading zeros back: 012345678905.",
        },
    ),
    "doubtful-prices.csv": Told(
        3,
        4,
        {GRILL: (4, 0, 134900), TOWEL: (1200, 0, 9900), PEN: (3, 0, None), **SOLD_OUT},
        repaired={2: "The price '1,349' was read as 1349.00: no price of the file shows which sign its decimals have."},
    ),
    "changes.csv": Told(
        3,
        3,
        {GRILL: (1, 0, None), TOWEL: (5, 0, None), PEN: (0, 0, None), **STILL_THERE},
        repaired={4: "The quantity -1 counts as 0."},
    ),
    "twice.csv": Told(
        5,
        3,
        {GRILL: (3, 0, 35900), TOWEL: (5, 0, 249), **SOLD_OUT},
        refused={
            2: "Product 601842495575 is told again in line 5, which counts.",
            4: "Product 601842495575 is told again in line 5, which counts.",
            6: "The quantity '?' is not a whole number.",
        },
    ),
    "totals.csv": Told(
        4,
        3,
        {GRILL: (3, 0, 34900), TOWEL: (12, 0, 249), **SOLD_OUT},
        refused={7: "The UPC is missing.", 8: "'Total value' is not a GTIN: it may hold digits only."},
    ),
}
# These name their stores: what they leave in store 0012, of which they write 12.
OF_MANY = {
    "stores.csv": {GRILL: (9, 0, 35900), TOWEL: (1, 0, None), TIN: (2, 0, None)},
    "google-local.tsv": {},
}


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_it_reads_what_a_till_wrote(feed, store, name):
    expected = EXPECTED[name]
    if name == "decimal-comma.cp1252.csv":
        _sells_in(store, "eur")
    other = network.store(store.company, number="0012")
    if name == "few-check-digits.csv":
        brand = network.brand()
        for upc in (TOWEL, TIN):
            network.product(brand, upc)
    feed(BEFORE)
    take(store.pk, GRILL, 1)

    done = feed(_content(name), into=None if name in OF_MANY else store, delta=name == "changes.csv")

    assert (done.state, done.error) == ("done", "")
    assert Told(done.rows, done.changed, shelf(store), _by_line(done.refused), _by_line(done.repaired)) == expected
    assert (done.refused_count, done.repaired_count) == (len(expected.refused), len(expected.repaired))
    assert shelf(other) == OF_MANY.get(name, {})


def test_each_file_has_its_expected_report():
    assert {file.name for file in FILES.iterdir()} | set(MADE) == set(EXPECTED)


def _content(name):
    return MADE[name]() if name in MADE else (FILES / name).read_bytes()


def _sells_in(store, currency):
    store.company.currency = currency
    store.company.save()


def _by_line(remarks):
    return {remark["line"]: remark["cause"] for remark in remarks}


def _gz():
    return gzip.compress((FILES / "plain.csv").read_bytes())


def _book():
    """Its first sheet is a cover; numbers are numbers, so they have lost their zeros."""
    cover = [["Inventory", "Summit Outdoor"]]
    stock = [
        ["Stock on 1 March"],
        ["Item", "UPC", "On hand", "Price"],
        ["Grill", int(GRILL), 4, 399.5],
        ["Towel", int(TOWEL), 12, "$2.49"],
        ["Tin", TIN, -1, 3],
        ["Total", "", 15, ""],
    ]
    return workbook(cover, stock)


MADE = {"plain.csv.gz": _gz, "book.xlsx": _book}
