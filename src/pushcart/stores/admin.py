from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms import ModelForm

from pushcart.stores.hours import HoursError, OpeningTimes
from pushcart.stores.models import Store, TaxRate


class StoreForm(ModelForm):  # type: ignore[type-arg]  # it takes none when it runs
    """A store whose hours can be read where it stands."""

    def clean(self) -> None:
        super().clean()
        said = self.cleaned_data
        try:
            OpeningTimes(
                said.get("hours", ""), said.get("timezone", ""), said.get("country", ""), said.get("state", "")
            )
        except HoursError as error:
            raise ValidationError({"hours": str(error)}) from None


class TaxRateInline(admin.TabularInline):  # type: ignore[type-arg]
    model = TaxRate
    extra = 0


@admin.register(Store)
class StoreAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = StoreForm
    list_display = ("name", "number", "company", "city", "state", "timezone", "pushcart", "closed")
    list_filter = ("company", "pushcart", "closed", "country")
    search_fields = ("name", "number", "city", "zip")
    inlines = (TaxRateInline,)
