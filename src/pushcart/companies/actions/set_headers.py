from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from pushcart.companies.models import Endpoint
from pushcart.companies.own_headers import check_headers, seal_headers

if TYPE_CHECKING:
    from collections.abc import Mapping


def set_headers(endpoint_id: int, headers: Mapping[str, str]) -> None:
    """Has these headers of its owner's sent with each push to an endpoint, in place of those before; none ends it.

    Raises:
        CompanyError: a header that we don't send, `field` "headers"; those before stay.
    """
    check_headers(headers)
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.sealed_headers = seal_headers(headers)
        endpoint.save(update_fields=["sealed_headers"])
