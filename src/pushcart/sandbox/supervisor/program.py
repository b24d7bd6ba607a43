from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """One program of the network.

    Attributes:
        name: Also that of its log.
        command: What runs, without a shell.
        port: It is ready when it takes connections here on 127.0.0.1.
        session: Without a port: it is ready when it is connected to the database under its name.
        first: Whether it must be ready before the others start, and end after them.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    session: bool = False
    first: bool = False
