"""Buy it Locally's three steps in words: how each stands, why, and what its owner can do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_date
from django.conf import settings
from django.db.models import Prefetch

from pushcart.companies.models import StripeAccount
from pushcart.eligibility.models import Standing
from pushcart.kit import clock
from pushcart.payments.words import closed_because
from pushcart.stores.models import Store, TaxRate

if TYPE_CHECKING:
    from datetime import datetime

    from pushcart.companies.models import Company

# How often a percent is a fraction: 0.0825 is 8.25 %.
_PERCENT = 100


@dataclass(frozen=True)
class Step:
    """One step; `state` is done, todo or trouble, `told` a sentence, `actions` the buttons (value, label) in order."""

    state: str
    told: str
    actions: tuple[tuple[str, str], ...] = ()

    @property
    def word(self) -> str:
        return {"done": "Done", "todo": "To do", "trouble": "Needs you"}[self.state]


@dataclass(frozen=True)
class Shop:
    """A store of the tax step: the rate in force, the one that follows, whether prices hold it; `has_rate`."""

    pk: int
    name: str
    rate: str
    following: str
    included: bool
    has_rate: bool


@dataclass(frozen=True)
class Steps:
    rates: Step
    account: Step
    card: Step
    shops: list[Shop]
    selling: int

    @property
    def whole(self) -> bool:
        return all(step.state == "done" for step in (self.rates, self.account, self.card))


def steps_of(company: Company) -> Steps:
    """How the company stands now, from the rows; nobody is asked."""
    shops = _shops(company)
    return Steps(
        rates=_rates(shops),
        account=_account(StripeAccount.objects.filter(company=company).first()),
        card=_card(company),
        shops=shops,
        selling=Standing.objects.filter(store__company=company, standard=True).count(),
    )


def _shops(company: Company) -> list[Shop]:
    by_time = Prefetch("tax_rates", TaxRate.objects.order_by("valid_from"))
    open_ones = Store.objects.filter(company=company, closed=False).prefetch_related(by_time).order_by("name", "pk")
    return [_shop(store, clock.now()) for store in open_ones]


def _shop(store: Store, at: datetime) -> Shop:
    known = list(store.tax_rates.all())
    now = [rate for rate in known if rate.valid_from <= at]
    later = [rate for rate in known if rate.valid_from > at]
    return Shop(
        pk=store.pk,
        name=str(store),
        rate=_told(now[-1], store, "since") if now else "no rate yet",
        following=_told(later[0], store, "from") if later else "",
        included=store.prices_include_tax,
        has_rate=bool(now),
    )


def _told(rate: TaxRate, store: Store, word: str) -> str:
    day = format_date(rate.valid_from.astimezone(ZoneInfo(store.timezone)), "MMM d, y", locale="en_US")
    return f"{(rate.rate * _PERCENT).normalize():f} % {word} {day}"


def _rates(shops: list[Shop]) -> Step:
    without = sum(not shop.has_rate for shop in shops)
    if not shops:
        return Step("todo", "You have no stores here yet; PushCart adds them.")
    if without:
        of = "The store has" if len(shops) == 1 else f"{without} of {len(shops)} stores have"
        return Step("todo", f"{of} no sales tax rate in force, so nothing can be ordered there.")
    return Step("done", "Each store has a sales tax rate in force.")


def _account(account: StripeAccount | None) -> Step:
    existing = (("existing", "Connect an existing account"),) if settings.STRIPE_CLIENT_ID else ()
    if account is None:
        return Step(
            "todo",
            "Shoppers pay you through Stripe. Open an account, or connect the one that you have.",
            (("new", "Open a Stripe account"), *existing),
        )
    if account.deauthorized_at:
        return Step(
            "trouble",
            f"The account {account.account_id} has taken PushCart's access away, so no card can be charged.",
            (*existing, ("check", "Look again")),
        )
    if not account.charges_enabled:
        return Step(
            "todo" if not account.disabled_reason.startswith("rejected") else "trouble",
            closed_because(account.disabled_reason),
            (("open", "Answer Stripe's questions"), *existing, ("check", "Look again")),
        )
    return Step("done", f"The account {account.account_id} takes payments.", (("check", "Look again"),))


def _card(company: Company) -> Step:
    if company.billing_payment_method:
        brand = company.billing_card_brand.capitalize() or "A card"
        ending = f" ending in {company.billing_card_last4}" if company.billing_card_last4 else ""
        return Step(
            "done",
            f"{brand}{ending} pays PushCart's invoices to you.",
            (("enter", "Use another card"), ("remove", "Remove the card")),
        )
    return Step(
        "todo",
        "PushCart's own invoices are charged to a card. Shoppers' payments never touch it.",
        (("enter", "Enter a card"),),
    )
