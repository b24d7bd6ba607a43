"""GET cart/items/add, GET and POST cart, cart/checkout, cart/validate_email and cart/billing: the session's basket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email as check_email

from pushcart.api.errors import Refused
from pushcart.api.headless.asked import AddIn, BillingIn, EmailIn, UpdateIn
from pushcart.api.headless.basket_out import basket
from pushcart.api.headless.door import SoftError, door
from pushcart.api.headless.numbers import ITEM_NOT_AVAILABLE, STORE_NOT_FOUND
from pushcart.api.headless.rehearse import rehearse
from pushcart.companies.models import Site
from pushcart.visits.actions.add import add as put_in
from pushcart.visits.actions.set_quantity import set_quantity
from pushcart.visits.errors import BasketError

if TYPE_CHECKING:
    from pushcart.api.headless.door import Call


@door("GET", "POST")
def add(call: Call) -> dict[str, Any]:
    """Puts a product of a store into the basket; `hold=true` to reserve it, `delivery=true` to have it brought."""
    asked = call.asked(AddIn)
    site = _site(call, asked.host_domain)
    try:
        with call.changing() as visit:
            put_in(visit, asked.store_id, asked.upc, path=asked.path, qty=asked.qty, message=asked.message)
            visit.origin = site
    except BasketError as error:
        raise _soft(error) from None
    return basket(visit, call)


@door("GET", "POST")
def cart(call: Call) -> dict[str, Any]:
    """The basket; by POST with `items` after setting their quantities, all or none."""
    if "items" not in call.said:
        return basket(call.visit(), call)
    try:
        with call.changing() as visit:
            for item in call.asked(UpdateIn).items:
                set_quantity(visit, item.store_id, item.upc, item.qty)
    except BasketError as error:
        raise _soft(error) from None
    return basket(visit, call)


@door("GET")
def checkout(call: Call) -> dict[str, Any]:
    """The basket, whether it can be ordered as it lies there, and line by line what stands against it."""
    visit = call.visit()
    refused = rehearse(visit) if visit else []
    there = basket(visit, call)
    return {**there, "ready": int(bool(there["n_in_cart"]) and not refused), "refused": refused}


@door("POST")
def validate_email(call: Call) -> dict[str, Any]:
    """Whether an address can be written to, by its form; the session keeps a good one."""
    email = call.asked(EmailIn).email
    try:
        check_email(email)
    except ValidationError:
        return {"email": email, "valid": 0}
    with call.changing() as visit:
        visit.shopper["email"] = email
    return {"email": email, "valid": 1}


@door("POST")
def billing(call: Call) -> dict[str, Any]:
    """Keeps who pays, and where the bill goes."""
    given = call.asked(BillingIn).model_dump()
    with call.changing() as visit:
        visit.shopper |= {name: text for name, text in given.items() if text}
    return basket(visit, call)


def _site(call: Call, host_domain: str) -> str:
    """The site on which the shopper is: what the browser says of the page, else what the brand's server says."""
    if call.caller.page:
        return call.caller.page
    if not Site.objects.filter(company=call.caller.company, domain=host_domain).exists():
        site = host_domain or "host_domain"
        raise Refused(403, "unknown_site", f"{site} is not a site of {call.caller.company.name}.", field="host_domain")
    return host_domain


def _soft(error: BasketError) -> SoftError:
    number = STORE_NOT_FOUND if error.code == "store_unknown" else ITEM_NOT_AVAILABLE
    return SoftError(str(error), number, code=error.code)
