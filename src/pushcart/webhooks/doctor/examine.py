"""What a retailer runs before going live: every way in which pushes come, tried on its endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.webhooks import by_hand
from pushcart.webhooks.doctor import connecting, probes
from pushcart.webhooks.doctor.findings import Verdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pushcart.webhooks.by_hand import Receiver
    from pushcart.webhooks.doctor.findings import Finding

_PROBES = (
    probes.redirect,
    probes.unsigned,
    probes.bad_signature,
    probes.tampered_body,
    probes.old_timestamp,
    probes.future_timestamp,
    probes.duplicate,
    probes.out_of_order,
    probes.replay,
    probes.auto_reject,
    probes.oversized,
)


async def examine(receiver: Receiver, allow: frozenset[str]) -> AsyncIterator[Finding]:
    """Tries everything on an endpoint, one finding after the other.

    Where it answers neither the check nor a valid push with 2xx nothing else can be told from what it does: there it
    ends.

    Args:
        receiver: The endpoint and its secret.
        allow: What is allowed besides public https on 443: "http", "any-port", "loopback".
    """
    with by_hand.sending(allow) as sender:
        visit = probes.Visit(receiver, sender)
        yield await connecting.tls(receiver.url, allow)
        check, valid = await probes.endpoint_check(visit), await probes.valid_push(visit)
        yield check
        yield valid
        if check.verdict == valid.verdict == Verdict.BAD:
            yield await probes.redirect(visit)
            return
        for probe in _PROBES:
            yield await probe(visit)
        yield await connecting.slow_client(visit, allow)
