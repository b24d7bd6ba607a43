"""What somebody captured at Stripe itself and we gave back: no row of ours moved, but Stripe's books did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.payments.ledger.book import enter
from pushcart.payments.ledger.models import Account, JournalEntry, Kind

if TYPE_CHECKING:
    from pushcart.payments.models import Hold


def book_past_us(hold: Hold, intent_id: str, amount: int) -> None:
    """Enters that `amount` was captured and went back in full. Said again of the same payment, nothing is entered."""
    with transaction.atomic():
        hold = type(hold).objects.select_for_update().get(pk=hold.pk)
        if JournalEntry.objects.filter(hold=hold, intent_id=intent_id, kind=Kind.CAPTURE).exists():
            return
        taken = {Account.BALANCE: amount, Account.PAST_US: -amount}
        enter(hold, Kind.CAPTURE, taken, source=intent_id, intent_id=intent_id)
        returned = {Account.BALANCE: -amount, Account.PAST_US: amount}
        enter(hold, Kind.REFUND, returned, source=intent_id, intent_id=intent_id)
