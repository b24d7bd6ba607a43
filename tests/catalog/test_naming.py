"""Which products the numbers of a file mean: the file as a whole says it, or the catalogue, or nobody guesses."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from pushcart.catalog.naming import names_of

TOWEL, GRILL = "036000291452", "601842495575"
# Without its check digit it looks like another product that lost a zero (one such number in ten does).
DECEIVES, OTHER = "499576635172", "049957663517"


def named(*written, catalogue=()):
    """By each number as the file writes it: the product's UPC, or None."""
    names = read(written, catalogue)
    return [f"{upc:012}" if upc else None for upc in names.upc.tolist()]


def read(written, catalogue=()):
    kept = {int(upc) for upc in catalogue}
    return names_of(
        np.array([int(text) for text in written]),
        np.array([len(text) for text in written]),
        kept.intersection,
    )


def upcs(seed, count, *, prefix=""):
    chance = random.Random(seed)
    length = 11 - len(prefix)
    bodies = chance.sample(range(10 ** (length - 1), 10**length), count)
    return [f"{prefix}{body}{ean.calc_check_digit(f'{prefix}{body}')}" for body in bodies]


def in_no_catalogue(numbers):
    raise AssertionError("The file says it by itself.")


def test_a_file_that_lacks_check_digits_gets_them_all():
    products = [*upcs(1, 40), DECEIVES]
    names = read([upc[:-1] for upc in products])
    assert [f"{upc:012}" for upc in names.upc.tolist()] == products
    assert names.repair(40) == "49957663517 got its check digit: 499576635172."


def test_twenty_thousand_numbers_without_check_digits_are_their_own_products():
    products = upcs(2, 20_000)
    assert named(*(upc[:-1] for upc in products)) == products


def test_a_file_that_lost_zeros_gets_them_back_and_asks_nobody():
    products = upcs(3, 40, prefix="0")
    numbers = np.array([int(upc) for upc in products])
    names = names_of(numbers, np.full(40, 11), in_no_catalogue)
    assert [f"{upc:012}" for upc in names.upc.tolist()] == products
    assert names.repair(0) == f"{products[0][1:]} got its leading zeros back: {products[0]}."


def test_where_some_lack_it_the_catalogue_says_which():
    some = [upc[:-1] for upc in upcs(4, 10)] + [upc[1:] for upc in upcs(5, 10, prefix="0")]
    assert named(*some, DECEIVES[:-1], catalogue=[DECEIVES])[-1] == DECEIVES
    assert named(*some, DECEIVES[:-1], catalogue=[OTHER])[-1] == OTHER


@pytest.mark.parametrize("catalogue", [[], [DECEIVES, OTHER]])
def test_where_some_lack_it_and_nobody_knows_which_none_is_guessed(catalogue):
    some = [upc[:-1] for upc in upcs(4, 10)] + [upc[1:] for upc in upcs(5, 10, prefix="0")]
    names = read([*some, DECEIVES[:-1]], catalogue)
    assert (names.upc[-1], names.twofold[-1]) == (0, True)
    assert names.cause(20) == (
        "'49957663517' may be 049957663517, or 499576635172 without its check digit: send all digits."
    )
    assert [each.tolist()[-1:] for each in names.readings()] == [[int(OTHER)], [int(DECEIVES)]]


def test_few_numbers_show_little_so_the_catalogue_is_asked():
    assert named(DECEIVES[:-1]) == [OTHER]
    assert named(DECEIVES[:-1], catalogue=[DECEIVES]) == [DECEIVES]


def test_a_number_that_keeps_its_zero_has_lost_none():
    assert named("03600029145") == [TOWEL]


def test_a_mistyped_number_is_no_number_without_its_check_digit():
    products = [upc[1:] for upc in upcs(6, 40, prefix="0")]
    names = read([*products, "36000291453"])
    assert names.upc[-1] == 0
    assert names.cause(40) == "'36000291453' is not a GTIN: its last digit should be 2."
    assert named("601842495576", GRILL) == [None, GRILL]


@pytest.mark.parametrize("length", [12, 13])
def test_longer_numbers_get_their_check_digits_where_many_lack_them(length):
    chance = random.Random(length)
    bodies = [str(chance.randrange(10 ** (length - 1), 10**length)) for _ in range(50)]
    whole = [body + ean.calc_check_digit(body) for body in bodies]
    assert named(*bodies) == whole
    assert named(*whole) == whole


def test_a_few_wrong_ones_of_twelve_digits_are_mistyped():
    wrong = [upc[:-1] + str((int(upc[-1]) + 1) % 10) for upc in upcs(7, 14)]
    assert named(*wrong) == [None] * 14
    ean_13 = "4006381333931"
    assert named(ean_13[:-1], GRILL, catalogue=[ean_13]) == [ean_13, GRILL]


@pytest.mark.parametrize(("written", "upc"), [("7351353", "000073513537"), ("123456789", "001234567895")])
def test_short_numbers_are_completed_for_the_catalogue_alone(written, upc):
    assert named(written) == [None]
    assert named(written, catalogue=[upc]) == [upc]


@given(
    st.integers(0, 2**32),
    st.integers(20, 200),
    st.sampled_from(["", "0", "00"]),
    st.sampled_from(["whole", "lost zeros", "no check digit", "no check digit and lost zeros"]),
    st.booleans(),
)
def test_of_a_file_written_in_one_way_none_becomes_another_product(seed, count, prefix, way, listed):
    products = upcs(seed, count, prefix=prefix)
    written = [upc[:-1] if "no check digit" in way else upc for upc in products]
    if "lost zeros" in way:
        written = [text.lstrip("0") for text in written]

    got = named(*written, catalogue=products if listed else ())

    assert all(upc in {product, None} for upc, product in zip(got, products, strict=True))
    if listed or "no check digit" not in way or not prefix:
        lost = sum(upc is None for upc in got)
        assert lost <= (0 if listed or "no check digit" not in way else count * 0.25)


@given(st.integers(0, 2**32), st.integers(40, 100), st.integers(30, 70))
def test_of_a_file_written_in_two_ways_none_becomes_another_product(seed, count, percent):
    chance = random.Random(seed)
    lacking = upcs(seed, count)
    losing = upcs(seed + 1, max(10, count * (100 - percent) // percent), prefix="0")
    rows = [(upc[:-1], upc) for upc in lacking] + [(upc[1:], upc) for upc in losing]
    chance.shuffle(rows)

    got = named(*(written for written, _ in rows), catalogue=[upc for upc in losing if chance.random() < 0.5])

    assert all(upc in {product, None} for upc, (_, product) in zip(got, rows, strict=True))
