from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from pushcart.companies.models import Endpoint
from pushcart.events.record import record
from pushcart.kit import clock

# Days before its end on which an owner is told that our certificate for an endpoint needs another in its place.
DAYS = (30, 7, 1, 0)


def warn_of_certificates() -> int:
    """Records `companies.endpoint_certificate_ends` for client certificates that end soon, once for each of `DAYS`.

    Returns:
        How many were told of.
    """
    soon = clock.now() + timedelta(days=DAYS[0])
    due = Endpoint.objects.filter(client_certificate_ends__lte=soon).order_by("company_id", "pk")
    return sum(_warn(endpoint_id) for endpoint_id in due.values_list("pk", flat=True))


def _warn(endpoint_id: int) -> bool:
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        if endpoint.client_certificate_ends is None:
            return False
        left = (endpoint.client_certificate_ends - clock.now()) / timedelta(days=1)
        reached = min((days for days in DAYS if left <= days), default=None)
        told = endpoint.client_certificate_warned
        if reached is None or (told is not None and told <= reached):
            return False
        endpoint.client_certificate_warned = reached
        endpoint.save(update_fields=["client_certificate_warned"])
        record(
            "companies.endpoint_certificate_ends",
            companies=[endpoint.company_id],
            test=endpoint.test,
            data={
                "endpoint_id": endpoint.pk,
                "url": endpoint.url,
                "ends": endpoint.client_certificate_ends.isoformat(),
                "ended": left <= 0,
            },
        )
    return True
