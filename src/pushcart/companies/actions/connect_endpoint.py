from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from pushcart.companies.endpoint_choices import check_body, check_event_types
from pushcart.companies.endpoint_secrets import new_secret, seal_secret
from pushcart.companies.models import Endpoint
from pushcart.events.record import record
from pushcart.kit.addresses import as_called, check_target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pushcart.companies.models import Company


def connect_endpoint(
    company: Company, url: str, *, test: bool = False, body: str = Endpoint.Body.FAT, event_types: Sequence[str] = ()
) -> Endpoint:
    """Gives a company an endpoint with a secret of its own. It is used once it has answered a signed check.

    Raises:
        TargetRefusedError: the URL is none that we call.
        CompanyError: there is no such body or type of event.
    """
    url = as_called(url)
    check_target(url, settings.WEBHOOK_ALLOW)
    chosen = check_event_types(event_types)
    check_body(body)
    with transaction.atomic():
        endpoint = Endpoint.objects.create(
            company=company,
            test=test,
            url=url,
            body=body,
            event_types=chosen,
            sealed_secrets=[seal_secret(new_secret())],
        )
        record(
            "companies.endpoint_unchecked",
            companies=[company.pk],
            test=test,
            data={"endpoint_id": endpoint.pk, "url": url, "was": "", "reason": "new"},
        )
    return endpoint
