from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.kit import clock
from pushcart.visits import session_id as ids
from pushcart.visits.actions.forget_old import KEPT_FOR
from pushcart.visits.models import Visit

if TYPE_CHECKING:
    from pushcart.companies.models import Company


def find(session_id: str, brand: Company, *, test: bool) -> Visit | None:
    """The visit of this id on this brand's sites; None where it is over, or nothing was kept of it yet."""
    if not ids.is_ours(session_id):
        return None
    since = clock.now() - KEPT_FOR
    return Visit.objects.filter(brand=brand, test=test, digest=ids.digest(session_id), used_at__gt=since).first()
