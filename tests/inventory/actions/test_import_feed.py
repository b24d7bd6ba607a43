from __future__ import annotations

import io
from datetime import UTC, datetime
from functools import partial

import polars as pl
import pytest
from stdnum import ean

from pushcart.events.models import Event
from pushcart.inventory.actions.give_back import give_back
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.inventory.actions.take import take
from pushcart.inventory.models import Freshness, Held, Import, ShelfLine, Stock
from tests import network
from tests.at_once import at_once
from tests.inventory.conftest import shelf

GRILL, TOWEL, EAN = "601842495575", "036000291452", "4006381333931"
# Without its check digit, 49957663517, it looks like another product that lost a zero.
DECEIVES, OTHER = "499576635172", "049957663517"


def test_it_takes_a_snapshot_in(feed, store):
    done = feed(f"upc,qty,price\n{GRILL},4,399.00\n{TOWEL},12,\n")

    assert (done.state, done.rows, done.changed, done.refused, done.error) == ("done", 2, 2, [], "")
    assert shelf(store) == {GRILL: (4, 0, 39900), TOWEL: (12, 0, None)}


@pytest.mark.parametrize(
    "text",
    [
        f"qty,price,upc\n4,399.00,{GRILL}\n",
        f"UPC;Qty On Hand;Retail Price\n{GRILL};4;399,00\n",
        f"Barcode\tStock\tPrice\tDescription\n{GRILL}\t4\t$399.00\tKettle\n",
        f'gtin|quantity|price\n{GRILL}|4|"399.00 USD"\n',
        f'"Item UPC","On-Hand","Current Price","Name"\r\n"{GRILL}","4.000","1,399.00","22"" kettle"\r\n',
        f"EAN,OnHand,price,\n0{GRILL},+4,399,\n",
        f"\ufeffupc,qty,price\n\n{GRILL},4,399.00",
    ],
)
def test_it_reads_what_tills_write(feed, store, text):
    done = feed(text)

    assert (done.state, done.refused) == ("done", [])
    price = 139900 if "1,399" in text else 39900
    assert shelf(store) == {GRILL: (4, 0, price)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_it_reads_what_windows_writes(feed, store, encoding):
    done = feed(f"upc,qty,price,name\n{GRILL},4,399.00,Größe M\n".encode(encoding))

    assert (done.state, done.refused) == ("done", [])
    assert shelf(store) == {GRILL: (4, 0, 39900)}


def test_what_a_snapshot_leaves_out_is_out_of_stock(feed, store):
    feed(f"upc,qty\n{GRILL},4\n{TOWEL},12\n{EAN},1\n")

    done = feed(f"upc,qty\n{GRILL},4\n{TOWEL},12\n")

    assert done.changed == 1
    assert shelf(store) == {GRILL: (4, 0, None), TOWEL: (12, 0, None), EAN: (0, 0, None)}


def test_an_unchanged_snapshot_writes_nothing_but_its_time(feed, store, clock):
    clock.freeze(datetime(2026, 3, 1, 12, tzinfo=UTC))
    feed(f"upc,qty,price\n{GRILL},4,399\n")
    before = Stock.objects.get()
    clock.freeze(datetime(2026, 3, 2, 11, tzinfo=UTC))

    done = feed(f"upc,qty,price\n{GRILL},4,399\n")

    after = Stock.objects.get()
    assert done.changed == 0
    assert after.snapshot == before.snapshot
    freshness = Freshness.objects.get()
    assert (freshness.fed_at, freshness.snapshot) == (datetime(2026, 3, 2, 11, tzinfo=UTC), done.pk)


def test_a_snapshot_counts_orders_anew(feed, store):
    first = feed(f"upc,qty\n{GRILL},4\n")
    assert take(store.pk, GRILL, 3) == first.pk

    second = feed(f"upc,qty\n{GRILL},4\n")

    assert shelf(store) == {GRILL: (4, 0, None)}
    assert Stock.objects.get().snapshot == second.pk
    assert not give_back(store.pk, GRILL, 3, first.pk)
    assert shelf(store) == {GRILL: (4, 0, None)}


def test_a_snapshot_may_tell_less_than_orders_took(feed, store):
    feed(f"upc,qty\n{GRILL},4\n")
    take(store.pk, GRILL, 3)

    feed(f"upc,qty\n{GRILL},1\n")

    assert shelf(store) == {GRILL: (1, 0, None)}


def test_it_sets_bad_rows_aside_and_takes_the_rest(feed, store):
    done = feed(
        "upc,qty,price\n"
        f"{GRILL},4,399.00\n"
        "601842495576,1,1.00\n"
        f"{TOWEL},two,1.00\n"
        f"{EAN},1,cheap\n"
        f"{EAN},1,1,299.00\n"
        ",1,1.00\n"
        f'{EAN},1,"1.00\n'
        "73513537,2.5,1.00\n"
        "14006381333938,9999999,1.00\n"
        "\n"
        "00012345678905,1,1.999\n"
    )

    assert (done.state, done.rows) == ("done", 10)
    assert shelf(store) == {GRILL: (4, 0, 39900)}
    assert done.refused == [
        {"line": 3, "cause": "'601842495576' is not a GTIN: its last digit should be 5."},
        {"line": 4, "cause": "The quantity 'two' is not a whole number."},
        {"line": 5, "cause": "The price 'cheap' is not an amount of money."},
        {"line": 6, "cause": "The row has 4 values where the first line names 3 columns."},
        {"line": 7, "cause": "The UPC is missing."},
        {"line": 8, "cause": "The row can't be read: a quotation mark in it has no partner."},
        {"line": 9, "cause": "The quantity '2.5' is not a whole number."},
        {"line": 10, "cause": "The quantity '9999999' is more than 1,000,000 pieces."},
        {"line": 12, "cause": "The price can't be: '1.999' is finer than the smallest coin of USD."},
    ]
    assert done.refused_count == 9


def test_a_product_of_which_only_the_number_is_bad_stays_as_it_is(feed, store):
    feed(f"upc,qty,price\n{GRILL},4,399\n{TOWEL},12,2\n")
    take(store.pk, TOWEL, 2)

    done = feed(f"upc,qty,price\n{GRILL},5,399\n{TOWEL},??,2\n")

    assert done.refused == [{"line": 3, "cause": "The quantity '??' is not a whole number."}]
    assert shelf(store) == {GRILL: (5, 0, 39900), TOWEL: (12, 2, 200)}


def test_it_reports_what_it_put_right(feed, store):
    network.product(network.brand(), TOWEL)  # who sells it says that it lost a zero, and no check digit
    done = feed("upc,qty\n36000291452,3\n60184249557,2\n4006381333931,-2\n")

    assert done.refused == []
    assert done.repaired == [
        {"line": 2, "cause": "36000291452 got its leading zeros back: 036000291452."},
        {"line": 3, "cause": "60184249557 got its check digit: 601842495575."},
        {"line": 4, "cause": "The quantity -2 counts as 0."},
    ]
    assert shelf(store) == {TOWEL: (3, 0, None), GRILL: (2, 0, None), EAN: (0, 0, None)}


def test_of_a_number_that_may_be_two_products_both_stay_as_they_are(feed, store):
    feed(f"upc,qty\n{OTHER},3\n{DECEIVES},4\n{EAN},1\n")

    done = feed(f"upc,qty\n36000291453,1\n{DECEIVES[:-1]},9\n49957663518,1\n{TOWEL[1:]},8\n{EAN},2\n")

    assert [remark["line"] for remark in done.refused] == [3, 5]
    assert done.refused[0]["cause"] == (
        f"'49957663517' may be {OTHER}, or {DECEIVES} without its check digit: send all digits."
    )
    assert shelf(store)[OTHER] == (3, 0, None)
    assert shelf(store)[DECEIVES] == (4, 0, None)
    assert shelf(store)[EAN] == (2, 0, None)


def test_a_product_with_a_line_break_in_its_description_is_sold_on(feed, store):
    feed(f"upc,qty,name\n{GRILL},4,Grill\n{TOWEL},2,Towel\n")

    done = feed(f'name,upc,qty\n"Grill\nred, ""Texas""",{GRILL},5\nTowel,{TOWEL},x\n"A\n\nB",{EAN},1\n')

    assert (done.state, done.rows) == ("done", 3)
    assert done.refused == [{"line": 4, "cause": "The quantity 'x' is not a whole number."}]
    assert shelf(store) == {GRILL: (5, 0, None), TOWEL: (2, 0, None), EAN: (1, 0, None)}


@pytest.mark.parametrize(
    ("currency", "text", "prices", "remarked"),
    [
        ("kwd", 'upc,qty,price\n{0},1,"1,250"\n{1},1,"2,500"\n', [1250, 2500], 0),
        ("kwd", 'upc,qty,price\n{0},1,"1,250"\n{1},1,3\n', [1250000, 3000], 1),
        ("kwd", "upc;qty;price\n{0};1;1,250\n{1};1;3\n", [1250, 3000], 1),
        ("eur", 'upc,qty,price\n{0},1,"1,399"\n{1},1,"2,450"\n', [139900, 245000], 2),
        ("eur", "upc;qty;price\n{0};1;1.399\n{1};1;2\n", [139900, 200], 1),
        ("eur", "upc;qty;price\n{0};1;1.399\n{1};1;2,50\n", [139900, 250], 0),
        ("jpy", "upc;qty;price\n{0};1;1.399\n{1};1;2\n", [1399, 2], 0),
    ],
)
def test_it_says_which_prices_may_be_others(feed, store, currency, text, prices, remarked):
    store.company.currency = currency
    store.company.save()

    done = feed(text.format(GRILL, TOWEL))

    assert (done.refused, len(done.repaired)) == ([], remarked)
    assert [shelf(store)[upc][2] for upc in (GRILL, TOWEL)] == prices
    if remarked:
        assert done.repaired[0]["cause"].endswith(": no price of the file shows which sign its decimals have.")


def test_a_price_that_may_be_two_leaves_the_product_as_it_is(feed, store):
    store.company.currency = "eur"
    store.company.save()
    feed(f"upc,qty,price\n{GRILL},4,3.99\n{TOWEL},1,1.00\n")

    done = feed(f"upc;qty;price\n{GRILL};5;1,399\n{TOWEL};2;3\n")

    assert done.refused == [{"line": 2, "cause": "The price '1,399' may be 1399 or 1.399."}]
    assert shelf(store) == {GRILL: (4, 0, 399), TOWEL: (2, 0, 300)}


def test_the_last_row_may_leave_out_what_the_others_leave_out(feed, store):
    done = feed(f"upc,qty,price\n{GRILL},4\n{EAN},1,2.50\n{TOWEL},2")

    assert (done.state, done.error) == ("done", "")
    assert shelf(store) == {GRILL: (4, 0, None), EAN: (1, 0, 250), TOWEL: (2, 0, None)}


def test_of_a_product_told_twice_the_last_row_counts(feed, store):
    done = feed(f"upc,qty\n{GRILL},4\n{TOWEL},1\n0{GRILL},6\n{TOWEL},x\n")

    assert shelf(store) == {GRILL: (6, 0, None), TOWEL: (1, 0, None)}
    assert done.refused == [
        {"line": 2, "cause": f"Product {GRILL} is told again in line 4, which counts."},
        {"line": 5, "cause": "The quantity 'x' is not a whole number."},
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (
            b"601842495575,4,399.00\n036000291452,1,2.00\n",
            "The first line must name the columns (upc, qty, price); it holds '601842495575', '4', '399.00'.",
        ),
        (
            b"upc,price\n601842495575,399.00\n",
            "No column for qty is named in the first line: it holds 'upc', 'price'.",
        ),
        (
            b"upc,qty,price\n601842495575,4,399.00\n0360002",
            "The file is cut off: it ends in the middle of line 3, '0360002'.",
        ),
        (
            b'upc,qty,name\n601842495575,4,"Ket',
            "The file is cut off: it ends in the middle of line 2, '601842495575,4,\"Ket'.",
        ),
        (b"PK\x03\x04\x14\x00", "It is a zip archive or a damaged workbook: send the file itself, or save it as CSV."),
        (b"\x1f\x8b\x08\x00", "The file is cut off: the .gz ends before what is in it does."),
        (b"upc,qty\n\x00\x01\x02", "The file is no text: line 2 holds bytes that no CSV file has."),
        (b"\x00\x01\x02\x03", "The file is no text: it holds bytes that no CSV file has."),
        (
            b"upc,qty\n" + b"601842495575,1\n" * 6000 + b"\x00\n",
            "The file is no text: line 6002 holds bytes that no CSV file has.",
        ),
        (b"upc,qty\n" + b"1" * 30_000, "The file is no feed: line 2 is longer than 20,000 characters."),
        (b"upc,qty\nabc,1\ndef,2\n", "None of its 2 rows can be used. 'abc' is not a GTIN: it may hold digits only."),
    ],
)
def test_a_file_that_is_no_feed_changes_nothing_and_says_why(feed, store, content, sentence):
    feed(f"upc,qty,price\n{GRILL},4,399\n{TOWEL},12,2\n")
    take(store.pk, TOWEL, 2)
    before = (shelf(store), Freshness.objects.get().snapshot, Event.objects.count())

    failed = feed(content)

    assert (failed.state, failed.error, failed.changed) == ("failed", sentence, 0)
    assert (shelf(store), Freshness.objects.get().snapshot, Event.objects.count()) == before


