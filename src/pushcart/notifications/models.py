"""What was written to whom, and whether it went out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pushcart.carts.models import Cart
from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.notifications.states import NOTICE
from pushcart.stores.models import Store


class Notice(models.Model):
    """One mail or one SMS about one event. The same event tells nobody twice."""

    class Channel(models.TextChoices):
        MAIL = "mail"
        SMS = "sms"

    event_uid = models.CharField(max_length=32)
    kind = models.CharField(max_length=60)  # carts.charged to the shopper: "shopper.charged"
    company = models.ForeignKey(Company, models.CASCADE, related_name="notices")
    cart = models.ForeignKey(Cart, models.CASCADE, null=True, blank=True, related_name="notices")
    channel = models.CharField(max_length=4, choices=Channel)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    state = models.CharField(max_length=10, default=NOTICE.initial)
    attempts = models.IntegerField(default=0)
    provider_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event_uid", "kind", "channel", "recipient"], name="notifications_once"),
            models.CheckConstraint(condition=Q(state__in=NOTICE.states), name="notifications_state"),
        ]
        indexes = [models.Index(fields=["-id"], name="notifications_latest")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class KnownStanding(models.Model):
    """How a store stood by the last `eligibility.changed` that was read, and the best that it ever was."""

    class Level(models.IntegerChoices):
        NOTHING = 0  # no order can be taken
        STANDARD = 1  # by the standard workflow
        PUSHCART = 2

    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="+")
    level = models.SmallIntegerField(choices=Level, default=Level.NOTHING)
    best = models.SmallIntegerField(choices=Level, default=Level.NOTHING)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(level__gte=0, level__lte=F("best"), best__lte=2), name="notifications_known_level"
            )
        ]

    def __str__(self) -> str:
        return f"{self.store_id}: {self.Level(self.level).name}"
