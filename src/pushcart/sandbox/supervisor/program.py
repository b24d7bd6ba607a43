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
        stage: 1 is up before the demo network is built, 2 comes up beside the building, 3 once it stands. They end
            the other way round.
    """

    name: str
    command: tuple[str, ...]
    port: int | None = None
    session: bool = False
    stage: int = 2
