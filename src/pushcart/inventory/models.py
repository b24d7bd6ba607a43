"""What stands on the shelves, by the retailers' feeds."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.stores.models import Store


class Import(models.Model):
    """One feed that came in: what was read, what it changed, what was refused and why."""

    class State(models.TextChoices):
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    company = models.ForeignKey(Company, models.CASCADE, related_name="imports")
    source = models.CharField(max_length=200)  # "PUT /api/v2/inventory/7", a file's name
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    rows = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    refused = models.JSONField(default=list)  # [{"line": 7, "cause": "..."}]
    error = models.CharField(max_length=500, blank=True)


class Stock(models.Model):
    """One product in one store. `taken` is ordered since the last snapshot, which starts it anew (contract, section 4)."""

    pk = models.CompositePrimaryKey("store_id", "upc")
    store = models.ForeignKey(Store, models.CASCADE, related_name="stock")
    upc = models.CharField(max_length=14)
    on_hand = models.IntegerField()
    taken = models.IntegerField(default=0)
    price = models.BigIntegerField(null=True)  # minor units; none: the product's MSRP
    snapshot = models.BigIntegerField()  # the import that last set it
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(on_hand__gte=0, taken__gte=0), name="inventory_not_negative"),
            models.CheckConstraint(condition=Q(taken__lte=F("on_hand")), name="inventory_not_oversold"),
            models.CheckConstraint(condition=Q(price=None) | Q(price__gte=0), name="inventory_price"),
        ]
        indexes = [models.Index(fields=["upc", "store"], name="inventory_by_upc")]


class Freshness(models.Model):
    """When a store's stock was last told in full. PushCart asks for one snapshot in 24 hours (the announcement, 1)."""

    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="freshness")
    fed_at = models.DateTimeField()
    snapshot = models.BigIntegerField()
