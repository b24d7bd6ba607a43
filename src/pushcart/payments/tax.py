"""How much of a refund is sales tax: parts that add up to the tax of the whole, whatever came back in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Sum

if TYPE_CHECKING:
    from pushcart.payments.models import Hold


def part(hold: Hold, amount: int) -> int:
    """What of a refund of `amount`, on top of those that stand, is tax. Call it with the hold's row locked."""
    returned, tax = standing(hold)
    return share(hold.tax, hold.amount, before=(returned + hold.lost, tax + hold.tax_lost), amount=amount)


def standing(hold: Hold) -> tuple[int, int]:
    """Amount and tax of the refunds that were given back or are on their way."""
    stand = hold.refunds.exclude(state="failed").aggregate(amount=Sum("amount", default=0), tax=Sum("tax", default=0))
    return stand["amount"], stand["tax"]


def share(tax: int, whole: int, *, before: tuple[int, int], amount: int) -> int:
    """The tax in a refund of `amount`, of a payment of `whole` with `tax` in it.

    As much as brings the tax given back to its share of all that is given back, half up; but never more than the
    refund, nor so little that what is left could not hold the tax that is left. So the last part takes the rest.

    `before` is amount and tax of the refunds that stand already; all in minor units.
    """
    returned, tax_returned = before
    returned = min(returned + amount, whole)
    fair = (2 * tax * returned + whole) // (2 * whole) - tax_returned
    least = (tax - tax_returned) - (whole - returned)
    return max(0, least, min(fair, amount, tax - tax_returned))
