"""What all random histories share: the payment double, a retailer that is replaced now and then, and its orders."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import stripe

from pushcart.carts.models import Cart, Line
from pushcart.carts.placing.complete import complete
from pushcart.inventory.actions.take import take
from pushcart.kit import clock as kit_clock
from pushcart.payments import client
from pushcart.payments.actions.place import place
from pushcart.payments.actions.prepare import prepare
from pushcart.payments.actions.reconcile import reconcile
from pushcart.payments.models import FeeRate, Hold
from pushcart.payments.reconciliation.report import report
from tests import doubles, network
from tests.carts.paid import connected_store

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.stores.models import Store

_HISTORIES_OF_ONE_RETAILER = 25  # its books are read whole at each history's end
CURRENCIES = ("usd", "jpy")
UPCS = (network.GRILL, network.TOWEL, "012345678905")
_RESTARTED_EVERY = 100  # histories, the double starts anew from what it has written down
# More faults than these are not planned for one history.
_MOST_FAULTS = 12


class World:
    """What all histories share: the double, and a retailer that is replaced now and then."""

    double: doubles.StripeDouble
    store: Store
    brand: Company
    tokens: dict[str, str]
    histories = 0
    statuses: Counter[str] = Counter()  # in which the histories' lines stood after a step

    @classmethod
    def begin(cls) -> None:
        if cls.histories % _HISTORIES_OF_ONE_RETAILER == 0:
            cls.end()
            currency = CURRENCIES[cls.histories // _HISTORIES_OF_ONE_RETAILER % len(CURRENCIES)]
            cls.store = connected_store(cls.double, network.whole_retailer(currency=currency))
            cls.brand, cls.tokens = network.brand(), {}
            FeeRate.objects.create(company=cls.store.company, basis_points=350, back_days=30)
            for upc in UPCS:
                network.stock(cls.store, upc, on_hand=1000)
        if cls.histories % _RESTARTED_EVERY == _RESTARTED_EVERY - 1:
            cls.double.restart()
        cls.histories += 1

    @classmethod
    def end(cls) -> None:
        """Of a retailer: Stripe's balance transactions, fees included, say what the ledger does, to the cent."""
        if cls.histories:
            done = reconcile(cls.store.company, kit_clock.now().date())
            assert report(done).differences == [], report(done).text

    @classmethod
    def token(cls, card: str) -> str:
        if card not in cls.tokens:
            cls.tokens[card] = cls.double.card_token(f"pm_card_{card}", customer=True)
        return cls.tokens[card]

    @classmethod
    def order(cls, quantities: list[int], card: str, path: str) -> Cart:
        """An order of one line for each quantity, as placing leaves it."""
        company = cls.store.company
        cart = Cart.objects.create(
            store=cls.store,
            retailer=company,
            brand=cls.brand,
            workflow="pushcart",
            path=path,
            currency=company.currency,
        )
        for position, (upc, qty) in enumerate(zip(UPCS, quantities, strict=False)):
            line = Line.objects.create(
                cart=cart,
                position=position,
                upc=upc,
                name=f"Product {upc}",
                qty=qty,
                price_per_unit=network.PRICE,
                subtotal=network.PRICE * qty,
                tax=3292 * qty,
                total=(network.PRICE + 3292) * qty,
                stock_snapshot=take(cls.store.pk, upc, qty),
            )
            if path == "bopis":
                cls.hold(company, line, card)
        complete([cart])
        return Cart.objects.select_related("store").get(pk=cart.pk)

    @classmethod
    def hold(cls, company: Company, line: Line, card: str) -> None:
        prepared = prepare(
            company,
            line_id=line.pk,
            amount=line.total,
            tax=line.tax,
            qty=line.qty,
            currency=company.currency,
            card_token=cls.token(card),
            test=False,
            description="",
        )
        place(prepared)

    @classmethod
    def charge_of(cls, hold: Hold) -> dict[str, Any]:
        intent = in_the_end(
            lambda: client.stripe_client(test=False).v1.payment_intents.retrieve(
                hold.intent_id, params={"expand": ["latest_charge"]}, options={"stripe_account": hold.account_id}
            )
        )
        return intent.latest_charge.to_dict()

    @classmethod
    def open_disputes(cls, intents: set[str]) -> list[str]:
        page = in_the_end(
            lambda: client.stripe_client(test=False).v1.disputes.list(
                params={"limit": 100}, options={"stripe_account": cls.store.company.stripe_account.account_id}
            )
        )
        open_ones = [dispute for dispute in page.data if dispute.status == "needs_response"]
        return [dispute.id for dispute in open_ones if dispute.payment_intent in intents]


def in_the_end(ask: Callable[[], Any]) -> Any:
    """What the test asks for itself may meet a fault that was planned for the code: then it asks again."""
    for _ in range(_MOST_FAULTS):
        try:
            return ask()
        except stripe.StripeError:
            continue
    raise AssertionError("More calls failed than faults were planned.")
