"""The demo network: a brand, a hardware chain with twelve stores and its own order system, and a smaller retailer.

`network.json` in the sandbox's folder tells every program and person of it what can't be known before:

    {"keys": {"brand", "brand_test", "hardware", "hardware_test", "outdoor"},
     "webhook_secrets": {"live", "test"},            of the order system's endpoint, `whsec_…`
     "companies": {"brand", "hardware", "outdoor"},  ids
     "since": time,                                  when it was built: by that a database is known
     "host_domain": "www.emberoak.example",
     "stores": [{"id", "number", "name", "city", "company", "timezone"}],
     "products": [{"upc", "name", "price"}],         price as a decimal text
     "people": {"operator": {"email", "password"}},
     "urls": {"web", "api", "admin", "order_system", "webhook"},
     "feeds": {"hardware": path, "outdoor": path}}   the files that its stock was fed from
"""

from __future__ import annotations

import io
import json
import os
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import httpx
from django.conf import settings

from pushcart.catalog.actions.save_product import save_product
from pushcart.companies.actions.connect_endpoint import connect_endpoint
from pushcart.companies.actions.create_key import create_key
from pushcart.companies.actions.create_person import create_person
from pushcart.companies.actions.register_site import register_site
from pushcart.companies.actions.show_key import show_key
from pushcart.companies.endpoint_secrets import open_secret
from pushcart.companies.models import Company, Dealer, Endpoint, Person
from pushcart.eligibility.actions.renew_all import renew_all
from pushcart.inventory.actions.import_feed import import_feed
from pushcart.kit.money import major
from pushcart.payments import billing
from pushcart.payments.actions.connect import connect
from pushcart.payments.client import stripe_client
from pushcart.sandbox.goods import GOODS, feed
from pushcart.sandbox.places import HARDWARE, OUTDOOR
from pushcart.stores.actions.save_store import save_store
from pushcart.stores.actions.set_tax_rate import set_tax_rate
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from pathlib import Path

    from pushcart.sandbox.places import Place

HOST_DOMAIN = "www.emberoak.example"
# Another name of this machine, which to a browser is another origin: there the brand's page stands.
BRAND_SITE = "localhost"
_OPERATOR = "operator@pushcart.example"


class NetworkError(RuntimeError):
    """The demo network can't be built or read; the message says why."""


def load() -> dict[str, Any]:
    """What `build` wrote.

    Raises:
        NetworkError: there is none yet.
    """
    try:
        found: dict[str, Any] = json.loads(_file().read_text())
    except FileNotFoundError:
        raise NetworkError("There is no demo network yet: run bin/dev.") from None
    return found


def build() -> dict[str, Any]:
    """Builds the network in the database and the payment double, writes `network.json` and returns what that holds.

    Whatever stands already stays; so a build that broke off can be begun again.

    Raises:
        NetworkError: the payment double does not answer, or a feed of ours did not go in.
    """
    brand = _company("brand", "emberoak", "Ember & Oak Grills", "hello@emberoak.example")
    hardware = _company("retailer", "hammer-hearth", "Hammer & Hearth Hardware", "owner@hammerhearth.example")
    outdoor = _company("retailer", "cedar-sons", "Cedar & Sons Outdoor", "owner@cedarsons.example")
    for domain in (HOST_DOMAIN, BRAND_SITE):
        register_site(brand, domain)
    for good in GOODS:
        details = {"style": good.style, "color": good.color, "size": good.size, "vendor_sku": good.sku}
        save_product(brand, good.upc, name=good.name, msrp=good.msrp, **details)
    for retailer, places, pushcart in ((hardware, HARDWARE, True), (outdoor, OUTDOOR, False)):
        Dealer.objects.get_or_create(brand=brand, retailer=retailer)
        _buy_it_locally(retailer)
        for place in places:
            _store(retailer, place, pushcart=pushcart)
    endpoints = {mode: _endpoint(hardware, test=mode == "test") for mode in ("live", "test")}
    network = _described(brand, hardware, outdoor, endpoints)
    for retailer, name in ((hardware, "hardware"), (outdoor, "outdoor")):
        network["feeds"][name] = str(_fed(retailer, name))
    renew_all()
    _write(network)
    return network


def _company(kind: str, slug: str, name: str, email: str) -> Company:
    company, _ = Company.objects.get_or_create(slug=slug, defaults={"kind": kind, "name": name, "email": email})
    return company


