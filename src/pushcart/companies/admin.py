"""The back office's view of companies. Secrets are never shown here: keys are made and shown by `pushcart key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError

from pushcart.companies.actions.invite_owner import invite_owner
from pushcart.companies.actions.revoke_key import revoke_key
from pushcart.companies.domains import domain_of
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import ApiKey, Company, Dealer, Endpoint, Membership, Person, Site, StripeAccount

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


class SiteForm(forms.ModelForm):  # type: ignore[type-arg]  # these take none when they run
    def clean_domain(self) -> str:
        try:
            return domain_of(self.cleaned_data["domain"])
        except CompanyError as error:
            raise ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any] | None:
        company = self.cleaned_data.get("company")
        if company is not None and company.kind != Company.Kind.BRAND:
            raise ValidationError("Shoppers order on the sites of brands: a retailer has none.")
        return super().clean()


class SiteInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Site
    form = SiteForm
    extra = 0


class MembershipInline(admin.TabularInline):  # type: ignore[type-arg]
    model = Membership
    extra = 0
    raw_id_fields = ("person",)


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "kind", "country", "currency", "email", "created_at")
    list_filter = ("kind", "country")
    search_fields = ("name", "slug", "email")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (SiteInline, MembershipInline)
    # What a retailer enters on Stripe's pages is changed there.
    readonly_fields = ("billing_card_brand", "billing_card_last4", "billing_checked_at")
    exclude = ("billing_payment_method", "billing_customer", "billing_session")
    actions = ("invite",)

    @admin.action(description="Mail the owners their link to the set-up page")
    def invite(self, request: HttpRequest, companies: QuerySet[Company]) -> None:
        for company in companies:
            try:
                invite_owner(company)
            except CompanyError as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(Dealer)
class DealerAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("brand", "retailer", "authorized")
    list_filter = ("authorized", "brand")
    search_fields = ("brand__name", "retailer__name")


@admin.register(Person)
class PersonAdmin(UserAdmin):  # type: ignore[type-arg]
    inlines = (MembershipInline,)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("name", "company", "test", "created_at", "revoked_at")
    list_filter = ("test", "company")
    search_fields = ("name", "company__name")
    fields = readonly_fields = ("company", "name", "test", "created_at", "revoked_at")
    actions = ("revoke",)

    @admin.action(description="Revoke the chosen keys, for good and at once")
    def revoke(self, _request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        for key in keys:
            revoke_key(key)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _key: Any = None) -> bool:
        return False


@admin.register(StripeAccount)
class StripeAccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """As Stripe tells it: changed there, not here."""

    list_display = ("company", "account_id", "charges_enabled", "disabled_reason", "deauthorized_at", "synced_at")
    list_filter = ("charges_enabled",)
    search_fields = ("company__name", "account_id")
    fields = readonly_fields = list_display

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A URL is connected, changed and paused by its owner: each has to answer a signed check before it is used."""

    list_display = ("url", "company", "test", "body", "state", "state_since", "state_reason", "behind_since")
    list_filter = ("state", "test", "body")
    search_fields = ("url", "company__name")
    fields = readonly_fields = (*list_display, "event_types", "created_at")

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False
