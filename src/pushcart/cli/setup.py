"""`pushcart setup show|link|mail|account|check COMPANY`: a retailer's Buy it Locally, by the operator's hand."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from pushcart.cli.asking import company_called, stop

setup = typer.Typer(help="Buy it Locally of a retailer: tax rates, Stripe account, card.", no_args_is_help=True)

_Slug = Annotated[str, typer.Argument(metavar="COMPANY", help="The retailer's short name.")]


@setup.command()
def show(company: _Slug) -> None:
    """Says how the three steps stand, and why."""
    from pushcart.payments.buy_it_locally import steps_of

    steps, console = steps_of(company_called(company, kind="retailer")), Console(highlight=False)
    for name, step in (("tax rates", steps.rates), ("account", steps.account), ("card", steps.card)):
        console.print(f"{name:10} {step.word:10} {step.told}", soft_wrap=True)
    console.print(f"Shoppers can order from {steps.selling} of {len(steps.shops)} stores.")


@setup.command()
def link(company: _Slug) -> None:
    """Prints the link of the owner's set-up page: whoever has it can change the settings, for a week."""
    from pushcart.companies.owner_link import setup_url

    print(setup_url(company_called(company, kind="retailer")))


@setup.command()
def mail(company: _Slug) -> None:
    """Has that link mailed to the owner."""
    from pushcart.companies.actions.invite_owner import invite_owner
    from pushcart.companies.errors import CompanyError

    try:
        invite_owner(found := company_called(company, kind="retailer"))
    except CompanyError as error:
        stop(str(error))
    Console(highlight=False).print(f"The link goes to {found.email}.")


@setup.command()
def account(
    company: _Slug,
    account_id: Annotated[str, typer.Argument(metavar="ACCOUNT", help="acct_… that lets the platform act for it.")],
) -> None:
    """Connects an account in place of the one that a retailer has."""
    from pushcart.eligibility.actions.renew_company import renew_company
    from pushcart.payments.actions.connect import connect
    from pushcart.payments.errors import PaymentsError

    found = company_called(company, kind="retailer")
    try:
        connect(found, account_id, found.email, found.country)
    except PaymentsError as error:
        stop(str(error))
    renew_company(found.pk)
    show(company)


@setup.command()
def check(company: _Slug) -> None:
    """Asks Stripe how the account and the card stand, and says it."""
    from pushcart.eligibility.actions.renew_company import renew_company
    from pushcart.payments.actions.sync_account import sync_account
    from pushcart.payments.actions.take_card import take_card
    from pushcart.payments.errors import PaymentsError

    found = company_called(company, kind="retailer")
    try:
        take_card(found)
        sync_account(found)
    except PaymentsError as error:
        stop(str(error))
    renew_company(found.pk)
    show(company)
