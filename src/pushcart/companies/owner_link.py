"""Signed links by which a company's owner opens one of its pages, without signing in."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from django.conf import settings
from django.core import signing

from pushcart.companies.models import Company
from pushcart.kit.crypto import keyed_hash

# Each page has links of its own: who may bring feeds may not for that change where the money goes.
Page = Literal["setup", "feeds"]
GOOD_FOR = timedelta(days=7)


class OwnerLinkError(ValueError):
    """The link was not made by this installation for the owner as it is now, or is too old."""


def setup_url(company: Company) -> str:
    """Where the owner sets up Buy it Locally: it works for a week, unless the owner's mail address changes."""
    return f"{settings.PUBLIC_URL}/setup/{owner_token(company)}"


def feeds_url(company: Company) -> str:
    """Where the owner uploads feeds and decides on those that wait, as long as `setup_url` works."""
    return f"{settings.PUBLIC_URL}/feeds/{owner_token(company, 'feeds')}"


def owner_token(company: Company, page: Page = "setup") -> str:
    return signing.dumps([company.pk, _of_owner(company)], salt=_salt(page))


def company_of(token: str, page: Page = "setup") -> Company:
    """The company that a link's token is for.

    Raises:
        OwnerLinkError: forged, mangled, for another page, too old, or made for an earlier owner.
    """
    try:
        pk, owner = signing.loads(token, salt=_salt(page), max_age=GOOD_FOR)
        company = Company.objects.get(pk=pk)
    except signing.SignatureExpired:
        raise OwnerLinkError("This link is too old: ask PushCart for a new one.") from None
    except (signing.BadSignature, Company.DoesNotExist):
        raise OwnerLinkError("This link is not right. Was it copied whole?") from None
    if owner != _of_owner(company):
        raise OwnerLinkError("This link was made for another owner: ask PushCart for a new one.")
    return company


def _salt(page: Page) -> str:
    return f"pushcart.companies.{page}"


def _of_owner(company: Company) -> str:
    return keyed_hash(company.email, use="setup-link").hex()[:16]
