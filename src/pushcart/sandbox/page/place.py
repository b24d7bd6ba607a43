"""A shopper's click on the brand's site."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import stripe
from django.conf import settings

from pushcart.carts.models import Cart
from pushcart.sandbox.network import load
from pushcart.sandbox.page.asked import CannotError, button, chosen_store, done, entry
from pushcart.sandbox.page.feed import make_stale
from pushcart.sandbox.scenarios import BY_NAME, near
from pushcart.sandbox.shopper import Site

if TYPE_CHECKING:
    from django.http import HttpRequest, JsonResponse

    from pushcart.sandbox.scenarios import Scenario
    from pushcart.sandbox.shopper import Wish
    from pushcart.stores.models import Store


@button
def place(request: HttpRequest) -> JsonResponse:
    """Sends one of the story's orders off to the chosen store, by the API that any site uses."""
    scenario, store = BY_NAME.get(request.POST.get("scenario", "")), chosen_store(request)
    if scenario is None:
        raise CannotError("The story has no such order.")
    if scenario.stale:
        make_stale(store.company)
    sent = entry("shopper", f"POST cart/validate: {scenario.title}, {store.city}")
    answer = _bought(scenario, store)
    return _told(answer, sent)


def _bought(scenario: Scenario, store: Store) -> dict[str, Any]:
    site = Site(load(), settings.PUBLIC_URL, settings.STRIPE_API_BASE, settings.STRIPE_API_KEY)
    try:
        return site.buy(_of_somebody(scenario.wish, store), store)
    except stripe.StripeError as error:
        raise CannotError(
            f"The card form got no card from the payment double: {error.user_message or error}"
        ) from error
    except httpx.TransportError as error:
        raise CannotError(f"PushCart's API did not answer: {error}") from error


def _of_somebody(wish: Wish, store: Store) -> Wish:
    """Each click is another shopper: the same order of the same one is answered with the cart that there is."""
    somebody = {"email": f"ada+{Cart.objects.count() + 1}@shopper.example"}
    home = near(store) if wish.path == "delivery" else {}
    return replace(wish, also={**wish.also, **home, **somebody})


def _told(answer: dict[str, Any], sent: dict[str, Any]) -> JsonResponse:
    sent["more"] = json.dumps(answer, indent=1)
    if not answer.get("success"):
        sent["text"] += f" → {answer['status']}, refused"
        sent["good"] = False
        return done(f"Not ordered: {answer['msg']}", entry=sent)
    cart = answer["data"]["carts"][0]["cart"]
    sent["text"] += f" → {answer['status']}"
    sent["cart"] = cart["hash"]
    return done(f"Order {cart['hash']} is placed.", entry=sent)
