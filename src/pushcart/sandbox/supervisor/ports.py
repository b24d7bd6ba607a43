from __future__ import annotations

import random
import socket
from dataclasses import asdict, dataclass

from pushcart.sandbox.supervisor.errors import SupervisorError

# Below what the kernel gives to outgoing connections, above what people choose by hand.
_FREE_FROM, _FREE_TO = 20000, 32000
_LAST = 65535
_CHOOSE = f"choose one from 1024 to {_LAST - 3}"


@dataclass(frozen=True)
class Ports:
    """Four in a row: the settings count from the first."""

    web: int = 8080
    stripe: int = 8081
    outbox: int = 8082
    order_system: int = 8083

    @classmethod
    def from_first(cls, first: int) -> Ports:
        if not 1 <= first <= _LAST - 3:
            raise SupervisorError(f"{first} is no port to begin with: {_CHOOSE}.")
        return cls(first, first + 1, first + 2, first + 3)

    @classmethod
    def free(cls) -> Ports:
        """Four that nobody listens on at this moment."""
        drawn = random.SystemRandom()
        while True:
            ports = cls.from_first(drawn.randrange(_FREE_FROM, _FREE_TO))
            if not ports.taken():
                return ports

    def taken(self) -> dict[str, int]:
        """Those that others listen on, by name.

        Raises:
            SupervisorError: this user may not listen on one of them.
        """
        return {name: port for name, port in asdict(self).items() if not _is_free(port)}


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except PermissionError:
            raise SupervisorError(f"This user may not listen on port {port}: {_CHOOSE}.") from None
        except OSError:
            return False
    return True
