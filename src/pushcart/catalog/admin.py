from __future__ import annotations

from django.contrib import admin
from django.db import models

from pushcart.catalog.models import Product


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # it takes none when it runs
    list_display = ("upc", "name", "color", "size", "brand", "msrp")
    list_filter = ("brand",)
    search_fields = ("upc", "name", "style", "vendor_sku")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
