"""Holds on shoppers' cards and refunds to them, one hold a line. The names of orders above are not known here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pushcart.companies.models import Company
from pushcart.kit import clock, ids
from pushcart.payments.states import HOLD, REFUND


class Hold(models.Model):
    """A PaymentIntent with manual capture on the retailer's connected account."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="holds")  # the retailer
    line_id = models.BigIntegerField(unique=True)  # of the order; one hold per line
    test = models.BooleanField(default=False)
    account_id = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)  # what of the amount is sales tax
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=200, blank=True)
    # A SetupIntent's or payment method's id on the platform; emptied once used.
    card_token = models.CharField(max_length=120, blank=True)
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
    capture_before = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=80, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    # When the last call was begun, for the sweeper: no answer for a while means asking again.
    called_at = models.DateTimeField(null=True)
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
                condition=Q(tax__gte=0, tax__lte=F("amount"), tax_refunded__gte=0, tax_refunded__lte=F("tax")),
                name="payments_hold_tax",
            ),
            # What could make another hold lives no longer than the one it would stand in for.
            models.CheckConstraint(
                condition=Q(sealed_card="") | Q(state__in=["placing", "held", "renewing"]),
                name="payments_card_only_while_held",
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
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default=REFUND.initial)
    stripe_id = models.CharField(max_length=80, blank=True, db_index=True)
    # Stripe's idempotency key, and how the refund is known again among Stripe's.
    key = models.CharField(max_length=80, unique=True, default=new_refund_key)
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


class StripeEvent(models.Model):
    """An event of Stripe's that was acted upon: Stripe sends each at least once."""

    event_id = models.CharField(max_length=80, primary_key=True)
    type = models.CharField(max_length=80)
    account_id = models.CharField(max_length=40, blank=True)
    taken_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
