"""Which PostgreSQL an installation uses: the one of `DATABASE_URL`, else the one that `bin/dev` runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from pathlib import Path

# libpq's own message for an unknown service is `definition of service "<this>" not found`: whoever connects
# without a database reads what to do, and whoever only imports the settings is not stopped.
NOT_STARTED = "there is no database yet: run bin/dev, or set DATABASE_URL"

# Of libpq's words those on TLS that asyncpg knows too; another one it would send to the server.
_TLS = {
    *("sslmode", "sslcert", "sslkey", "sslpassword", "sslrootcert", "sslcrl", "sslnegotiation"),
    *("ssl_min_protocol_version", "ssl_max_protocol_version"),
}


def parse(url: str | None, *, var: Path) -> dict[str, Any]:
    """The entry for Django's `DATABASES`.

    Args:
        url: What libpq reads, `postgresql://user:password@host:port/name?sslmode=…`; empty: the embedded one.
        var: The installation's folder, where the embedded PostgreSQL leaves its address in `postgres/url`.

    Raises:
        ValueError: The URL is not one of PostgreSQL. The message never shows a password.
    """
    address = url or _embedded(var)
    entry: dict[str, Any] = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
    return entry | (_entry(address) if address else {"OPTIONS": {"service": NOT_STARTED}})


def asyncpg_address(database: dict[str, Any]) -> dict[str, Any]:
    """An entry of `DATABASES` as asyncpg's `connect` and `create_pool` take it, with TLS as the URL asked for it."""
    tls = {name: said for name, said in database["OPTIONS"].items() if name in _TLS}
    return {
        "dsn": f"postgresql:///?{urlencode(tls)}",
        "host": database["HOST"] or None,
        "port": int(database["PORT"]) if database["PORT"] else None,
        "user": database["USER"] or None,
        "password": database["PASSWORD"] or None,
        "database": database["NAME"],
    }


def _embedded(var: Path) -> str:
    try:
        return (var / "postgres" / "url").read_text().strip()
    except FileNotFoundError:
        return ""


def _entry(url: str) -> dict[str, Any]:
    scheme = url.partition("://")[0]
    if scheme not in {"postgresql", "postgres"} or "://" not in url:
        raise ValueError("DATABASE_URL must start with postgresql://; PushCart runs on no other database.")
    try:
        parts: dict[str, Any] = dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise ValueError(_without_url(f"DATABASE_URL can't be read: {error}", url)) from None
    if not parts.get("dbname"):
        raise ValueError("DATABASE_URL names no database: postgresql://user:password@host:port/NAME.")
    return {
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "OPTIONS": parts,
    }


def _without_url(message: str, url: str) -> str:
    """What libpq says, cut off where it repeats what it was given, for the password stands in that."""
    return message.partition(url)[0].partition('"')[0].strip().rstrip(":")
