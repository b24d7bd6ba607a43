"""The operator hears of money of which Stripe does not tell."""

from __future__ import annotations

from pushcart.notifications.actions.tell_operator import tell_operator
from pushcart.payments.unsettled import unsettled


def tell_unsettled() -> int:
    """Mails of each once, and counts the mails."""
    return sum(
        len(
            tell_operator(
                each.company,
                about="unsettled",
                uid=each.uid,
                subject=f"Stripe gives no answer: {each.company.name}",
                text=f"{each.sentence}\n",
            )
        )
        for each in unsettled()
    )
