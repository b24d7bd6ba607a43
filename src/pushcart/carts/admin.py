"""The back office's view of orders and of the holds behind them: to look, never to touch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.html import format_html

from pushcart.carts.models import Cart, Line
from pushcart.carts.queries import document_of
from pushcart.kit.money import major
from pushcart.payments.models import Hold, Refund

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString


if TYPE_CHECKING:
    _CartAdmin = admin.ModelAdmin[Cart]
    _HoldAdmin = admin.ModelAdmin[Hold]
    _Lines = admin.TabularInline[Line, Cart]
    _Refunds = admin.TabularInline[Refund, Hold]
else:  # Django's own classes take no parameters
    _CartAdmin = _HoldAdmin = admin.ModelAdmin
    _Lines = _Refunds = admin.TabularInline


class _ReadOnly:
    """Rows change through actions alone: by hand, money and documents would no longer agree with them."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class LineInline(_ReadOnly, _Lines):
    model = Line
    fields = (
        *("upc", "name", "qty", "status", "reason", "total"),
        *("authorised", "held", "captured", "released", "kept", "refunding", "refunded"),
        "updated_at",
    )
    ordering = ("position",)


@admin.register(Cart)
class CartAdmin(_ReadOnly, _CartAdmin):
    list_display = ("hash", "status", "retailer", "store", "path", "workflow", "ordered_at", "respond_by", "test")
    list_filter = ("status", "path", "workflow", "test", "retailer")
    list_select_related = ("retailer", "store")
    search_fields = ("hash__iexact", "email__iexact", "lines__upc__exact")
    date_hierarchy = "ordered_at"
    inlines = (LineInline,)
    # What opens the shopper's page is the shopper's alone.
    exclude = ("shopper_token",)
    readonly_fields = ("document",)

    @admin.display(description="Document")
    def document(self, cart: Cart) -> SafeString:
        body = document_of(cart).replace(cart.shopper_token, "…") if cart.sequence else "none yet"
        return format_html("<pre>{}</pre>", body)


class RefundInline(_ReadOnly, _Refunds):
    model = Refund
    fields = ("amount", "state", "stripe_id", "failure_message", "created_at", "called_at")


@admin.register(Hold)
class HoldAdmin(_ReadOnly, _HoldAdmin):
    list_display = ("id", "line_id", "company", "state", "sum", "failure_code", "called_at", "capture_before", "test")
    list_filter = ("state", "test", "company")
    list_select_related = ("company",)
    search_fields = ("intent_id__exact", "line_id__exact")
    inlines = (RefundInline,)
    # Secrets of the shopper's card until they are used.
    exclude = ("sealed_token", "sealed_card")

    @admin.display(description="amount")
    def sum(self, hold: Hold) -> str:
        return f"{major(hold.amount, hold.currency)} {hold.currency.upper()}"
