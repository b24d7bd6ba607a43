from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pushcart.sandbox.postgres.binaries import Binaries

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %a ",
    # Compiling a plan costs more than our short queries do.
    "jit": "off",
}
# Data that nobody will miss need not survive a power cut.
_THROW_AWAY = {
    "shared_buffers": "128MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def server_command(binaries: Binaries, data: Path, socket: Path, *, durable: bool) -> list[str]:
    """The server in the foreground. Its settings stand here alone: a newer project brings newer ones."""
    quoted = str(socket).replace('"', '""')
    settings = _SETTINGS | ({} if durable else _THROW_AWAY) | {"unix_socket_directories": f'"{quoted}"'}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [binaries.postgres, "-D", str(data), *options]
