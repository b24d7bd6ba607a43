"""The ledger: what was booked of each line's money, double-entry and append-only (decision 0110).

A journal is the entries of one hold, and so of one line. Postings of an entry add up to zero; amounts are minor units
of the entry's currency, debits positive. The database refuses an entry that does not add up, any change of what stands,
and a commit that leaves a hold's row and its journal apart.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Func, Q

from pushcart.companies.models import Company
from pushcart.kit import clock


class Account(models.TextChoices):
    """The accounts of a retailer's books, one set for each currency."""

    CARDS = "cards"  # shoppers' cards: the other side of what they hold
    HELD = "held"  # authorised, neither charged nor released
    BALANCE = "balance"  # the retailer's balance at Stripe
    SALES = "sales"  # charged
    REFUNDS_PENDING = "refunds_pending"  # taken off the balance; the bank works on it
    REFUNDS = "refunds"  # given back
    DISPUTED = "disputed"  # taken off the balance while a bank decides
    CHARGEBACKS = "chargebacks"  # lost to a dispute
    EXCESS = "excess"  # taken by disputes beyond what was left of the payment
    PAST_US = "past_us"  # captured at Stripe itself, and given back by us
    PLATFORM_FEES = "platform_fees"  # the operator's
    STRIPE_FEES = "stripe_fees"  # Stripe's own, as found in its balance transactions


class Kind(models.TextChoices):
    """What an entry tells."""

    HOLD = "hold"
    RELEASE = "release"
    LAPSE = "lapse"
    CAPTURE = "capture"
    FEE = "fee"
    FEE_REFUND = "fee_refund"
    REFUND = "refund"
    REFUND_SETTLED = "refund_settled"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"
    STRIPE_FEE = "stripe_fee"


class JournalEntry(models.Model):
    company = models.ForeignKey(Company, models.PROTECT, related_name="journal_entries")  # the retailer
    hold = models.ForeignKey("payments.Hold", models.PROTECT, related_name="journal")
    test = models.BooleanField()
    currency = models.CharField(max_length=3)
    kind = models.CharField(max_length=20, choices=Kind)
    # Stripe's id of what it is about: the payment intent, the refund, the dispute, the balance transaction.
    source = models.CharField(max_length=80)
    intent_id = models.CharField(
        max_length=80, default="", db_index=True
    )  # the payment that moved: the hold's, or a former one
    # The transaction that made it: no later one may add postings.
    made_in = models.BigIntegerField(db_default=Func(function="txid_current"), editable=False)
    booked_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="payments_entry_kind"),
            # What is found at Stripe is booked once.
            models.UniqueConstraint(
                fields=["source"], condition=Q(kind="stripe_fee"), name="payments_found_fee_booked_once"
            ),
        ]
        indexes = [models.Index(fields=["company", "test", "booked_at"], name="payments_entries_of_company")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Posting(models.Model):
    entry = models.ForeignKey(JournalEntry, models.PROTECT, related_name="postings")
    account = models.CharField(max_length=20, choices=Account)
    amount = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="payments_posting_amount"),
            models.CheckConstraint(condition=Q(account__in=Account.values), name="payments_posting_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"
