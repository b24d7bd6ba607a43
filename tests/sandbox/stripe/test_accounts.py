from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from tests.sandbox.stripe.conftest import Platform


def test_a_new_account_can_not_charge_until_it_is_onboarded(platform: Platform) -> None:
    account = platform.sdk.v1.accounts.create(
        {"type": "express", "capabilities": {"card_payments": {"requested": True}}}
    )
    assert (account.charges_enabled, account.details_submitted) == (False, False)
    assert "external_account" in account.requirements.currently_due
    assert account.requirements.disabled_reason == "requirements.past_due"
    assert account.capabilities.card_payments == "inactive"
    platform.program.post(f"/_double/accounts/{account.id}/onboard")
    account = platform.sdk.v1.accounts.retrieve(account.id)
    assert (account.charges_enabled, account.payouts_enabled, account.capabilities.card_payments) == (
        True,
        True,
        "active",
    )
    assert account.requirements.currently_due == []
    events = platform.sdk.v1.events.list({"type": "account.updated"}, {"stripe_account": account.id}).data
    assert [event.account for event in events] == [account.id]
    assert events[0].data.previous_attributes["charges_enabled"] is False


@pytest.mark.parametrize(("dashboard", "kind"), [("full", "standard"), ("express", "express"), ("none", "none")])
def test_a_controller_names_the_type(platform: Platform, dashboard: str, kind: str) -> None:
    account = platform.sdk.v1.accounts.create(
        {"controller": {"stripe_dashboard": {"type": dashboard}}, "country": "GB"}
    )
    assert (account.type, account.default_currency) == (kind, "gbp")


def test_accounts_are_listed_changed_and_deleted(platform: Platform) -> None:
    accounts = platform.sdk.v1.accounts
    account = accounts.create({"type": "standard", "metadata": {"company": "7"}})
    account = accounts.update(account.id, {"email": "new@hearth.example", "business_profile": {"name": "Hearth"}})
    assert (account.email, account.business_profile.name, account.metadata["company"]) == (
        "new@hearth.example",
        "Hearth",
        "7",
    )
    assert [each.id for each in accounts.list({}).data] == [account.id, platform.account]
    assert accounts.delete(account.id).deleted is True
    assert [each.id for each in accounts.list({}).data] == [platform.account]


def test_capabilities_are_asked_for_one_by_one(platform: Platform) -> None:
    capabilities = platform.sdk.v1.accounts.capabilities
    account = platform.sdk.v1.accounts.create({"type": "express", "capabilities": {"transfers": {"requested": True}}})
    assert [each.id for each in capabilities.list(account.id).data] == ["transfers"]
    with pytest.raises(stripe.InvalidRequestError, match="No such capability"):
        capabilities.retrieve(account.id, "card_payments")
    asked = capabilities.update(account.id, "card_payments", {"requested": True})
    assert (asked.status, asked.requested) == ("inactive", True)
    platform.program.post(f"/_double/accounts/{account.id}/onboard")
    assert capabilities.retrieve(account.id, "card_payments").status == "active"


def test_the_platform_and_the_account_know_themselves(platform: Platform) -> None:
    own = platform.sdk.v1.accounts.retrieve_current()
    assert (own.charges_enabled, own.id == platform.account) == (True, False)
    assert platform.sdk.v1.accounts.retrieve_current(options=platform.on).id == platform.account


def test_an_account_of_another_platform_is_out_of_reach(platform: Platform) -> None:
    stranger = platform.program.client("sk_test_stranger")
    for ask in (
        lambda: stranger.v1.accounts.retrieve(platform.account),
        lambda: stranger.v1.payment_intents.list({}, platform.on),
        lambda: stranger.v1.account_links.create(
            {
                "account": platform.account,
                "type": "account_onboarding",
                "refresh_url": "http://a",
                "return_url": "http://b",
            }
        ),
    ):
        with pytest.raises(stripe.PermissionError) as refused:
            ask()
        assert (refused.value.http_status, refused.value.error.code) == (403, "account_invalid")
        assert "sk_test_stranger" not in str(refused.value)


def test_a_disabled_account_says_why(platform: Platform) -> None:
    platform.program.post(f"/_double/accounts/{platform.account}/disable", reason="rejected.fraud")
    account = platform.sdk.v1.accounts.retrieve(platform.account)
    assert (account.charges_enabled, account.requirements.disabled_reason) == (False, "rejected.fraud")
    platform.program.post(f"/_double/accounts/{platform.account}/onboard")
    assert platform.hold().status == "requires_capture"


def test_a_deauthorized_account_refuses_every_call_until_it_comes_back(platform: Platform) -> None:
    hold = platform.hold()
    platform.program.post(f"/_double/accounts/{platform.account}/deauthorize")
    for ask in (
        lambda: platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on),
        lambda: platform.sdk.v1.accounts.retrieve(platform.account),
        platform.hold,
    ):
        with pytest.raises(stripe.PermissionError) as refused:
            ask()
        assert refused.value.error.code == "account_invalid"
    assert platform.sdk.v1.accounts.list({}).data == []
    platform.program.post(f"/_double/accounts/{platform.account}/authorize")
    assert platform.sdk.v1.payment_intents.capture(hold.id, options=platform.on).status == "succeeded"
    assert [kind for kind in platform.kinds() if "application" in kind] == [
        "account.application.deauthorized",
        "account.application.authorized",
    ]
    platform.check()
