"""Places where an order can be fulfilled: address, hours, what they offer and the tax they charge."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from pushcart.companies.models import Company
from pushcart.kit import clock
from pushcart.stores.hours import OpeningTimes

# Where a price on the shelf is without the tax that the till adds; everywhere else it is the price to pay.
_TAXED_AT_THE_TILL = frozenset({"US", "CA", "PR", "GU", "VI", "AS", "MP"})


class Store(models.Model):
    company = models.ForeignKey(Company, models.CASCADE, related_name="stores")
    number = models.CharField(max_length=40)  # the retailer's own: vendor_id on the wire, `store` in feeds
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200)
    city = models.CharField(max_length=100)
    state = models.CharField(max_length=60, blank=True)
    zip = models.CharField(max_length=20)
    country = models.CharField(max_length=2, default="US")
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)  # its staff's
    lat = models.FloatField()
    lng = models.FloatField()
    timezone = models.CharField(max_length=60)  # IANA
    hours = models.CharField(max_length=1000)  # OpenStreetMap's opening_hours
    closed = models.BooleanField(default=False)
    # Pieces of each product that stay for the shoppers in the store: nobody else is promised them.
    safety_stock = models.PositiveIntegerField(default=0, db_default=0)

    tax_included = models.BooleanField(
        null=True, blank=True
    )  # whether its prices hold the tax; null: as its country does

    # What the retailer activated here.
    pushcart = models.BooleanField(default=False)
    bopis = models.BooleanField(default=True)
    ropis = models.BooleanField(default=True)
    curbside = models.BooleanField(default=False)
    delivery = models.BooleanField(default=False)
    delivery_radius_km = models.FloatField(default=0)
    delivery_fee = models.BigIntegerField(default=0)  # minor units of the company's currency
    delivery_lead_minutes = models.IntegerField(default=60)
    delivery_hours = models.CharField(max_length=1000, blank=True)  # when it drives out; empty: while it is open
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "number"], name="stores_number"),
            models.CheckConstraint(
                condition=Q(lat__gte=-90, lat__lte=90, lng__gte=-180, lng__lte=180), name="stores_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(delivery_fee__gte=0, delivery_radius_km__gte=0, delivery_lead_minutes__gte=0),
                name="stores_delivery",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def prices_include_tax(self) -> bool:
        """Whether what a product costs here holds the sales tax already."""
        return self.country not in _TAXED_AT_THE_TILL if self.tax_included is None else self.tax_included

    @property
    def opening_times(self) -> OpeningTimes:
        """When it is open.

        Raises:
            HoursError: what is stored can't be used; `save_store` lets no such store in.
        """
        return OpeningTimes(self.hours, self.timezone, self.country, self.state)


class TaxRate(models.Model):
    """The local sales tax that a store charges from a moment on. Buy it Locally asks for one (the announcement, 1)."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="tax_rates")
    rate = models.DecimalField(max_digits=7, decimal_places=5)  # 0.07250 is 7.25 %
    valid_from = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "valid_from"], name="stores_one_rate_at_a_time"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lt=Decimal(1)), name="stores_rate"),
        ]

    def __str__(self) -> str:
        return f"{self.rate * 100:f} %"
