from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from pushcart.inventory.models import HostedFeed, Import

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(Import)
class ImportAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    """What came in: to look. A held one is released or discarded by its owner, or by `pushcart feed`."""

    list_display = (
        "id",
        "company",
        "source",
        "by",
        "mode",
        "state",
        "rows",
        "changed",
        "refused_count",
        "started_at",
        "error",
    )
    list_filter = ("state", "company")
    search_fields = ("source",)
    fields = readonly_fields = (*list_display, "decided_by", "repaired_count", "finished_at", "refused", "repaired")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _feed: Any = None) -> bool:
        return False


@admin.register(HostedFeed)
class HostedFeedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Feeds on retailers' own servers; `pushcart feed host` adds and changes them, and asks for the password."""

    list_display = ("url", "company", "store", "mode", "every_minutes", "fetched_at", "due_at", "failures", "error")
    list_filter = ("company",)
    search_fields = ("url",)
    fields = readonly_fields = (*list_display, "etag", "last_modified", "last_import")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False
