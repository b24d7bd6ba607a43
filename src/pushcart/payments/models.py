"""Holds on shoppers' cards and refunds to them, one hold a line. The names of orders above are not known here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pushcart.companies.models import Company
from pushcart.kit import clock, ids
from pushcart.payments.ledger.models import JournalEntry, Posting
from pushcart.payments.reconciliation.models import BalanceTransaction, Difference, Reconciliation
from pushcart.payments.states import DISPUTE, HOLD, REFUND

__all__ = [
    "BalanceTransaction",
    "Difference",
    "Dispute",
    "FeeRate",
    "FormerIntent",
    "Hold",
    "Installation",
    "JournalEntry",
    "Posting",
    "Reconciliation",
    "Refund",
    "StripeEvent",
    "new_refund_key",
]


def new_hold_key() -> str:
    return ids.tagged("hold")


class Hold(models.Model):
    """A PaymentIntent with manual capture on the retailer's connected account."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="holds")  # the retailer
    line_id = models.BigIntegerField(unique=True)  # of the order; one hold per line
    # What Stripe's idempotency keys begin with, and how the hold is known again among Stripe's intents. Never made
    # twice, as a line's number is where a database is restored or a second installation acts for the same account.
    key = models.CharField(max_length=40, unique=True, default=new_hold_key)
    qty = models.PositiveIntegerField(default=1)  # pieces that the amount is for
    test = models.BooleanField(default=False)
    account_id = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)  # what of the amount is sales tax
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=200, blank=True)
    # A SetupIntent's or payment method's id on the platform, sealed; emptied once used.
    sealed_token = models.TextField(blank=True)
    payment_method = models.CharField(max_length=80, blank=True)  # the clone on the connected account
    # The platform's card and customer that a further hold is made from, sealed; emptied with the end of this one.
    sealed_card = models.TextField(blank=True)
    intent_id = models.CharField(max_length=80, blank=True, db_index=True)
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    state = models.CharField(max_length=20, default=HOLD.initial)
    captured = models.BigIntegerField(default=0)
    refunding = models.BigIntegerField(default=0)  # asked for, not yet given back
    refunded = models.BigIntegerField(default=0)
    tax_refunded = models.BigIntegerField(default=0)
    qty_refunding = models.PositiveIntegerField(default=0)  # pieces of what is asked for, and of what was given back
    qty_refunded = models.PositiveIntegerField(default=0)
    disputed = models.BigIntegerField(default=0)  # taken off the retailer's balance while a bank decides
    lost = models.BigIntegerField(default=0)  # to a dispute; counts as given back
    tax_lost = models.BigIntegerField(default=0)
    # What banks took beyond what was left: of a refund that was on its way, the retailer pays twice until it is won.
    excess = models.BigIntegerField(default=0)
    # The operator's fee, agreed when the order was placed (decision 0111); charged with the capture.
    fee = models.BigIntegerField(default=0)
    fee_refunded = models.BigIntegerField(default=0)
    fee_back_until = models.DateTimeField(null=True)  # a refund asked for later keeps the fee; null: none gives it back
    capture_before = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=80, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    # When the last call was begun, for the sweeper: no answer for a while means asking again.
    called_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when what is asked for now was asked for first
    # Which attempt of its capture or release is asked for. Stripe repeats a failure of its own for as long as it is
    # asked with the same idempotency key; only once it is known that nothing came of it may the next key be used.
    attempt = models.PositiveSmallIntegerField(default=1)
    # How often a further hold was asked for, to stand in for this one before it lapses; and not before when again.
    renewal = models.PositiveSmallIntegerField(default=0)
    renewed_at = models.DateTimeField(null=True)
    renew_after = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=HOLD.states), name="payments_hold_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_hold_amount"),
            models.CheckConstraint(
                condition=Q(state="captured", captured=F("amount")) | (~Q(state="captured") & Q(captured=0)),
                name="payments_captured_in_full_or_not",
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunding__gte=0, captured__gte=F("refunded") + F("refunding")),
                name="payments_refunds_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(tax__gte=0, tax__lte=F("amount"), tax_refunded__gte=0, tax_lost__gte=0)
                & Q(tax__gte=F("tax_refunded") + F("tax_lost"), lost__gte=F("tax_lost")),
                name="payments_hold_tax",
            ),
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty_refunding__gte=0, qty_refunded__gte=0)
                & Q(qty__gte=F("qty_refunding") + F("qty_refunded")),
                name="payments_hold_qty",
            ),
            # What could make another hold lives no longer than the one it would stand in for.
            models.CheckConstraint(
                condition=Q(sealed_card="") | Q(state__in=["placing", "held", "renewing"]),
                name="payments_card_only_while_held",
            ),
            models.CheckConstraint(
                condition=Q(
                    disputed__gte=0, lost__gte=0, excess__gte=0, captured__gte=F("refunded") + F("disputed") + F("lost")
                ),
                name="payments_disputes_within_capture",
            ),
            models.CheckConstraint(
                condition=Q(fee__gte=0, fee__lte=F("amount"), fee_refunded__gte=0, fee_refunded__lte=F("fee"))
                & (Q(fee_refunded=0) | Q(captured__gt=0)),
                name="payments_fee_within_amount",
            ),
        ]
        indexes = [
            models.Index(
                fields=["called_at"],
                name="payments_unanswered",
                condition=Q(state__in=["placing", "renewing", "capturing", "releasing"]),
            )
        ]

    def __str__(self) -> str:
        return f"line {self.line_id}, {self.state}"


