"""The order: a cart for one store, its lines, and the document in which everybody sees it."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q

from pushcart.carts.states import LINE, UNDECIDED
from pushcart.companies.models import Company
from pushcart.kit import clock, ids
from pushcart.stores.models import Store


def _text(length: int = 120) -> models.CharField[str, str]:
    return models.CharField(max_length=length, blank=True, default="")


def _amount() -> models.BigIntegerField[int, int]:
    return models.BigIntegerField(default=0)


def _shopper_token() -> str:
    return secrets.token_urlsafe(24)


class Basket(models.Model):
    """What a shopper sent off at once: one cart for each of its stores, all of them ordered or none."""

    brand = models.ForeignKey(Company, models.PROTECT, related_name="baskets")
    test = models.BooleanField(default=False)
    # A keyed hash of all that was sent, the card's token included: the same again is the same click (decision 0045).
    fingerprint = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["fingerprint", "created_at"], name="carts_same_basket")]

    def __str__(self) -> str:
        return f"basket {self.pk}"


class Cart(models.Model):
    """Money is in minor units of `currency`. A cart without `ordered_at` is still being placed, or was refused."""

    class Path(models.TextChoices):
        BOPIS = "bopis"  # buy online, pick up in store
        ROPIS = "ropis"  # reserve online, pay in store: no card
        DELIVERY = "delivery"  # from the store, the same day

    class Workflow(models.TextChoices):
        PUSHCART = "pushcart"  # pushed to the retailer's own order system
        STANDARD = "standard"  # Buy it Locally's own: staff decide by a signed link

    hash = models.CharField(max_length=16, unique=True, default=ids.short_hash)
    basket = models.ForeignKey(Basket, models.PROTECT, null=True, related_name="carts")
    shopper_token = models.CharField(max_length=40, unique=True, default=_shopper_token)  # opens the shopper's page
    retailer = models.ForeignKey(Company, models.PROTECT, related_name="carts")
    brand = models.ForeignKey(Company, models.PROTECT, related_name="carts_of_its_sites")
    store = models.ForeignKey(Store, models.PROTECT, related_name="carts")
    test = models.BooleanField(default=False)
    workflow = models.CharField(max_length=10, choices=Workflow)
    path = models.CharField(max_length=10, choices=Path)
    origin = _text(253)
    locale = _text(20)
    currency = models.CharField(max_length=3)
    # Derived from the lines with each change, for lists and filters; empty while it is being placed.
    status = _text(20)
    sequence = models.IntegerField(default=0)

    created_at = models.DateTimeField(default=clock.now)
    ordered_at = models.DateTimeField(null=True)
    respond_by = models.DateTimeField(null=True)  # null once every line is decided
    remind_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(default=clock.now)

    card_brand, card_last4 = _text(20), _text(4)
    fulfillment_url = _text(500)
    muted = models.BooleanField(default=False)  # mute_comms: the site that ordered writes to its shopper itself

    first_name, last_name, email, phone = _text(), _text(), _text(254), _text(30)
    address, address_2, city, state, zip, country = _text(200), _text(200), _text(), _text(60), _text(20), _text(2)
    delivery_first_name, delivery_last_name, delivery_phone = _text(), _text(), _text(30)
    delivery_address, delivery_address_2, delivery_city = _text(200), _text(200), _text()
    delivery_state, delivery_zip, delivery_country = _text(60), _text(20), _text(2)
    delivery_instructions = _text(500)
    delivery_from = models.DateTimeField(null=True)  # the promised window
    delivery_until = models.DateTimeField(null=True)
    curbside = models.BooleanField(default=False)
    car = _text(200)  # what the clerk looks for in the car park

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(path__in=["bopis", "ropis", "delivery"]), name="carts_path"),
            models.CheckConstraint(condition=Q(sequence__gte=0), name="carts_sequence"),
        ]
        indexes = [
            models.Index(fields=["retailer", "test", "-ordered_at", "-id"], name="carts_of_retailer"),
            models.Index(fields=["brand", "test", "-ordered_at", "-id"], name="carts_of_brand"),
            models.Index(fields=["respond_by"], name="carts_due", condition=Q(respond_by__isnull=False)),
            models.Index(fields=["remind_at"], name="carts_to_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["created_at"], name="carts_being_placed", condition=Q(ordered_at=None)),
        ]

    def __str__(self) -> str:
        return self.hash


# A decided line whose money has not followed yet: a charge, a release or a refund is asked for, or still to be.
OWING = (
    Q(held__gt=0) & ~Q(status__in=("placing", *UNDECIDED))
    | Q(status="confirmed", captured=0, authorised__gt=0)
    | Q(refunding__gt=0)
)


class Line(models.Model):
    """After every event: authorised = held + captured + released, and captured = kept + refunded."""

    cart = models.ForeignKey(Cart, models.PROTECT, related_name="lines")
    position = models.IntegerField()
    upc = models.CharField(max_length=14)
    name, brand, vendor_sku, image = _text(200), _text(), _text(80), _text(500)
    qty = models.IntegerField()
    price_per_unit, tax_per_unit = _amount(), _amount()
    subtotal, tax, shipping, total = (
        _amount(),
        _amount(),
        _amount(),
        _amount(),
    )  # shipping: its part of the delivery fee
    tax_included = models.BooleanField(default=False)  # the price holds the tax: the total does not add it
    status = models.CharField(max_length=20, default=LINE.initial)
    reason, message, fulfillment_url = _text(500), _text(500), _text(500)
    authorised, held, captured, released = _amount(), _amount(), _amount(), _amount()
    refunding, kept, refunded, tax_refunded = _amount(), _amount(), _amount(), _amount()
    qty_refunding = models.PositiveIntegerField(default=0)  # pieces on their way back, and given back
    qty_refunded = models.PositiveIntegerField(default=0)
    disputed = _amount()  # of what is kept: taken away while the shopper's bank decides
    lost = _amount()  # of what is refunded: by a dispute
    stock_snapshot = models.BigIntegerField(
        null=True
    )  # what `inventory`'s take returned, for give_back; null: given back or never taken
    fulfilled_at = models.DateTimeField(null=True)  # where a refund that fails late takes the line back to
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cart", "upc"], name="carts_one_line_per_upc"),
            models.CheckConstraint(condition=Q(status__in=LINE.states), name="carts_line_status"),
            models.CheckConstraint(
                condition=Q(qty__gt=0, qty_refunding__gte=0, qty_refunded__gte=0)
                & Q(qty__gte=F("qty_refunding") + F("qty_refunded")),
                name="carts_line_qty",
            ),
            models.CheckConstraint(
                condition=Q(subtotal=F("price_per_unit") * F("qty"))
                & (
                    Q(tax_included=False, total=F("subtotal") + F("tax") + F("shipping"))
                    | Q(tax_included=True, total=F("subtotal") + F("shipping"), tax__lte=F("subtotal"))
                ),
                name="carts_line_sum",
            ),
            models.CheckConstraint(
                condition=Q(authorised=F("held") + F("captured") + F("released")), name="carts_line_authorised"
            ),
            models.CheckConstraint(condition=Q(captured=F("kept") + F("refunded")), name="carts_line_captured"),
            models.CheckConstraint(
                condition=Q(held__gte=0, captured__gte=0, released__gte=0, kept__gte=0, refunded__gte=0)
                & Q(refunding__gte=0, refunding__lte=F("kept"))
                & Q(tax_refunded__gte=0, tax_refunded__lte=F("tax"))
                & Q(disputed__gte=0, disputed__lte=F("kept"), lost__gte=0, lost__lte=F("refunded")),
                name="carts_line_not_negative",
            ),
            # Nothing is captured on a line that was not accepted.
            models.CheckConstraint(
                condition=Q(captured=0) | Q(status__in=["confirmed", "fulfilled", "partially_refunded", "refunded"]),
                name="carts_line_captured_only_if_confirmed",
            ),
        ]
        indexes = [
            models.Index(fields=["cart", "position"], name="carts_lines_in_order"),
            models.Index(fields=["updated_at"], name="carts_lines_owing", condition=OWING),
            models.Index(fields=["cart"], name="carts_lines_being_placed", condition=Q(status="placing")),
        ]

    def __str__(self) -> str:
        return f"{self.upc}, {self.status}"


class Document(models.Model):
    """The cart object as it stood at one sequence, rendered once: the API serves it and the webhook sends it."""

    pk = models.CompositePrimaryKey("cart_id", "sequence")
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="documents")
    sequence = models.IntegerField()
    body = models.TextField()  # JSON

    def __str__(self) -> str:
        return f"{self.cart_id} at {self.sequence}"
