"""The signed link by which a company's owner sets up Buy it Locally, without signing in."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing

from pushcart.companies.models import Company
from pushcart.kit.crypto import keyed_hash

_SALT = "pushcart.companies.setup"
GOOD_FOR = timedelta(days=7)


class SetupLinkError(ValueError):
    """The link was not made by this installation for the owner as it is now, or is too old."""


def setup_url(company: Company) -> str:
    """Where the owner sets up Buy it Locally: it works for a week, unless the owner's mail address changes."""
    return f"{settings.PUBLIC_URL}/setup/{setup_token(company)}"


def setup_token(company: Company) -> str:
    return signing.dumps([company.pk, _of_owner(company)], salt=_SALT)


def company_of(token: str) -> Company:
    """The company that a link's token is for.

    Raises:
        SetupLinkError: forged, mangled, too old, or made for an earlier owner.
    """
    try:
        pk, owner = signing.loads(token, salt=_SALT, max_age=GOOD_FOR)
        company = Company.objects.get(pk=pk)
    except signing.SignatureExpired:
        raise SetupLinkError("This link is too old: ask PushCart for a new one.") from None
    except (signing.BadSignature, Company.DoesNotExist):
        raise SetupLinkError("This link is not right. Was it copied whole?") from None
    if owner != _of_owner(company):
        raise SetupLinkError("This link was made for another owner: ask PushCart for a new one.")
    return company


def _of_owner(company: Company) -> str:
    return keyed_hash(company.email, use="setup-link").hex()[:16]
