"""The back office's view of companies. Secrets are never shown here: keys are made and shown by `pushcart key`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import ValidationError

from pushcart.companies.actions.invite_owner import invite_owner
from pushcart.companies.actions.pause_endpoint import pause_endpoint
from pushcart.companies.actions.resume_endpoint import resume_endpoint
from pushcart.companies.actions.revoke_key import revoke_key
from pushcart.companies.domains import domain_of
from pushcart.companies.endpoint_form import EndpointForm
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import ApiKey, Company, Dealer, Endpoint, Membership, Person, Site, StripeAccount
from pushcart.companies.own_headers import open_headers
from pushcart.companies.signing_keys import public_key
from pushcart.kit.states import IllegalMoveError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """A new URL has to answer a signed check before it is used. Secrets are made and shown by `pushcart endpoint`."""

    form = EndpointForm
    list_display = ("url", "company", "test", "body", "state", "state_since", "state_reason", "behind_since")
    list_filter = ("state", "test", "body")
    search_fields = ("url", "company__name")
    readonly_fields = (
        *("company", "test", "state", "state_since", "state_reason", "behind_since", "created_at"),
        *("header_names", "client_certificate_ends", "public_keys"),
    )
    fieldsets = (
        (None, {"fields": ("company", "test", "state", "state_since", "state_reason", "behind_since", "created_at")}),
        ("What comes, and where", {"fields": ("url", "body", "event_types", "folds")}),
        ("How much", {"fields": ("most_at_once", "most_per_minute")}),
        ("Trust", {"fields": ("public_keys", "client_certificate_ends", "certificate", "key", "authorities")}),
        ("Headers", {"fields": ("header_names", "headers")}),
    )
    actions = ("pause", "resume")

    @admin.display(description="Headers of its owner's")
    def header_names(self, endpoint: Endpoint) -> str:
        return ", ".join(open_headers(endpoint.sealed_headers)) or "none"

    @admin.display(description="Public keys (Ed25519)")
    def public_keys(self, endpoint: Endpoint) -> str:
        return ", ".join(map(public_key, endpoint.sealed_signing_keys)) or "none: HMAC alone"

    @admin.action(description="Hold the pushes of the chosen endpoints back")
    def pause(self, request: HttpRequest, endpoints: QuerySet[Endpoint]) -> None:
        self._move(request, endpoints, pause_endpoint)

    @admin.action(description="Use the chosen endpoints again, once they have answered a check")
    def resume(self, request: HttpRequest, endpoints: QuerySet[Endpoint]) -> None:
        self._move(request, endpoints, resume_endpoint)

    def _move(self, request: HttpRequest, endpoints: QuerySet[Endpoint], move: Callable[[int], bool]) -> None:
        for endpoint in endpoints:
            try:
                move(endpoint.pk)
            except IllegalMoveError as refused:
                self.message_user(request, str(refused), messages.ERROR)

    def save_model(self, _request: HttpRequest, _endpoint: Endpoint, form: Any, _change: Any) -> None:
        form.act()

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False
