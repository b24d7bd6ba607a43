"""The operator's back office opens every list and every form, and shows no secret."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from tests import network


@pytest.fixture
def office(client, db):
    network.cart(status="confirmed")
    operator = network.person(is_staff=True, is_superuser=True)
    client.force_login(operator)
    return client


PUSHCARTS = sorted(
    (model._meta.app_label, model._meta.model_name)
    for model in admin.site._registry
    if model.__module__.startswith("pushcart.")
)


def test_it_knows_what_an_operator_looks_for():
    shown = {name for _, name in PUSHCARTS}
    assert {
        "company",
        "store",
        "product",
        "cart",
        "hold",
        "import",
        "standing",
        "endpoint",
        "apikey",
        "notice",
    } <= shown


@pytest.mark.parametrize(("app", "name"), PUSHCARTS)
def test_it_opens_each_list_and_each_row(office, app, name):
    page = office.get(reverse(f"admin:{app}_{name}_changelist"), {"q": "a"})
    assert page.status_code == 200
    model = next(model for model in admin.site._registry if model._meta.label_lower == f"{app}.{name}")
    row = model._default_manager.first()
    if row is not None:
        page = office.get(reverse(f"admin:{app}_{name}_change", args=[row.pk]))
        assert page.status_code == 200


def test_it_shows_no_secret(office):
    store = network.whole_store()
    key, secret = network.key(store.company)
    endpoint = store.company.endpoints.first()
    for name, row in (("apikey", key), ("endpoint", endpoint)):
        page = office.get(reverse(f"admin:companies_{name}_change", args=[row.pk])).content.decode()
        assert key.name in page or endpoint.url in page
        assert secret not in page
        assert key.sealed not in page
        assert endpoint.sealed_secrets[0] not in page


def test_it_revokes_a_key(office):
    key, _ = network.key(network.retailer())
    chosen = {"action": "revoke", "_selected_action": [key.pk]}
    office.post(reverse("admin:companies_apikey_changelist"), chosen)
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_it_refuses_hours_that_can_not_be_read(office):
    store = network.store()
    form = {**{f.name: getattr(store, f.name) for f in store._meta.fields if f.name not in {"id", "company"}}}
    management = {"tax_rates-TOTAL_FORMS": 0, "tax_rates-INITIAL_FORMS": 0}
    said = {k: v for k, v in form.items() if v not in (False, None)}
    said |= {"company": store.company_id, "hours": "whenever", **management}
    at = said.pop("created_at")
    said |= {"created_at_0": f"{at:%Y-%m-%d}", "created_at_1": f"{at:%H:%M:%S}"}
    page = office.post(reverse("admin:stores_store_change", args=[store.pk]), said)
    assert page.status_code == 200
    assert "hours" in page.context["adminform"].form.errors
    store.refresh_from_db()
    assert store.hours == "Mo-Su 00:00-24:00"
