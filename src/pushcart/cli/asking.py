"""What the commands ask of the database before they begin, and how they say that there is no such thing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from pushcart.companies.models import Company

_MOST_SHOWN = 20


def company_called(slug: str, *, kind: str = "") -> Company:
    """The company of this short name; `kind` is brand or retailer, where only one will do. Else it stops."""
    from pushcart.companies.models import Company

    of_kind = Company.objects.filter(kind=kind) if kind else Company.objects.all()
    found = of_kind.filter(slug=slug).first()
    if found is None:
        known = ", ".join(of_kind.order_by("slug").values_list("slug", flat=True)[:_MOST_SHOWN]) or "none yet"
        stop(f"there is no {kind or 'company'} {slug!r}; known are: {known}.")
    return found


def stop(sentence: str) -> NoReturn:
    """Says why nothing was done; the exit status is 2."""
    print(f"pushcart: {sentence}", file=sys.stderr)
    sys.exit(2)
