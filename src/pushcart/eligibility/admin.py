from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from pushcart.eligibility.models import Standing

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Standing)
class StandingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """What each store can take, and why not: it follows from the facts, and is changed by changing those."""

    list_display = ("store", "pushcart", "standard", "since")
    list_filter = ("pushcart", "standard", "store__company")
    search_fields = ("store__name", "store__number")
    fields = readonly_fields = (*list_display, "reasons")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _standing: Any = None) -> bool:
        return False
