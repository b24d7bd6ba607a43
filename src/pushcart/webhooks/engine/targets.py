"""Where and how each endpoint is called: made once from its row, and again when the row has changed.

A delivery brings no more than the endpoint's number and its row's version (`xmin`, which PostgreSQL changes with every
update). Secrets are opened, headers and certificates read, once for an endpoint and not once for a push.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pushcart.companies.certificates import open_key
from pushcart.companies.own_headers import open_headers
from pushcart.webhooks import signatures

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asyncpg import Pool

_ROWS = """
SELECT id, xmin AS version, url, sealed_secrets, sealed_signing_keys, sealed_headers,
    client_certificate, sealed_client_key, authorities
FROM companies_endpoint WHERE id = ANY ($1::bigint[])
"""

_ALWAYS = ("Content-Type: application/json", f"User-Agent: PushCart/{version('pushcart')}", "Expect:")
_TOKEN = "locally-webhook-token: "  # noqa: S105 a header's name
_SHOWN_OF_TOKEN = 4
# Endpoints remembered; beyond that all are read anew.
_REMEMBERED = 20_000


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Tls:
    """PEM each; b"": no certificate of ours, and the authorities that everybody trusts."""

    certificate: bytes
    key: bytes
    authorities: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """One endpoint, ready to be called."""

    endpoint_id: int
    url: str
    sealed_secrets: tuple[str, ...]
    sealed_signing_keys: tuple[str, ...]
    headers: tuple[str, ...]  # "Name: value": those that every push to it carries
    shown: tuple[str, ...]  # the same with their secrets hidden
    tls: Tls | None


def target(
    *,
    endpoint_id: int,
    url: str,
    sealed_secrets: Iterable[str],
    sealed_signing_keys: Iterable[str] = (),
    sealed_headers: str = "",
    client_certificate: str = "",
    sealed_client_key: str = "",
    authorities: str = "",
) -> Target:
    """The target that an endpoint's row describes.

    Raises:
        SealBrokenError: this installation can't open what is sealed in it.
        IndexError: it has no secret.
    """
    secrets = tuple(sealed_secrets)
    token = signatures.opened(secrets[0])
    own = open_headers(sealed_headers)
    secured = client_certificate or authorities
    return Target(
        endpoint_id=endpoint_id,
        url=url,
        sealed_secrets=secrets,
        sealed_signing_keys=tuple(sealed_signing_keys),
        headers=(*_ALWAYS, f"{_TOKEN}{token}", *(f"{name}: {value}" for name, value in own.items())),
        # Of the token the end alone, by which its owner can tell which it was; of the owner's own the names.
        shown=(*_ALWAYS, f"{_TOKEN}…{token[-_SHOWN_OF_TOKEN:]}", *(f"{name}: …" for name in own)),
        tls=Tls(
            client_certificate.encode(),
            open_key(sealed_client_key).encode() if sealed_client_key else b"",
            authorities.encode(),
        )
        if secured
        else None,
    )


class Targets:
    """The targets that a pusher has met."""

    def __init__(self, pool: Pool[Any]) -> None:
        self._pool = pool
        self._rows: dict[int, dict[str, Any]] = {}
        self._made: dict[int, Target] = {}

    async def renew(self, versions: Mapping[int, int]) -> None:
        """Reads the rows of endpoints of which another version than this is known, or none."""
        stale = [number for number, at in versions.items() if self._rows.get(number, {}).get("version") != at]
        if not stale:
            return
        if len(self._rows) > _REMEMBERED:
            self._rows.clear()
            self._made.clear()
            stale = list(versions)
        for row in await self._pool.fetch(_ROWS, stale):
            self._rows[row["id"]] = dict(row)
            self._made.pop(row["id"], None)

    def versions(self, endpoints: Iterable[int]) -> dict[int, int]:
        """Of the rows of these endpoints as they were read last; those that were never read are left out."""
        return {number: self._rows[number]["version"] for number in endpoints if number in self._rows}

    def of(self, endpoint_id: int) -> Target:
        """The target of an endpoint that was renewed before.

        Raises:
            KeyError: there is no such endpoint any more.
            SealBrokenError: this installation can't open what is sealed in its row.
        """
        if (made := self._made.get(endpoint_id)) is None:
            row = {name: value for name, value in self._rows[endpoint_id].items() if name not in {"id", "version"}}
            made = self._made[endpoint_id] = target(endpoint_id=endpoint_id, **row)
        return made
