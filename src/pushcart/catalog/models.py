"""Products by GTIN."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.companies.models import Company


class Product(models.Model):
    upc = models.CharField(max_length=14, unique=True)  # canonical: see pushcart.catalog.gtin
    brand = models.ForeignKey(Company, models.CASCADE, related_name="products")
    name = models.CharField(max_length=200)
    style = models.CharField(max_length=80, blank=True)
    color = models.CharField(max_length=60, blank=True)
    size = models.CharField(max_length=40, blank=True)
    vendor_sku = models.CharField(max_length=80, blank=True)
    image = models.URLField(max_length=500, blank=True)
    msrp = models.BigIntegerField(null=True, blank=True)  # minor units of the brand's currency

    def __str__(self) -> str:
        return f"{self.upc} {self.name}"


class BlockedPath(models.Model):
    """A way in which a product may not be bought: what the law or the brand leaves to the counter is "ROPIS only".

    Where BOPIS is blocked, curbside is too: it is a pickup.
    """

    class Path(models.TextChoices):
        BOPIS = "bopis"
        ROPIS = "ropis"
        DELIVERY = "delivery"

    product = models.ForeignKey(Product, models.CASCADE, related_name="blocked_paths")
    path = models.CharField(max_length=10, choices=Path)
    # In this retailer's stores alone; none: everywhere.
    retailer = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="blocked_paths")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product", "path", "retailer"], nulls_distinct=False, name="catalog_blocked_once"
            ),
            models.CheckConstraint(condition=Q(path__in=["bopis", "ropis", "delivery"]), name="catalog_blocked_path"),
        ]

    def __str__(self) -> str:
        return f"no {self.path} for {self.product}"
