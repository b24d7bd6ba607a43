"""A retailer's account closes and opens at Stripe: its signed event, over real HTTP, switches the orders off and on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import stripe

if TYPE_CHECKING:
    from pushcart.sandbox.supervisor import Network

pytestmark = pytest.mark.long
_PATIENCE = 30


class Stripe:
    """The hand of the retailer, and of Stripe, on one account at the payment double."""

    def __init__(self, network: Network, name: str) -> None:
        self._url = f"http://127.0.0.1:{network.ports.stripe}"
        client = stripe.StripeClient("sk_test_sandbox", base_addresses={"api": self._url})
        accounts = client.v1.accounts.list({"limit": 100}).data
        self.account = next(each.id for each in accounts if each.business_profile.name == name)

    def does(self, act: str, **body: Any) -> None:
        """Returns once the event was answered with 200."""
        before = self._delivered()
        answer = httpx.post(f"{self._url}/_double/accounts/{self.account}/{act}", json=body, trust_env=False)
        answer.raise_for_status()
        until = time.monotonic() + _PATIENCE
        while self._delivered() == before:
            assert time.monotonic() < until, "no account event was delivered"
            time.sleep(0.02)

    def restore(self) -> None:
        """For the journeys that follow, wherever a test stopped; an account that has its access can't be given it."""
        for act in ("authorize", "onboard"):
            httpx.post(f"{self._url}/_double/accounts/{self.account}/{act}", json={}, trust_env=False)

    def _delivered(self) -> int:
        told = httpx.get(f"{self._url}/_double/deliveries", params={"status": "delivered"}, trust_env=False).json()
        return sum(each["type"].startswith("account.") and each["status"] == "delivered" for each in told)


@pytest.fixture
def outdoor(demo_network):
    account = Stripe(demo_network, "Cedar & Sons Outdoor")
    yield account
    account.restore()


def ways(network: Network) -> set[str]:
    """How the stores of the small retailer, which takes orders by the standard workflow, can be ordered from now."""
    known = httpx.get(f"{network.url}/sandbox/news.json", timeout=30, trust_env=False).json()["stores"]
    return {store["way"] for store in known if store["way"] != "pushcart"}


def test_orders_are_off_and_on_by_the_time_the_event_is_answered(demo_network, outdoor):
    assert ways(demo_network) == {"standard"}
    for off, on in (("disable", "onboard"), ("deauthorize", "authorize")):
        outdoor.does(off, **({"reason": "requirements.past_due"} if off == "disable" else {}))
        assert ways(demo_network) == {"none"}
        outdoor.does(on)
        assert ways(demo_network) == {"standard"}


def test_an_event_that_stripe_did_not_sign_changes_nothing(demo_network):
    forged = b'{"id":"evt_1","object":"event","type":"account.application.deauthorized","data":{"object":{}}}'
    headers = {"Stripe-Signature": "t=1,v1=00", "Content-Type": "application/json"}
    answer = httpx.post(f"{demo_network.url}/stripe/events", content=forged, headers=headers, trust_env=False)
    assert answer.status_code == 400
    assert ways(demo_network) == {"standard"}
