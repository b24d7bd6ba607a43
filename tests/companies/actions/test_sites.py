from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.forms import modelform_factory
from typer.testing import CliRunner

from pushcart.cli.site import site
from pushcart.companies.actions.register_site import register_site
from pushcart.companies.actions.remove_site import remove_site
from pushcart.companies.admin import SiteForm
from pushcart.companies.domains import domain_of
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Site
from tests import network

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ("www.brand.example", "www.brand.example"),
        (" Shop.BRAND.Example. ", "shop.brand.example"),
        ("grill-müller.example", "xn--grill-mller-zhb.example"),
        ("localhost", "localhost"),
        ("a.co", "a.co"),
    ],
)
def test_it_reads_a_domain_as_browsers_say_it(said, domain):
    assert domain_of(said) == domain


@pytest.mark.parametrize(
    "said",
    [
        *(
            "",
            "brand",
            "https://www.brand.example",
            "www.brand.example:8443",
            "www.brand.example/shop",
            "*.brand.example",
        ),
        *(
            "127.0.0.1",
            "-a.example",
            "a-.example",
            "a..example",
            "a b.example",
            f"{'a' * 64}.example",
            "x." * 126 + "ab",
        ),
    ],
)
def test_it_refuses_what_is_no_domain(said):
    with pytest.raises(CompanyError, match=r"is no domain: name the host alone, as in www\.brand\.example"):
        domain_of(said)


def test_it_registers_a_site_once_for_one_brand():
    brand, other = network.brand(slug="ember"), network.brand()
    first = register_site(brand, "Shop.Ember.example")
    assert (first.company, first.domain) == (brand, "shop.ember.example")
    assert register_site(brand, "shop.ember.example") == first
    with pytest.raises(CompanyError, match=r"^shop\.ember\.example is registered for another brand\.$"):
        register_site(other, "shop.ember.example")
    with pytest.raises(CompanyError, match="is a retailer: shoppers order on the sites of brands"):
        register_site(network.retailer(), "www.retailer.example")
    assert sorted(brand.sites.values_list("domain", flat=True)) == ["shop.ember.example", "www.ember.example"]
    assert not Site.objects.filter(domain="www.retailer.example").exists()


def test_it_removes_a_site():
    brand = network.brand(slug="ember")
    remove_site(brand, "WWW.ember.example")
    assert brand.sites.count() == 0
    with pytest.raises(CompanyError, match=r"has no site www\.ember\.example\.$"):
        remove_site(brand, "www.ember.example")


@pytest.mark.parametrize("domain", ["www.Brand.example", "brand", "www.brand.example:80", "127.0.0.1", ""])
def test_the_database_takes_no_other_form(domain):
    brand = network.brand()
    with pytest.raises(IntegrityError, match="companies_site_domain"), transaction.atomic():
        Site.objects.create(company=brand, domain=domain)


def test_the_command_adds_lists_and_removes():
    brand = network.brand(slug="ember", name="Ember & Oak")

    def said(*words):
        result = CliRunner().invoke(site, words)
        return result.exit_code, result.output

    told = f"shop.ember.example is a site of Ember & Oak, whose company id is {brand.pk}.\n"
    assert said("add", "ember", "shop.ember.example") == (0, told)
    assert said("list", "ember") == (0, "shop.ember.example\nwww.ember.example\n")
    assert said("remove", "ember", "www.ember.example") == (
        0,
        "www.ember.example is no site of Ember & Oak any more.\n",
    )
    assert said("add", "ember", "http://x")[0] != 0
    assert said("add", "nobody", "www.x.example")[0] != 0
    assert said("remove", "ember", "www.ember.example")[0] != 0
    assert said("list", "ember") == (0, "shop.ember.example\n")


def test_the_back_office_holds_to_the_same_rules():
    form = modelform_factory(Site, form=SiteForm, fields="__all__")

    def filled(company, domain):
        return form({"company": company.pk, "domain": domain})

    brand = network.brand(slug="ember")
    assert filled(brand, "Shop.Ember.example").save().domain == "shop.ember.example"
    assert "is no domain" in filled(brand, "https://www.new.example").errors["domain"][0]
    assert "already exists" in filled(network.brand(), "WWW.ember.example").errors["domain"][0]
    assert "a retailer has none" in filled(network.retailer(), "www.shop.example").errors["__all__"][0]
