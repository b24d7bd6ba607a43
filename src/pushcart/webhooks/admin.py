from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from pushcart.webhooks.models import Delivery

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """What is owed to endpoints, and what arrived: to look."""

    list_display = ("id", "event", "endpoint", "state", "attempts", "due_at", "delivered_at")
    list_filter = ("state",)
    search_fields = ("event__cart_hash", "endpoint__url")
    list_select_related = ("event", "endpoint")
    show_full_result_count = False
    fields = readonly_fields = (*list_display, "number", "upc", "first_at")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _delivery: Any = None) -> bool:
        return False
