from __future__ import annotations

from django.contrib import admin

from pushcart.notifications.models import Notice


@admin.register(Notice)
class NoticeAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    list_display = ("created_at", "kind", "channel", "recipient", "cart", "state", "attempts", "error")
    list_filter = ("state", "channel", "kind")
    search_fields = ("recipient", "cart__hash")
    raw_id_fields = ("cart", "company")
    date_hierarchy = "created_at"
