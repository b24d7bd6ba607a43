"""A shopper on a brand's site for a while: where the shopper is, and what lies in the basket (decision 0106)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.companies.models import Company
from pushcart.kit import clock, ids
from pushcart.stores.models import Store


class Visit(models.Model):
    """Found by the keyed hash of its session id, which the shopper's page alone holds. Dropped a day after its use."""

    class Path(models.TextChoices):
        BOPIS = "bopis"
        ROPIS = "ropis"
        DELIVERY = "delivery"

    brand = models.ForeignKey(Company, models.CASCADE, related_name="visits")
    test = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32)
    begun_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(default=clock.now)

    # Where the shopper is, once chosen.
    lat = models.FloatField(null=True)
    lng = models.FloatField(null=True)
    place = models.CharField(max_length=120, blank=True)  # "Austin, TX"
    zip = models.CharField(max_length=20, blank=True)
    country = models.CharField(max_length=2, blank=True)

    # The basket. Its hash is renewed with each order; those ordered stand in `ordered`: {hash: [hashes of its carts]}.
    hash = models.CharField(max_length=16, default=ids.short_hash)
    origin = models.CharField(max_length=253, blank=True)  # the site's domain
    path = models.CharField(max_length=10, choices=Path, default=Path.BOPIS)
    shopper = models.JSONField(default=dict)  # as of `carts.order.Shopper`, what was given of it
    ordered = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["digest", "brand", "test"], name="visits_one_session"),
            models.CheckConstraint(condition=Q(path__in=["bopis", "ropis", "delivery"]), name="visits_path"),
            models.CheckConstraint(
                condition=Q(lat=None, lng=None) | Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180),
                name="visits_on_earth",
            ),
        ]
        indexes = [models.Index(fields=["used_at"], name="visits_old")]

    def __str__(self) -> str:
        return f"{self.hash} on {self.origin or self.brand}"


class Item(models.Model):
    """A product of one store in the basket, with the price that the shopper was shown."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="items")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    upc = models.CharField(max_length=14)
    qty = models.IntegerField(default=1)
    price = models.BigIntegerField()  # minor units of the store's currency
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "store", "upc"], name="visits_item_once"),
            models.CheckConstraint(condition=Q(qty__gte=1, qty__lte=99, price__gte=0), name="visits_item"),
        ]

    def __str__(self) -> str:
        return f"{self.qty} of {self.upc}"