def _buy_it_locally(retailer: Company) -> None:
    """A connected account that can charge, and a card for the network's own bills: both at the payment double."""
    client = stripe_client(test=False)
    account = connect(retailer, None, retailer.email, retailer.country)
    if not account.charges_enabled:
        # What the retailer's owner does on Stripe's own pages.
        onboarding = f"{settings.STRIPE_API_BASE}/_double/accounts/{account.account_id}/onboard"
        answered = httpx.post(onboarding, json={}, timeout=30, trust_env=False)
        if not answered.is_success:
            raise NetworkError(f"The payment double does not onboard {retailer}: {answered.text}")
        account = connect(retailer, None, retailer.email, retailer.country)
    if not account.charges_enabled:
        raise NetworkError(f"{retailer}'s Stripe account can't charge: {account.disabled_reason or 'unknown why'}.")
    if not retailer.billing_payment_method:
        customer = client.v1.customers.create(params={"name": retailer.name, "email": retailer.email})
        card = client.v1.payment_methods.attach("pm_card_visa", params={"customer": customer.id})
        Company.objects.filter(pk=retailer.pk).update(billing_customer=customer.id)
        billing.keep(retailer, card)


def _store(retailer: Company, place: Place, *, pushcart: bool) -> Store:
    at = {"lat": place.lat, "lng": place.lng, "timezone": place.timezone, "hours": place.hours}
    address = {"address": place.address, "city": place.city, "state": place.state, "zip": place.zip}
    email = f"store-{place.number}@{retailer.slug.replace('-', '')}.example"
    contact = {"name": place.name, "phone": place.phone, "email": email, "pushcart": pushcart}
    store = save_store(retailer, place.number, **at, **address, **contact, **place.offers)
    if not store.tax_rates.exists():
        set_tax_rate(store, Decimal(place.tax) / 100)
    return store


def _endpoint(retailer: Company, *, test: bool) -> Endpoint:
    known = Endpoint.objects.filter(company=retailer, test=test).first()
    return known or connect_endpoint(retailer, f"{_order_system()}/webhooks/pushcart", test=test)


def _fed(retailer: Company, name: str) -> Path:
    """Feeds the stores from a file that stays, to be changed and fed again by hand."""
    numbers = Store.objects.filter(company=retailer).order_by("pk").values_list("number", flat=True)
    path = _file().parent / "feeds" / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(feed(numbers))
    done = import_feed(retailer, io.BytesIO(path.read_bytes()), source=path.name, force=True)
    if done.state != done.State.DONE or done.refused:
        raise NetworkError(f"The feed of {retailer} did not go in: {done.error or done.refused}")
    return path


def _described(brand: Company, hardware: Company, outdoor: Company, endpoints: dict[str, Endpoint]) -> dict[str, Any]:
    names = {"brand": brand, "hardware": hardware, "outdoor": outdoor}
    stores = Store.objects.filter(company__in=names.values()).select_related("company").order_by("pk")
    keys = {name: _key(company, test=False) for name, company in names.items()}
    keys |= {f"{name}_test": _key(names[name], test=True) for name in ("brand", "hardware")}
    return {
        "keys": keys,
        "webhook_secrets": {mode: open_secret(each.sealed_secrets[0]) for mode, each in endpoints.items()},
        "companies": {name: company.pk for name, company in names.items()},
        "since": brand.created_at.isoformat(),
        "host_domain": HOST_DOMAIN,
        "stores": [
            {
                "id": store.pk,
                "number": store.number,
                "name": store.name,
                "city": store.city,
                "company": store.company.name,
                "timezone": store.timezone,
            }
            for store in stores
        ],
        "products": [{"upc": g.upc, "name": g.name, "price": str(major(g.msrp, brand.currency))} for g in GOODS],
        "people": {"operator": {"email": _OPERATOR, "password": _operator()}},
        "urls": {
            "web": settings.PUBLIC_URL,
            "api": f"{settings.PUBLIC_URL}/api/v2/docs",
            "admin": f"{settings.PUBLIC_URL}/admin/",
            "order_system": _order_system(),
            "webhook": endpoints["live"].url,
        },
        "feeds": {},
    }


def _key(company: Company, *, test: bool) -> str:
    name = "Sandbox (test)" if test else "Sandbox"
    known = company.api_keys.filter(name=name, test=test, revoked_at=None).first()
    return show_key(known) if known else create_key(company, name, test=test)[1]


def _operator() -> str:
    """A password drawn anew at each build: only its hash is kept in the database."""
    password = secrets.token_urlsafe(12)
    person = Person.objects.filter(username=_OPERATOR).first()
    if person is None:
        create_person(_OPERATOR, role="operator", password=password)
    else:
        person.set_password(password)
        person.save(update_fields=["password"])
    return password


def _order_system() -> str:
    return os.environ.get("PUSHCART_ORDER_SYSTEM_URL", f"http://127.0.0.1:{settings.PORT + 3}")


def _file() -> Path:
    folder: Path = settings.VAR / "sandbox"
    return folder / "network.json"


def _write(network: dict[str, Any]) -> None:
    """For its owner alone, and whole or not at all: whoever finds it knows that the network stands."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(network, indent=2) + "\n")
    fresh.replace(path)
