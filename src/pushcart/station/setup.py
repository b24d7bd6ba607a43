"""The owner's set-up page of Buy it Locally: tax rates, Stripe account, card for the network's invoices.

Its link is the proof, and changes nothing by being followed, because mail scanners follow links. Cards and papers are
asked for on Stripe's pages; what comes of those is looked up when their reader comes back (`?back=`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from pushcart.companies.owner_link import OwnerLinkError, company_of, owner_token
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.payments.actions.account_link import account_link
from pushcart.payments.actions.authorize_url import authorize_url
from pushcart.payments.actions.connect import connect
from pushcart.payments.actions.enter_card import enter_card
from pushcart.payments.actions.join import join
from pushcart.payments.actions.remove_card import remove_card
from pushcart.payments.actions.sync_account import sync_account
from pushcart.payments.actions.take_card import take_card
from pushcart.payments.buy_it_locally import steps_of
from pushcart.payments.errors import PaymentsError, StripeUnreachableError
from pushcart.station.rates_said import RatesError, set_rates

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.companies.models import Company


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """How the three steps stand; back from a page of Stripe's, after asking how that went."""
    try:
        company = company_of(token)
    except OwnerLinkError as error:
        return _no_page(request, error)
    back = request.GET.get("back", "")
    if back not in _BACK:
        return _page(request, token, company)
    try:
        _BACK[back](company)
    except PaymentsError as error:
        return _troubled(request, token, company, error)
    renew_company(company.pk)
    return redirect("setup", token=token)


@require_POST
def rates(request: HttpRequest, token: str) -> HttpResponse:
    """Sets a sales tax rate for the chosen stores, from a day on."""
    try:
        company = company_of(token)
        set_rates(company, request.POST)
    except OwnerLinkError as error:
        return _no_page(request, error)
    except RatesError as error:
        return _page(request, token, company, trouble=str(error), status=422)
    renew_company(company.pk)
    return redirect("setup", token=token)


@require_POST
def account(request: HttpRequest, token: str) -> HttpResponse:
    """Leads to Stripe: to a new account, to what is asked of the one there is, or to one that the owner has."""
    try:
        company = company_of(token)
        there = _lead_to_account(request.POST.get("do", ""), company, token)
    except OwnerLinkError as error:
        return _no_page(request, error)
    except PaymentsError as error:
        return _troubled(request, token, company, error)
    return HttpResponseRedirect(there)


@require_POST
def card(request: HttpRequest, token: str) -> HttpResponse:
    """Leads to the page of Stripe's on which the card is entered, or takes the card off."""
    try:
        company = company_of(token)
        if request.POST.get("do") == "remove":
            remove_card(company)
            renew_company(company.pk)
            return redirect("setup", token=token)
        there = enter_card(company, return_url=_url(token, back="card"), cancel_url=_url(token))
    except OwnerLinkError as error:
        return _no_page(request, error)
    except PaymentsError as error:
        return _troubled(request, token, company, error)
    return HttpResponseRedirect(there)


@never_cache
@require_safe
def joined(request: HttpRequest) -> HttpResponse:
    """Where Stripe sends an owner who let the platform act for an existing account, or refused to: one for all."""
    token, code = request.GET.get("state", ""), request.GET.get("code", "")
    try:
        company = company_of(token)
        if code:
            join(company, code)
            renew_company(company.pk)
    except OwnerLinkError as error:
        return _no_page(request, error)
    except PaymentsError as error:
        return _troubled(request, token, company, error)
    return redirect("setup", token=token)


def _lead_to_account(do: str, company: Company, token: str) -> str:
    if do == "existing":
        return authorize_url(state=token, return_url=f"{settings.PUBLIC_URL}{reverse('setup-joined')}")
    if do == "check":
        return _url(token, back="account")
    if do == "new":
        connect(company, None, company.email, company.country)
    # A link that is used up leads back to the page, where there is a fresh one.
    return account_link(company, return_url=_url(token, back="account"), refresh_url=_url(token))


# What is looked up when somebody comes back from Stripe.
_BACK = {"account": sync_account, "card": take_card}


def _url(token: str, *, back: str = "") -> str:
    return f"{settings.PUBLIC_URL}{reverse('setup', args=[token])}" + (f"?back={back}" if back else "")


def _page(request: HttpRequest, token: str, company: Company, *, trouble: str = "", status: int = 200) -> HttpResponse:
    context = {"token": token, "company": company, "trouble": trouble, "steps": steps_of(company)}
    context["feeds"] = owner_token(company, "feeds")
    return render(request, "station/setup.html", context, status=status)


def _troubled(request: HttpRequest, token: str, company: Company, error: PaymentsError) -> HttpResponse:
    status = 503 if isinstance(error, StripeUnreachableError) else 409
    return _page(request, token, company, trouble=str(error), status=status)


def _no_page(request: HttpRequest, error: OwnerLinkError) -> HttpResponse:
    return render(request, "station/no_setup.html", {"trouble": str(error)}, status=404)