def test_it_feeds_several_stores_from_one_file(feed, store):
    other = network.store(store.company, number="0012")
    elsewhere = network.store(number="7")
    feed(f"store,upc,qty\n7,{GRILL},4\n12,{GRILL},2\n99,{GRILL},1\n,{GRILL},1\n99,{TOWEL},x\n", into=None)

    done = Import.objects.get()
    assert (done.state, done.rows) == ("done", 5)
    assert [remark["line"] for remark in done.refused] == [4, 5, 6]
    assert done.refused[0]["cause"] == "There is no store '99'."
    assert done.refused[1]["cause"] == "The store is missing."
    assert (shelf(store), shelf(other), shelf(elsewhere)) == (
        {GRILL: (4, 0, None)},
        {GRILL: (2, 0, None)},
        {},
    )
    told = Event.objects.filter(company_id=store.company_id).order_by("number")
    assert [(event.type, event.data["store_id"], event.data["changed"]) for event in told] == [
        ("inventory.fed", store.pk, 1),
        ("inventory.fed", other.pk, 1),
    ]


def test_a_store_none_of_whose_rows_can_be_used_keeps_its_stock(feed, store):
    other = network.store(store.company, number="8")
    feed(f"store,upc,qty\n7,{GRILL},4\n8,{GRILL},2\n", into=None)

    feed(f"store,upc,qty\n7,{GRILL},5\n8,{GRILL},?\n", into=None)

    assert shelf(store) == {GRILL: (5, 0, None)}
    assert shelf(other) == {GRILL: (2, 0, None)}
    assert Freshness.objects.get(store=other).snapshot < Freshness.objects.get(store=store).snapshot


