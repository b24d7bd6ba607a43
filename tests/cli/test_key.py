from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from pushcart.cli.key import key
from pushcart.companies.models import ApiKey
from pushcart.companies.queries import key_by_secret
from tests import network

pytestmark = pytest.mark.django_db


def said(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(key, words)
    return result.exit_code, result.output


def test_it_makes_a_key_and_shows_it_again():
    company = network.retailer(slug="hearth")
    code, secret = said("create", "hearth", "Order system")
    assert code == 0
    assert re.fullmatch(r"[0-9a-f]{40}\n", secret)
    row = key_by_secret(secret.strip())
    assert (row.company, row.name, row.test) == (company, "Order system", False)
    assert said("show", str(row.pk)) == (0, secret)


def test_it_makes_a_test_key():
    network.retailer(slug="hearth")
    _, secret = said("create", "hearth", "Trying", "--test")
    assert re.fullmatch(r"test_[0-9a-f]{40}\n", secret)


def test_it_lists_keys_without_their_secrets():
    network.retailer(slug="hearth")
    _, secret = said("create", "hearth", "Order system")
    code, listed = said("list", "hearth")
    assert code == 0
    assert "Order system" in listed
    assert secret.strip() not in listed


def test_it_revokes_a_key():
    network.retailer(slug="hearth")
    _, secret = said("create", "hearth", "Order system")
    code, sentence = said("revoke", str(ApiKey.objects.get().pk))
    assert code == 0
    assert sentence.startswith("Order system is revoked since ")
    assert key_by_secret(secret.strip()) is None


@pytest.mark.parametrize("words", [("create", "nobody", "x"), ("list", "nobody"), ("show", "7"), ("revoke", "7")])
def test_it_says_what_there_is_not(words):
    code, _ = said(*words)
    assert code == 2
    assert not ApiKey.objects.exists()


def test_it_puts_all_keys_under_the_present_secret_key():
    network.key(network.retailer())
    network.key(network.retailer(), test=True)
    before = set(ApiKey.objects.values_list("sealed", flat=True))

    assert said("reseal") == (0, "2 keys are sealed with the present secret key.\n")

    assert not before & set(ApiKey.objects.values_list("sealed", flat=True))
