"""Holds on shoppers' cards and refunds to them, one hold a line. The names of orders above are not known here."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.payments.states import HOLD, REFUND


class Hold(models.Model):
    """A PaymentIntent with manual capture on the retailer's connected account."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="holds")  # the retailer
    line_id = models.BigIntegerField(unique=True)  # of the order; one hold per line
    test = models.BooleanField(default=False)
    account_id = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    description = models.CharField(max_length=200, blank=True)
    card_token = models.CharField(max_length=120, blank=True)  # a SetupIntent's or payment method's id; emptied once used
    payment_method = models.CharField(max_length=80, blank=True)  # the clone on the connected account
    intent_id = models.CharField(max_length=80, blank=True, db_index=True)
    card_brand = models.CharField(max_length=20, blank=True)
    card_last4 = models.CharField(max_length=4, blank=True)
    state = models.CharField(max_length=20, default=HOLD.initial)
    captured = models.BigIntegerField(default=0)
    refunding = models.BigIntegerField(default=0)  # asked for, not yet given back
    refunded = models.BigIntegerField(default=0)
    capture_before = models.DateTimeField(null=True)
    failure_code = models.CharField(max_length=80, blank=True)
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    # When the last call was begun, for the sweeper: no answer for a while means asking again.
    called_at = models.DateTimeField(null=True)

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
        ]
        indexes = [
            models.Index(
                fields=["called_at"],
                name="payments_unanswered",
                condition=Q(state__in=["placing", "capturing", "releasing"]),
            )
        ]


class Refund(models.Model):
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=20, default=REFUND.initial)
    stripe_id = models.CharField(max_length=80, blank=True, db_index=True)
    key = models.CharField(max_length=80, unique=True)  # Stripe's idempotency key
    failure_message = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    called_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=REFUND.states), name="payments_refund_state"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payments_refund_amount"),
        ]
