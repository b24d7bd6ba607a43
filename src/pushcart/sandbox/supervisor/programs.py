from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pushcart.sandbox.supervisor.program import Program

if TYPE_CHECKING:
    from pathlib import Path

    from pushcart.sandbox.supervisor.ports import Ports


def sandbox_programs(var: Path, ports: Ports) -> list[Program]:
    """All programs of the demo network.

    The doubles of outside services come first: building it calls them. The worker and the pusher come last: reminders
    and mails of a network half built would be of use to nobody, and its order system does not know its secrets yet.
    """
    state = var / "sandbox"
    return [
        Program(
            "stripe",
            (
                *_module("pushcart.sandbox.stripe", "--port", ports.stripe, "--state", state / "stripe"),
                *("--notify", f"http://127.0.0.1:{ports.web}/stripe/events"),
            ),
            port=ports.stripe,
            stage=1,
        ),
        Program(
            "outbox",
            _module("pushcart.sandbox.outbox", "--port", ports.outbox, "--state", state / "outbox"),
            port=ports.outbox,
            stage=1,
        ),
        Program("web", _module("pushcart.cli", "serve", "--port", ports.web), port=ports.web),
        Program("worker", _module("pushcart.cli", "work"), session=True, stage=3),
        Program("pusher", _module("pushcart.cli", "push"), session=True, stage=3),
        Program(
            "order_system",
            _module("pushcart.sandbox.order_system", "--port", ports.order_system, "--state", state / "order_system"),
            port=ports.order_system,
        ),
    ]


def _module(name: str, *arguments: object) -> tuple[str, ...]:
    return (sys.executable, "-m", name, *map(str, arguments))
