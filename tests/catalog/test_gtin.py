from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean

from pushcart.catalog.gtin import GtinError, as_written, canonical


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("601842495575", "601842495575"),
        ("0601842495575", "601842495575"),  # as EAN-13
        ("00601842495575", "601842495575"),  # as GTIN-14
        (" 6-01842-49557-5 ", "601842495575"),
        ("'601842495575", "601842495575"),  # the apostrophe by which a spreadsheet keeps text
        ("601842495575.0", "601842495575"),
        ("36000291452", "036000291452"),  # a spreadsheet lost the zero
        ("73513537", "000073513537"),  # GTIN-8
        ("4006381333931", "4006381333931"),  # EAN-13
        ("14006381333938", "14006381333938"),  # GTIN-14 of a case
    ],
)
def test_it_keeps_one_name_for_each_product(written, kept):
    assert canonical(written) == kept


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("", "The UPC is missing."),
        ("   ", "The UPC is missing."),
        ("601842495576", "'601842495576' is not a GTIN: its last digit should be 5."),
        ("60184249557A", "'60184249557A' is not a GTIN: it may hold digits only."),
        ("٦٠١٨٤٢٤٩٥٥٧٥", "'٦٠١٨٤٢٤٩٥٥٧٥' is not a GTIN: it may hold digits only."),
        ("6.01842E+11", "'6.01842E+11' is a number that a spreadsheet has shortened: its last digits are lost."),
        ("000000000000", "'000000000000' is not a GTIN: it has too few digits."),
        ("4011", "'4011' is not a GTIN: it has too few digits."),
        ("123456789012345", "'123456789012345' is not a GTIN: it has 15 digits, the longest have 14."),
        ("9" * 60, f"'{'9' * 40}…' is not a GTIN: it has 60 digits, the longest have 14."),
    ],
)
def test_it_says_why_something_is_no_gtin(written, sentence):
    with pytest.raises(GtinError) as refused:
        canonical(written)

    assert str(refused.value) == sentence


def test_it_keeps_the_zeros_of_what_may_lack_a_digit():
    assert as_written(" 0-36000-29145 ") == "03600029145"
    with pytest.raises(GtinError, match="'4011' is not a GTIN: it has too few digits"):
        as_written("4011")


@given(st.integers(min_value=100_000, max_value=10**13 - 1))
def test_it_agrees_with_the_standard_on_every_number(body):
    number = f"{body}{ean.calc_check_digit(str(body))}"

    kept = canonical(number)

    assert kept.lstrip("0") == number
    assert canonical(kept) == canonical("0" + kept if len(kept) < 14 else kept) == kept
    assert ean.is_valid(kept.zfill(14))


@given(st.integers(min_value=100_000, max_value=10**13 - 1), st.integers(min_value=1, max_value=9))
def test_it_refuses_every_wrong_check_digit(body, off):
    wrong = (int(ean.calc_check_digit(str(body))) + off) % 10

    with pytest.raises(GtinError):
        canonical(f"{body}{wrong}")
