from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from pushcart.inventory.models import Import

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """What came in: to look. A held one is released by `pushcart feed release`."""

    list_display = ("id", "company", "source", "state", "rows", "changed", "refused_count", "started_at", "error")
    list_filter = ("state", "company")
    search_fields = ("source",)
    fields = readonly_fields = (*list_display, "repaired_count", "finished_at", "refused", "repaired")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _feed: Any = None) -> bool:
        return False
