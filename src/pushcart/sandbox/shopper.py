"""The brand's site in the sandbox: a shopper gives a card and sends an order off, over the wire as any site does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import stripe

from pushcart.inventory.queries import available
from pushcart.kit.money import major

if TYPE_CHECKING:
    from pushcart.stores.models import Store

ADA = {
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "ada@shopper.example",
    "phone": "+15125550123",
}
HOME = {
    "delivery_first_name": "Ada",
    "delivery_last_name": "Byron",
    "delivery_phone": "+15125550123",
    "delivery_address": "2201 Barton Springs Rd",
    "delivery_city": "Austin",
    "delivery_state": "TX",
    "delivery_zip": "78746",
    "delivery_country": "US",
    "delivery_lat": 30.2610,
    "delivery_lng": -97.7730,
    "delivery_instructions": "Through the garden gate.",
}


@dataclass(frozen=True)
class Wish:
    """What a shopper wants of one store.

    Attributes:
        upc: one product.
        path: `bopis`, `ropis` or `delivery`.
        card: a payment method of the payment double, by name; none is asked for with ropis.
        also: more fields of cart/validate.
    """

    upc: str
    path: str = "bopis"
    qty: int = 1
    card: str = "pm_card_visa"
    also: dict[str, Any] = field(default_factory=dict)


class Site:
    """A brand's site: it knows its key, its domain, and where PushCart and the card network are."""

    def __init__(self, network: dict[str, Any], web: str, card_network: str, card_key: str) -> None:
        self._network, self._web = network, web
        self._cards = stripe.StripeClient(card_key, base_addresses={"api": card_network})

    def buy(self, wish: Wish, store: Store) -> dict[str, Any]:
        """Sends the order off and returns PushCart's answer, as `{"status": 200, **body}`."""
        order = {
            "host_domain": self._network["host_domain"],
            "path_to_purchase": wish.path,
            "store_id": store.pk,
            "items": [{"upc": wish.upc, "qty": wish.qty, "price_per_unit": str(self._price(wish, store))}],
            **ADA,
            **wish.also,
        }
        if wish.path != "ropis":
            order["card_token"] = self._card(wish.card)
        key = {"Locally-Api-Token": self._network["keys"]["brand"]}
        url = f"{self._web}/headless/api/1.0/cart/validate"
        answer = httpx.post(url, json=order, headers=key, timeout=60, trust_env=False)
        return {"status": answer.status_code, **answer.json()}

    def _price(self, wish: Wish, store: Store) -> Any:
        """As the product's page shows it."""
        return major(available(store.pk, [wish.upc])[wish.upc].price or 0, store.company.currency)

    def _card(self, name: str) -> str:
        """What the site's card form brings: a SetupIntent's id. The card itself never comes near us."""
        intent = self._cards.v1.setup_intents.create(
            params={
                "payment_method": name,
                "confirm": True,
                "usage": "off_session",
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            }
        )
        return intent.id
