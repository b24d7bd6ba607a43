from __future__ import annotations

import logging

import pytest
import stripe
from structlog.testing import capture_logs

from pushcart.kit.crypto import unseal
from pushcart.payments.actions.capture import capture
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.client import STRIPE_VERSION, stripe_client
from pushcart.payments.errors import NotConfiguredError


def test_it_speaks_the_version_whose_types_it_is_checked_by():
    assert stripe.api_version == STRIPE_VERSION


def test_it_has_a_client_for_each_key(settings):
    settings.STRIPE_API_KEY = "sk_test_one"
    settings.STRIPE_TEST_API_KEY = "sk_test_other"

    live, test = stripe_client(test=False), stripe_client(test=True)

    assert live._requestor.api_key == "sk_test_one"
    assert test._requestor.api_key == "sk_test_other"
    assert stripe_client(test=False) is live


def test_it_talks_to_stripe_itself_without_an_address_of_our_own(settings):
    settings.STRIPE_API_BASE = ""

    assert stripe_client(test=False)._requestor.base_addresses["api"] == "https://api.stripe.com"


@pytest.mark.parametrize(("test", "name"), [(False, "STRIPE_API_KEY"), (True, "STRIPE_TEST_API_KEY")])
def test_it_says_which_key_is_missing(test, name, settings):
    setattr(settings, name, "")

    with pytest.raises(NotConfiguredError, match=f"Set {name}: without it no card can be held or charged"):
        stripe_client(test)


def test_it_holds_for_test_orders_with_the_test_key(retailer, stripe_double, settings):
    settings.STRIPE_API_KEY = ""
    hold = prepare(retailer, 5_000_001, 700, "USD", card_token="pm_card_visa", test=True, description="")

    assert capture(place(hold)).state == "captured"


def test_it_writes_no_secret_into_any_log(prepared, stripe_double, caplog, capfd):
    asked = prepared(card="pm_card_chargeCustomerFail")
    token = unseal(asked.sealed_token, use="card")
    caplog.set_level(logging.DEBUG)
    stripe_double.fault("error_500", "/v1/customers")

    with capture_logs() as logs:
        place(asked)
        place(prepared(token=token))

    said = f"{logs} {caplog.text} {capfd.readouterr()}"
    assert [log["event"] for log in logs] == ["stripe.no_answer", "stripe.no_answer"]
    assert token not in said
    assert "sk_test" not in said
    assert "pm_" not in said
