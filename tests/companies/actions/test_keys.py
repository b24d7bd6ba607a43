from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection

from pushcart.companies.actions.create_key import create_key
from pushcart.companies.actions.reseal_keys import reseal_keys
from pushcart.companies.actions.revoke_key import revoke_key
from pushcart.companies.actions.show_key import show_key
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import ApiKey
from pushcart.companies.queries import key_by_secret
from pushcart.kit import crypto
from pushcart.kit.crypto import SealBrokenError
from tests import network

pytestmark = pytest.mark.django_db


@pytest.fixture
def fresh_crypto():
    """Derived keys are remembered for as long as the process lives; its secret key doesn't change there."""
    _forget()
    yield _forget
    _forget()


def _forget():
    crypto.derived_key.cache_clear()
    crypto._box.cache_clear()


@pytest.mark.parametrize(("test", "form"), [(False, "[0-9a-f]{40}"), (True, "test_[0-9a-f]{40}")])
def test_it_makes_a_key_of_the_announcements_form(test, form):
    company = network.retailer()

    key, secret = create_key(company, " Order system ", test=test)

    assert re.fullmatch(form, secret)
    assert (key.company, key.name, key.test, key.revoked_at) == (company, "Order system", test, None)
    assert key_by_secret(secret) == key


def test_no_two_keys_are_alike():
    company = network.retailer()

    assert create_key(company, "a")[1] != create_key(company, "a")[1]


def test_the_database_never_holds_the_secret():
    _, secret = create_key(network.retailer(), "Order system")

    with connection.cursor() as cursor:
        cursor.execute("SELECT companies_apikey::text FROM companies_apikey")
        [[row]] = cursor.fetchall()
    assert secret not in row


@pytest.mark.parametrize(("name", "sentence"), [("  ", "Give the key a name"), ("k" * 81, "has 81 characters")])
def test_a_key_without_a_name_is_refused(name, sentence):
    with pytest.raises(CompanyError, match=sentence) as refused:
        create_key(network.retailer(), name)

    assert refused.value.field == "name"
    assert not ApiKey.objects.exists()


def test_its_owner_sees_it_again():
    key, secret = create_key(network.retailer(), "Order system")

    assert show_key(ApiKey.objects.get(pk=key.pk)) == secret


def test_a_revoked_key_opens_nothing(clock):
    key, secret = create_key(network.retailer(), "Order system")
    clock.freeze(datetime(2026, 3, 1, tzinfo=UTC))

    assert revoke_key(key) == datetime(2026, 3, 1, tzinfo=UTC)

    assert key_by_secret(secret) is None
    clock.freeze(datetime(2026, 4, 1, tzinfo=UTC))
    assert revoke_key(key) == datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize("wrong", ["", "0" * 40, "test_", "\0", "ключ", "x" * 100_000])
def test_another_secret_opens_nothing(wrong):
    create_key(network.retailer(), "Order system")

    assert key_by_secret(wrong) is None


def test_letter_case_and_mode_are_part_of_the_secret():
    _, secret = create_key(network.retailer(), "Order system", test=True)

    assert key_by_secret(secret.upper()) is None
    assert key_by_secret(secret.removeprefix("test_")) is None


def test_keys_outlive_a_change_of_the_installations_key(settings, fresh_crypto):
    key, secret = create_key(network.retailer(), "Order system")
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one"
    fresh_crypto()
    assert show_key(key) == secret
    assert key_by_secret(secret) is None

    assert reseal_keys() == 1

    assert key_by_secret(secret) == key
    settings.SECRET_KEY_FALLBACKS = []
    fresh_crypto()
    assert show_key(ApiKey.objects.get()) == secret


def test_a_key_that_nobody_can_open_is_told_and_left(settings, fresh_crypto):
    _, secret = create_key(network.retailer(), "Order system")
    before = ApiKey.objects.values().get()
    settings.SECRET_KEY = "another installation"
    fresh_crypto()

    with pytest.raises(SealBrokenError, match="PUSHCART_OLD_SECRET_KEYS"):
        reseal_keys()

    assert ApiKey.objects.values().get() == before
    assert key_by_secret(secret) is None
