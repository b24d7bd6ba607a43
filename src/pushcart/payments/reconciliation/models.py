"""Stripe's own account of each retailer's money, beside ours: what it says, when it was looked at, what differs."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.companies.models import Company
from pushcart.kit import clock


class BalanceTransaction(models.Model):
    """A copy of one of Stripe's: what moved the balance of a connected account. Minor units, as signed there."""

    stripe_id = models.CharField(max_length=80, unique=True)
    company = models.ForeignKey(Company, models.PROTECT, related_name="balance_transactions")
    account_id = models.CharField(max_length=40)
    type = models.CharField(max_length=60)
    category = models.CharField(max_length=60)  # Stripe's reporting category
    source = models.CharField(max_length=80, blank=True)  # the charge, the refund, the dispute
    # The payment that it belongs to, and whether that names a hold of this platform's; else it is the retailer's own.
    intent_id = models.CharField(max_length=80, blank=True, db_index=True)
    ours = models.BooleanField(default=False)
    amount = models.BigIntegerField()
    application_fee = models.BigIntegerField(default=0)
    stripe_fee = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account_id", "created_at"], name="payments_balance_by_time")]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"


class Reconciliation(models.Model):
    """One UTC day of one account, held against Stripe's balance transactions."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="reconciliations")
    account_id = models.CharField(max_length=40)
    day = models.DateField()
    payments = models.IntegerField()  # that moved on the day, by either book
    foreign = models.IntegerField()  # balance transactions that are the retailer's own business
    done_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account_id", "day"], name="payments_one_reconciliation_a_day")]

    def __str__(self) -> str:
        return f"{self.account_id} on {self.day}"


class Difference(models.Model):
    """What Stripe's books and ours say differently of one payment, until both say the same."""

    class Cause(models.TextChoices):
        MISSING_HERE = "missing_here"
        MISSING_THERE = "missing_there"
        OTHER_AMOUNT = "other_amount"
        OTHER_CURRENCY = "other_currency"
        FEE = "fee"

    class Movement(models.TextChoices):
        PAYMENT = "payment"
        REFUND = "refund"
        DISPUTE = "dispute"
        FEE = "fee"  # the operator's

    reconciliation = models.ForeignKey(Reconciliation, models.PROTECT, related_name="differences")
    account_id = models.CharField(max_length=40)
    intent_id = models.CharField(max_length=80)
    hold = models.ForeignKey("payments.Hold", models.PROTECT, null=True, related_name="differences")
    movement = models.CharField(max_length=10, choices=Movement)
    cause = models.CharField(max_length=20, choices=Cause)
    # What each book says the balance grew by; minor units of its own currency.
    ours, theirs = models.BigIntegerField(), models.BigIntegerField()
    currency, their_currency = models.CharField(max_length=3), models.CharField(max_length=3)
    found_at = models.DateTimeField(default=clock.now)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "intent_id", "movement"],
                condition=Q(resolved_at=None),
                name="payments_one_open_difference",
            ),
            models.CheckConstraint(
                condition=~Q(ours=models.F("theirs")) | Q(cause="other_currency"), name="payments_difference_differs"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.intent_id} {self.movement}: {self.cause}"
