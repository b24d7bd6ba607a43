"""How a site's domain is written: as browsers say it in `location.hostname`."""

from __future__ import annotations

import re

from pushcart.companies.errors import CompanyError

LONGEST = 253
# The same stands as a constraint on the column: labels of letters, digits and hyphens, the last one with a letter.
FORM = r"^(localhost|([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?)$"


def domain_of(text: str) -> str:
    """The domain in lower case, an international one in its ASCII form; `localhost` counts, for who tries things out.

    Raises:
        CompanyError: it is none; the sentence says what is.
    """
    said = text.strip().lower().rstrip(".")
    try:
        domain = said.encode("idna").decode()
    except UnicodeError:
        domain = ""
    if len(domain) > LONGEST or not re.fullmatch(FORM, domain):
        raise CompanyError(
            "domain", f'"{text.strip()[:80]}" is no domain: name the host alone, as in www.brand.example, without port.'
        )
    return domain
