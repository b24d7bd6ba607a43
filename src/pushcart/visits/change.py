"""One visit, locked while it is changed: two clicks at once are one after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import transaction

from pushcart.kit import clock
from pushcart.visits.actions.forget_old import KEPT_FOR
from pushcart.visits.models import Visit
from pushcart.visits.session_id import digest, is_ours

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.companies.models import Company


@contextmanager
def changing(session_id: str, brand: Company, *, test: bool) -> Iterator[Visit]:
    """The visit of this id, which begins here where nothing was kept of it yet; what the block sets on it is saved.

    Args:
        session_id: One that `session_id.new` drew.
        brand: On whose site the shopper is: another brand's page has another visit under the same id.
        test: Whether the site calls with a test key.

    Raises:
        ValueError: the id is none of ours.
    """
    if not is_ours(session_id):
        raise ValueError("A session id is drawn by PushCart.")
    key: dict[str, Any] = {"brand": brand, "test": test, "digest": digest(session_id)}
    with transaction.atomic():
        Visit.objects.filter(**key, used_at__lte=clock.now() - KEPT_FOR).delete()
        Visit.objects.get_or_create(**key)
        visit = Visit.objects.select_for_update().get(**key)
        visit.used_at = clock.now()
        yield visit
        visit.save()
