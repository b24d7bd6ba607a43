"""`pushcart site add|list|remove`: the domains on which a brand's shoppers order."""

from __future__ import annotations

from typing import Annotated

import typer

from pushcart.cli.asking import company_called, stop

site = typer.Typer(help="Registers the sites of brands.", no_args_is_help=True)

_Slug = Annotated[str, typer.Argument(metavar="BRAND", help="The brand's short name.")]
_Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="As in www.brand.example.")]


@site.command()
def add(brand: _Slug, domain: _Domain) -> None:
    """Lets a domain's pages order for the brand, and prints the id that its pages name."""
    from pushcart.companies.actions.register_site import register_site
    from pushcart.companies.errors import CompanyError

    company = company_called(brand, kind="brand")
    try:
        registered = register_site(company, domain)
    except CompanyError as error:
        stop(str(error))
    print(f"{registered.domain} is a site of {company.name}, whose company id is {company.pk}.")


@site.command("list")
def list_(brand: _Slug) -> None:
    """Lists a brand's sites."""
    for domain in company_called(brand, kind="brand").sites.order_by("domain").values_list("domain", flat=True):
        print(domain)


@site.command()
def remove(brand: _Slug, domain: _Domain) -> None:
    """Takes a domain from a brand, at once."""
    from pushcart.companies.actions.remove_site import remove_site
    from pushcart.companies.errors import CompanyError

    company = company_called(brand, kind="brand")
    try:
        remove_site(company, domain)
    except CompanyError as error:
        stop(str(error))
    print(f"{domain} is no site of {company.name} any more.")
