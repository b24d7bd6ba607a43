"""What the index follows, besides stock: that something changed which decides where a product can be bought."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from pushcart.inventory.models import Xid


class Change(models.Model):
    """Written by the database itself, in the transaction of the change (see `index/triggers.py`), kept for an hour.

    NOTIFY `pushcart_places` says that there are some.
    """

    class About(models.TextChoices):
        STORE = "store"  # the store `key`
        COMPANY = "company"  # all stores of the company `key`
        BRAND = "brand"  # whom the brand `key` shows
        PRODUCTS = "products"
        KEYS = "keys"  # API keys

    about = models.CharField(max_length=10, choices=About)
    key = models.BigIntegerField()
    at = models.DateTimeField(db_default=Now())  # the machine's time
    xid = Xid(db_default=models.Func(function="pg_current_xact_id"))

    class Meta:
        indexes = [models.Index(fields=["xid", "id"], name="locator_change_order")]

    def __str__(self) -> str:
        return f"{self.about} {self.key}"
