"""The journal follows the rows: booked in the transaction that changes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum

from pushcart.payments.ledger.models import Account, JournalEntry, Kind, Posting

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pushcart.payments.models import Hold

# In these states the card's bank keeps the amount; while a release is asked for, if it ever did.
_HOLDING = ("held", "renewing", "capturing", "capture_failed")
# The kind of an entry by what it does to the balance at Stripe: nothing, takes, brings.
_REFUND_KINDS = (Kind.REFUND_SETTLED, Kind.REFUND, Kind.REFUND_FAILED)
_DISPUTE_KINDS = (Kind.DISPUTE_LOST, Kind.DISPUTE, Kind.DISPUTE_WON)
_FEE_KINDS = (Kind.FEE, Kind.FEE, Kind.FEE_REFUND)


def book(hold: Hold, *, source: str = "") -> list[JournalEntry]:
    """Enters what the hold's row, its refunds and its disputes say more than its journal, and returns the new entries.

    Call it in the transaction that changed them: the database refuses a commit that leaves them apart. Nothing new,
    nothing entered.

    Args:
        hold: its row is locked and read anew.
        source: Stripe's id of what changed; the payment intent where none is given.

    Raises:
        TransactionManagementError: there is no transaction to stand in.
    """
    hold = type(hold).objects.select_for_update().get(pk=hold.pk)
    due, have = rows_say(hold), balances(hold)
    moved = {account: due[account] - have.get(account, 0) for account in due}
    return [enter(hold, kind, postings, source=source or hold.intent_id) for kind, postings in _entries(hold, moved)]


def enter(
    hold: Hold,
    kind: Kind,
    postings: Mapping[Account, int],
    *,
    source: str,
    at: datetime | None = None,
    intent_id: str = "",
) -> JournalEntry:
    """One entry with its postings; those of 0 are left out. The database refuses it unless they add up to zero.

    `intent_id` is the payment that moved, where it is not the one that the hold has now.
    """
    with transaction.atomic():
        entry = JournalEntry(
            company_id=hold.company_id,
            hold=hold,
            test=hold.test,
            currency=hold.currency,
            kind=kind,
            source=source,
            intent_id=intent_id or hold.intent_id,
        )
        if at is not None:
            entry.booked_at = at
        entry.save()
        Posting.objects.bulk_create(
            Posting(entry=entry, account=account, amount=amount) for account, amount in postings.items() if amount
        )
    return entry


def rows_say(hold: Hold) -> dict[Account, int]:
    """What each account that follows the rows has to stand at, for this hold."""
    holds = hold.state in _HOLDING or (hold.state == "releasing" and hold.capture_before is not None)
    pending = hold.refunds.filter(state="pending").exclude(stripe_id="").aggregate(sum=Sum("amount"))["sum"] or 0
    return {
        Account.HELD: hold.amount if holds else 0,
        Account.SALES: -hold.captured,
        Account.PLATFORM_FEES: (hold.fee if hold.captured else 0) - hold.fee_refunded,
        Account.REFUNDS_PENDING: pending,
        Account.REFUNDS: hold.refunded,
        Account.DISPUTED: hold.disputed,
        Account.CHARGEBACKS: hold.lost,
        Account.EXCESS: hold.excess,
    }


def balances(hold: Hold) -> dict[str, int]:
    """What stands in each account of the hold's journal."""
    postings = Posting.objects.filter(entry__hold=hold).order_by()
    return dict(postings.values_list("account").annotate(Sum("amount")))


def _entries(hold: Hold, moved: Mapping[Account, int]) -> Iterator[tuple[Kind, dict[Account, int]]]:
    held, sold = moved[Account.HELD], moved[Account.SALES]
    of_card = {Account.HELD: held, Account.CARDS: -held}
    if sold:
        yield Kind.CAPTURE, {**of_card, Account.SALES: sold, Account.BALANCE: -sold}
    elif held:
        yield _kind_of_hold(hold, held), of_card
    yield from _against_balance(_FEE_KINDS, moved, Account.PLATFORM_FEES)
    yield from _against_balance(_REFUND_KINDS, moved, Account.REFUNDS_PENDING, Account.REFUNDS)
    yield from _against_balance(_DISPUTE_KINDS, moved, Account.DISPUTED, Account.CHARGEBACKS, Account.EXCESS)


def _kind_of_hold(hold: Hold, held: int) -> Kind:
    if held > 0:
        return Kind.HOLD
    return Kind.LAPSE if hold.state == "lapsed" else Kind.RELEASE


def _against_balance(
    kinds: tuple[Kind, Kind, Kind], moved: Mapping[Account, int], *accounts: Account
) -> Iterator[tuple[Kind, dict[Account, int]]]:
    postings = {account: moved[account] for account in accounts if moved[account]}
    if postings:
        brought = -sum(postings.values())
        still, takes, brings = kinds
        yield (brings if brought > 0 else takes if brought else still), {**postings, Account.BALANCE: brought}