def test_a_file_for_one_store_may_not_name_another(feed, store):
    network.store(store.company, number="8")

    done = feed(f"store,upc,qty\n7,{GRILL},4\n8,{TOWEL},2\n")

    assert done.refused == [{"line": 3, "cause": "The row is of store '8', and this feed of store '7' alone."}]
    assert shelf(store) == {GRILL: (4, 0, None)}


def test_a_file_that_names_no_store_needs_one_to_be_said(feed, store):
    failed = feed(f"upc,qty\n{GRILL},4\n", into=None)

    assert failed.error == "The file has no column for the store: add one, or say which store it tells of."


def test_a_file_that_leaves_out_most_of_a_store_waits_for_a_person(feed, store):
    upcs = _upcs(10)
    feed("upc,qty\n" + "".join(f"{upc},5\n" for upc in upcs))
    before = (shelf(store), Freshness.objects.get().snapshot)

    held = feed("upc,qty\n" + "".join(f"{upc},5\n" for upc in upcs[:3]))

    assert (held.state, held.changed) == ("held", 0)
    assert held.error == "Store 7: It leaves out 7 of the 10 lines that the store has in stock."
    assert (shelf(store), Freshness.objects.get().snapshot) == before
    assert Event.objects.latest("number").type == "inventory.held"
    waiting = Held.objects.get()
    assert waiting.store == store
    assert pl.read_parquet(io.BytesIO(waiting.rows)).height == 3


