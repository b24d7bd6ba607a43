"""What happened, append-only, numbered without a gap for each company.

A company's events stand in two streams, one for live orders and one for test orders. The number is drawn from the
stream's row in the transaction that makes the change, so numbers commit in their order: whoever has read up to a number
has missed nothing below it.
"""

from __future__ import annotations

from django.db import models

from pushcart.kit import clock, ids


class Stream(models.Model):
    """The last number given to one company's live or test events."""

    company_id = models.BigIntegerField()
    test = models.BooleanField()
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company_id", "test"], name="events_one_stream")]


def _event_id() -> str:
    return ids.tagged("evt")


class Event(models.Model):
    """One fact, as one company sees it. An order's event stands once for its retailer and once for its brand."""

    uid = models.CharField(max_length=32, unique=True, default=_event_id)
    company_id = models.BigIntegerField()
    test = models.BooleanField()
    number = models.BigIntegerField()
    type = models.CharField(max_length=60)  # carts.confirmed: the package and what happened there
    created_at = models.DateTimeField(default=clock.now)
    # The order it is about, where it is about one, and the number of the document that shows it.
    cart_id = models.BigIntegerField(null=True)
    cart_hash = models.CharField(max_length=16, blank=True)
    sequence = models.IntegerField(null=True)
    # Small facts of the type: {"upcs": [...]} for an order's lines, {"store_id": 3, "reasons": [...]} for a store.
    data = models.JSONField(default=dict)
    # W3C traceparent of the request that made it happen; empty where that had none.
    traceparent = models.CharField(max_length=55, blank=True, default="", db_default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "test", "number"], name="events_numbered"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="events_number_from_one"),
        ]
        indexes = [models.Index(fields=["cart_id", "sequence"], name="events_of_cart")]

    def __str__(self) -> str:
        return f"{self.type} {self.cart_hash} #{self.number}"


class Follower(models.Model):
    """How far a reaction has read one stream. It is moved in the transaction that holds what the reaction did."""

    name = models.CharField(max_length=40)
    company_id = models.BigIntegerField()
    test = models.BooleanField()
    number = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "company_id", "test"], name="events_one_bookmark")]


# Where the chain of a company's first day begins.
START = "0" * 64


class Day(models.Model):
    """One day's events of a stream in one line, by which a company can show that it has them all.

    Each event makes the chain the SHA-256, in hex, of the text `<chain><number>:<event id>`, in the order of numbers; a
    day begins with the chain of the day before. Written once, never changed.
    """

    company_id = models.BigIntegerField()
    test = models.BooleanField()
    day = models.DateField()  # UTC
    first = models.BigIntegerField()  # what follows the last of the day before; without events: last + 1
    last = models.BigIntegerField()
    start = models.CharField(max_length=64)
    chain = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company_id", "test", "day"], name="events_one_digest_a_day"),
            models.CheckConstraint(
                condition=models.Q(first__gte=1, last__gte=models.F("first") - 1), name="events_day_in_order"
            ),
            models.CheckConstraint(
                condition=models.Q(chain__regex="^[0-9a-f]{64}$", start__regex="^[0-9a-f]{64}$"),
                name="events_day_chain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.count} events, {self.first} to {self.last}, {self.chain}"

    @property
    def count(self) -> int:
        return self.last - self.first + 1
