"""The orders of the announcement's story, each of which goes another way: what is bought, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pushcart.sandbox.goods import GRILL
from pushcart.sandbox.shopper import HOME, Wish

if TYPE_CHECKING:
    from pushcart.stores.models import Store

GRIDDLE, CAMPFIRE, GREEN_KETTLE, CHIMNEY = "601842495643", "601842495605", "601842495582", "601842495612"
# It can be kept, and is refused when it is to be charged: by Stripe's own naming.
DECLINED_CARD = "pm_card_chargeCustomerFail"
_A_KILOMETRE = 0.009  # degrees of latitude


@dataclass(frozen=True)
class Scenario:
    """An order of the story.

    Attributes:
        name: In addresses and forms.
        title: What is bought, in a word or two.
        told: What then happens, in a sentence.
        stale: It is placed while the feed is too old for PushCart.
    """

    name: str
    title: str
    told: str
    wish: Wish
    stale: bool = False


SCENARIOS = (
    Scenario(
        "grill",
        "Grill, delivered",
        "The order system confirms it, the card is charged, the van brings it today.",
        Wish(GRILL, path="delivery", also=HOME),
    ),
    Scenario("griddle", "Griddle", "Rejected with a reason; the hold is released.", Wish(GRIDDLE)),
    Scenario(
        "green-kettle",
        "Green kettle",
        "Confirmed with a fulfillment_url: the shopper's link leads to the store's own page.",
        Wish(GREEN_KETTLE),
    ),
    Scenario(
        "campfire",
        "Campfire grill",
        "Received, and then nobody answers. Move the clock past its window.",
        Wish(CAMPFIRE),
    ),
    Scenario("reserve", "Reserve a grill", "ROPIS: no card, paid at the store.", Wish(GRILL, path="ropis")),
    Scenario(
        "declined", "Grill, card declined", "The bank says no: there is no order.", Wish(GRILL, card=DECLINED_CARD)
    ),
    Scenario(
        "stale",
        "Chimney, stale feed",
        "Makes the feed 25 hours old first: the store's staff get a mail and decide by its link.",
        Wish(CHIMNEY),
        stale=True,
    ),
)
BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}


def near(store: Store) -> dict[str, object]:
    """A home a kilometre north of a store, as the delivery fields of cart/validate."""
    return {
        **HOME,
        "delivery_address": "12 Garden St",
        "delivery_city": store.city,
        "delivery_state": store.state,
        "delivery_zip": store.zip,
        "delivery_lat": store.lat + _A_KILOMETRE,
        "delivery_lng": store.lng,
    }