def test_a_loss_of_sixty_percent_goes_in(feed, store):
    upcs = _upcs(10)
    feed("upc,qty\n" + "".join(f"{upc},5\n" for upc in upcs))

    done = feed("upc,qty\n" + "".join(f"{upc},5\n" for upc in upcs[:4]))

    assert (done.state, done.changed) == ("done", 6)


def test_an_empty_snapshot_waits_for_a_person(feed, store):
    feed(f"upc,qty\n{GRILL},4\n")

    held = feed("upc,qty\n")

    assert (held.state, held.error) == ("held", "Store 7: It would empty the store, which has 1 line in stock.")


def test_a_sold_out_product_of_a_small_store_is_believed(feed, store):
    feed(f"upc,qty\n{GRILL},4\n")

    done = feed(f"upc,qty\n{GRILL},0\n")

    assert done.state == "done"
    assert shelf(store) == {GRILL: (0, 0, None)}


def test_it_goes_in_by_force(feed, store):
    feed(f"upc,qty\n{GRILL},4\n")

    done = feed("upc,qty\n", force=True)

    assert done.state == "done"
    assert shelf(store) == {GRILL: (0, 0, None)}


def test_a_store_without_stock_is_fed_by_an_empty_snapshot(feed, store):
    done = feed("upc,qty\n")

    assert (done.state, done.rows) == ("done", 0)
    assert Freshness.objects.get(store=store).snapshot == done.pk


