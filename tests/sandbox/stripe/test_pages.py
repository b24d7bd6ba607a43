"""What people click: onboarding, 3-D Secure, joining an existing account, the overview."""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import stripe

if TYPE_CHECKING:
    from types import ModuleType

    from tests.sandbox.stripe.conftest import Platform


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _page(url: str, **form: str) -> tuple[int, str, str]:
    """Status, where it leads, and the page itself."""
    data = urllib.parse.urlencode(form).encode() if form else None
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(url, data, timeout=10) as response:
            return response.status, "", response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", ""), error.read().decode()


def _link(platform: Platform, account: str) -> str:
    link = platform.sdk.v1.account_links.create(
        {
            "account": account,
            "type": "account_onboarding",
            "return_url": "https://station.example/done",
            "refresh_url": "https://station.example/again",
        }
    )
    assert link.expires_at == link.created + 300
    return str(link.url)


def test_a_retailer_clicks_through_the_onboarding_once(platform: Platform) -> None:
    account = platform.sdk.v1.accounts.create({"type": "standard"})
    url = _link(platform, account.id)
    status, _, page = _page(url)
    assert (status, account.id in page) == (200, True)
    assert _page(url, do="submit")[:2] == (302, "https://station.example/done")
    assert platform.sdk.v1.accounts.retrieve(account.id).charges_enabled is True
    assert _page(url)[0] == 410
    assert _page(url, do="submit")[0] == 410


def test_a_retailer_can_leave_the_onboarding(platform: Platform) -> None:
    account = platform.sdk.v1.accounts.create({"type": "standard"})
    assert _page(_link(platform, account.id), do="leave")[:2] == (302, "https://station.example/done")
    assert platform.sdk.v1.accounts.retrieve(account.id).charges_enabled is False


def test_an_old_onboarding_link_asks_for_a_new_one(platform: Platform, clock_of_double: ModuleType) -> None:
    url = _link(platform, platform.account)
    clock_of_double.move(timedelta(minutes=6))
    assert _page(url)[:2] == (302, "https://station.example/again")


@pytest.mark.parametrize(("do", "status"), [("pass", "succeeded"), ("fail", "requires_payment_method")])
def test_a_shopper_answers_her_bank(platform: Platform, do: str, status: str) -> None:
    intent = platform.sdk.v1.setup_intents.create(
        {
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "confirm": True,
            "return_url": "https://shop.example/back?step=2",
        }
    )
    url = intent.next_action.redirect_to_url.url
    assert "3D Secure" in _page(url)[2]
    code, location, _ = _page(url, do=do)
    assert code == 302
    assert location.startswith(
        f"https://shop.example/back?step=2&setup_intent={intent.id}&setup_intent_client_secret=seti_"
    )
    assert platform.sdk.v1.setup_intents.retrieve(intent.id).status == status
    assert _page(url)[0] == 410


def test_a_payment_is_approved_on_the_banks_page(platform: Platform) -> None:
    hold = platform.hold("pm_card_authenticationRequired")
    url = hold.next_action.use_stripe_sdk["stripe_js"]
    assert "$110.10" in _page(url)[2]
    assert _page(url, do="pass")[0] == 200
    assert platform.moved() == [("hold", 11010)]


def test_an_existing_account_is_joined_and_left(platform: Platform) -> None:
    client_id = "ca_" + platform.sdk.v1.accounts.retrieve_current().id.removeprefix("acct_")
    sdk = stripe.StripeClient(
        platform.key,
        base_addresses={"api": platform.program.url, "connect": platform.program.url},
        client_id=client_id,
    )
    url = sdk.oauth.authorize_url({"redirect_uri": "https://station.example/joined", "state": "s1"})
    assert client_id in _page(url)[2]
    _, refused, _ = _page(url, do="refuse")
    assert "error=access_denied" in refused
    code, location, _ = _page(url, do="connect")
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    assert (code, query["state"]) == (302, ["s1"])
    token = sdk.oauth.token({"grant_type": "authorization_code", "code": query["code"][0]})
    assert sdk.v1.accounts.retrieve(token.stripe_user_id).charges_enabled is True
    with pytest.raises(stripe.oauth_error.InvalidGrantError):
        sdk.oauth.token({"grant_type": "authorization_code", "code": query["code"][0]})
    assert sdk.oauth.deauthorize({"stripe_user_id": token.stripe_user_id}).stripe_user_id == token.stripe_user_id
    with pytest.raises(stripe.PermissionError):
        sdk.v1.accounts.retrieve(token.stripe_user_id)
    with pytest.raises(stripe.oauth_error.InvalidClientError):
        sdk.oauth.deauthorize({"stripe_user_id": token.stripe_user_id})


def test_the_overview_shows_what_happened(platform: Platform) -> None:
    intent = platform.paid("pm_card_pendingRefund", description="<script>alert(1)</script>")
    refund = platform.sdk.v1.refunds.create({"payment_intent": intent.id, "amount": 1010}, platform.on)
    _, _, page = _page(platform.program.url)
    row = re.search(rf"<tr>(?:(?!</tr>).)*{intent.id}.*?</tr>", page)
    assert row is not None
    assert "$110.10" in row.group()
    assert "succeeded" in row.group()
    assert refund.id in page
    assert "The books hold" in page
    assert "<script>" not in page
