"""The thread between a shopper and the store, one a cart."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from pushcart.carts.models import Cart
from pushcart.kit import clock


class Message(models.Model):
    class Author(models.TextChoices):
        SHOPPER = "shopper"
        STORE = "store"

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="thread")
    author = models.CharField(max_length=10, choices=Author)
    text = models.CharField(max_length=2000)
    written_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="threads_not_empty")]
        indexes = [models.Index(fields=["cart", "written_at"], name="threads_in_order")]