def test_the_price_is_in_the_currency_of_the_company(feed, store):
    store.company.currency = "jpy"
    store.company.save()

    done = feed(f"upc,qty,price\n{GRILL},4,39900\n{TOWEL},1,2.50\n")

    assert shelf(store) == {GRILL: (4, 0, 39900)}
    assert done.refused == [{"line": 3, "cause": "The price can't be: '2.50' is finer than the smallest coin of JPY."}]


def test_it_lists_the_first_thousand_remarks_and_counts_them_all(feed, store):
    done = feed(f"upc,qty\n{GRILL},4\n" + "abc,1\n" * 1500)

    assert (len(done.refused), done.refused_count, done.rows) == (1000, 1500, 1501)


@pytest.mark.django_db(transaction=True)
def test_two_snapshots_of_one_store_at_once_leave_the_later_one():
    store = network.store(number="7")
    upcs = _upcs(200)
    texts = ["upc,qty\n" + "".join(f"{upc},{pieces}\n" for upc in upcs) for pieces in (1, 2, 3)]

    feeds = at_once(*[partial(_feed, store, text) for text in texts])

    assert {feed.state for feed in feeds} == {"done"}
    rows = set(ShelfLine.objects.values_list("on_hand", flat=True))
    assert len(rows) == 1
    newest = Import.objects.get(pk=Freshness.objects.get().snapshot)
    assert rows == {int(newest.source)}
    assert newest == Import.objects.latest("pk")


def _feed(store, text):
    return import_feed(store.company, io.BytesIO(text.encode()), source=text[-2], store=store)


def _upcs(count):
    bodies = [f"03600029{n:03}" for n in range(count)]
    return [body + ean.calc_check_digit(body) for body in bodies]


def test_stores_whose_numbers_differ_by_letters_alone_are_two(feed, store):
    upper, lower = network.store(store.company, number="A1"), network.store(store.company, number="a1")
    network.store(store.company, number="B2")

    done = feed(f"store,upc,qty\nA1,{GRILL},1\na1,{GRILL},2\nb2,{GRILL},3\nA01,{GRILL},4\n", into=None)

    assert (shelf(upper), shelf(lower)) == ({GRILL: (1, 0, None)}, {GRILL: (2, 0, None)})
    assert done.refused == [{"line": 5, "cause": "There is no store 'A01'."}]
