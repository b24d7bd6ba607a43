from __future__ import annotations

from django.db import transaction

from pushcart.companies.certificates import read_client_certificate, seal_key
from pushcart.companies.models import Endpoint


def set_client_certificate(endpoint_id: int, chain: str, key: str) -> Endpoint:
    """Has us show this certificate to an endpoint that asks for one (mutual TLS). Both texts empty: none any more.

    Args:
        endpoint_id: To whom.
        chain: PEM, the certificate first and those that it came from behind it.
        key: PEM, in clear; kept sealed.

    Raises:
        CompanyError: one can't be read, they don't fit, or the certificate is not valid now; nothing was changed.
    """
    read = read_client_certificate(chain, key) if chain.strip() or key.strip() else None
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint_id)
        endpoint.client_certificate = read.chain if read else ""
        endpoint.sealed_client_key = seal_key(read.key) if read else ""
        endpoint.client_certificate_ends = read.ends if read else None
        endpoint.client_certificate_warned = None
        endpoint.save(
            update_fields=[
                "client_certificate",
                "sealed_client_key",
                "client_certificate_ends",
                "client_certificate_warned",
            ]
        )
    return endpoint
