"""Products by GTIN."""

from __future__ import annotations

from django.db import models

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