class FormerIntent(models.Model):
    """A PaymentIntent that another one of the same hold stands in for: it is to be cancelled, and never captured."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="former_intents")
    intent_id = models.CharField(max_length=80, unique=True)
    superseded_at = models.DateTimeField(default=clock.now)
    called_at = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True)  # it holds nothing any more

    class Meta:
        indexes = [models.Index(fields=["called_at"], name="payments_former_held", condition=Q(gone_at=None))]

    def __str__(self) -> str:
        return f"{self.intent_id} of {self.hold}"


def new_refund_key() -> str:
    return ids.tagged("refund")


class Refund(models.Model):
    """A part of a captured hold on its way back to the card. `Hold.refunding` holds its amount while it is pending."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)  # what of the amount is sales tax
    qty = models.PositiveIntegerField(default=0)  # pieces that came back with it; 0: an amount alone
    fee = models.BigIntegerField(default=0)  # of the operator's fee, what Stripe gave back with it
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default=REFUND.initial)
    told = models.CharField(max_length=20, blank=True)  # the state that the order's parties were told of
    stripe_id = models.CharField(max_length=80, blank=True, db_index=True)
    # Stripe's idempotency key, and how the refund is known again among Stripe's.
    key = models.CharField(max_length=80, unique=True, default=new_refund_key)
    with_fee = models.BooleanField(default=False)  # the operator gives its part of the fee back
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    called_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=REFUND.states), name="payments_refund_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_refund_amount"),
            models.CheckConstraint(condition=Q(tax__gte=0, tax__lte=F("amount")), name="payments_refund_tax"),
        ]
        indexes = [models.Index(fields=["called_at"], name="payments_refund_unanswered", condition=Q(state="pending"))]

    def __str__(self) -> str:
        return f"{self.key}, {self.state}"


class Dispute(models.Model):
    """A shopper's bank asks for a payment back. `Hold.disputed` and `Hold.lost` count what it took (decision 0112)."""

    hold = models.ForeignKey(Hold, models.PROTECT, related_name="disputes")
    stripe_id = models.CharField(max_length=80, unique=True)
    amount = models.BigIntegerField()  # what the bank asks for
    withdrawn = models.BigIntegerField(default=0)  # what is off the retailer's balance by it now
    state = models.CharField(max_length=20, default=DISPUTE.initial)
    status = models.CharField(max_length=40)  # Stripe's own word, finer than ours: needs_response, under_review, …
    reason = models.CharField(max_length=60, blank=True)
    evidence_due_at = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    # What the order's parties were told of: the state, and what was taken then.
    told = models.CharField(max_length=20, blank=True)
    told_withdrawn = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DISPUTE.states), name="payments_dispute_state"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, withdrawn__gte=0, withdrawn__lte=F("amount")),
                name="payments_dispute_amount",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stripe_id}, {self.state}"


class FeeRate(models.Model):
    """What the operator takes of each charge of one retailer from a moment on; without one the settings hold."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="fee_rates")
    basis_points = models.PositiveIntegerField()  # of the line's total: 350 is 3.5 %
    # For so many days after the order a refund gives its part of the fee back; 0: never.
    back_days = models.PositiveIntegerField()
    valid_from = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(basis_points__lte=10_000), name="payments_fee_rate"),
            models.UniqueConstraint(fields=["company", "valid_from"], name="payments_one_fee_rate_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.company}: {self.basis_points} basis points from {self.valid_from:%Y-%m-%d}"


class StripeEvent(models.Model):
    """An event of Stripe's that was acted upon: Stripe sends each at least once."""

    event_id = models.CharField(max_length=80, primary_key=True)
    type = models.CharField(max_length=80)
    account_id = models.CharField(max_length=40, blank=True)
    taken_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


def new_installation_name() -> str:
    return ids.tagged("pc")


class Installation(models.Model):
    """The one row that tells this installation from another that acts for the same accounts at Stripe."""

    name = models.CharField(max_length=40, default=new_installation_name)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="payments_one_installation")]

    def __str__(self) -> str:
        return self.name
