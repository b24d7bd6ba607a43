"""What each store was last found able to do, so that a change is noticed and told."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.kit import clock
from pushcart.stores.models import Store


class Standing(models.Model):
    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="standing")
    pushcart = models.BooleanField()
    standard = models.BooleanField()  # Buy it Locally is whole: orders can be taken at all
    reasons = models.JSONField(default=list)  # [{"code", "scope", "message"}]
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            # PushCart stands on Buy it Locally (the announcement, 1).
            models.CheckConstraint(condition=Q(pushcart=False) | Q(standard=True), name="eligibility_order"),
        ]

    def __str__(self) -> str:
        return "PushCart" if self.pushcart else "standard workflow" if self.standard else "nothing can be ordered"
