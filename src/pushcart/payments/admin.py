"""The back office's view of fees, disputes, the ledger and what differs from Stripe's books."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from pushcart.payments.models import Difference, Dispute, FeeRate, JournalEntry, Posting, Reconciliation

if TYPE_CHECKING:
    from django.http import HttpRequest


class _Kept:
    """What was written down stays as it is."""

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class _ReadOnly(_Kept):
    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


@admin.register(FeeRate)
class FeeRateAdmin(_Kept, admin.ModelAdmin):  # type: ignore[type-arg]  # these take none when they run
    """A rate is added and never changed: orders that stand were agreed by it."""

    list_display = ("company", "basis_points", "back_days", "valid_from")
    list_filter = ("company",)
    list_select_related = ("company",)


@admin.register(Dispute)
class DisputeAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("stripe_id", "hold", "state", "status", "reason", "amount", "withdrawn", "evidence_due_at")
    list_filter = ("state", "status", "hold__company")
    list_select_related = ("hold",)
    search_fields = ("stripe_id__exact", "hold__intent_id__exact")
    date_hierarchy = "opened_at"


class PostingInline(_ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Posting


@admin.register(JournalEntry)
class JournalEntryAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("booked_at", "kind", "company", "hold", "currency", "source", "test")
    list_filter = ("kind", "currency", "test", "company")
    list_select_related = ("company", "hold")
    search_fields = ("source__exact", "hold__line_id__exact")
    date_hierarchy = "booked_at"
    inlines = (PostingInline,)


class DifferenceInline(_ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Difference
    fields = ("intent_id", "movement", "cause", "ours", "theirs", "currency", "found_at", "resolved_at")


@admin.register(Reconciliation)
class ReconciliationAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("day", "company", "account_id", "payments", "foreign", "done_at")
    list_filter = ("company",)
    list_select_related = ("company",)
    date_hierarchy = "day"
    inlines = (DifferenceInline,)
