"""What the owner of a retailer is told: what stops orders from reaching them, and when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.notifications.letters import Letter
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from collections.abc import Callable

    from pushcart.companies.models import Company
    from pushcart.events.models import Event

# States of an endpoint of which its owner must hear.
_ENDPOINT = {
    "companies.endpoint_failing": "does not take our pushes. We hold what is owed and try on",
    "companies.endpoint_stopped": "answered 410 Gone, so we have stopped pushing to it",
}


def eligibility_changed(company: Company, event: Event) -> Letter | None:
    store = Store.objects.filter(pk=event.data.get("store_id")).first()
    if store is None:
        return None
    reasons = "\n".join(f"  {reason['message']}" for reason in event.data.get("reasons", []))
    if event.data["pushcart"]:
        subject, text = f"{store} takes orders by PushCart", "Everything that PushCart asks for is in place."
    elif event.data["standard"]:
        subject = f"{store} takes orders by mail, not by PushCart"
        text = f"Orders reach the store's staff by the standard workflow, because:\n\n{reasons}"
    else:
        subject, text = f"{store} takes no orders", f"Nothing can be ordered there, because:\n\n{reasons}"
    return _letter(company, f"eligibility.{store.pk}", subject, text)


def endpoint_moved(company: Company, event: Event) -> Letter | None:
    what, url = _ENDPOINT.get(event.type), event.data["url"]
    if what is not None:
        reason = event.data.get("reason", "")
        return _letter(company, "endpoint", f"Your webhook needs you: {url}", f"{url} {what}.\n\n{reason}")
    if event.type == "companies.endpoint_working" and event.data.get("was") in {"failing", "stopped"}:
        return _letter(
            company, "endpoint", f"Your webhook works again: {url}", f"{url} answers; what was owed is sent."
        )
    return None


LETTERS: dict[str, Callable[[Company, Event], Letter | None]] = {
    "eligibility.changed": eligibility_changed,
    "companies.endpoint_failing": endpoint_moved,
    "companies.endpoint_stopped": endpoint_moved,
    "companies.endpoint_working": endpoint_moved,
}


def _letter(company: Company, about: str, subject: str, text: str) -> Letter:
    return Letter(kind=f"owner.{about}", mail=company.email, subject=subject, text=f"{text}\n")
