"""`bin/dev`: one machine as a whole network, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import os
import signal
import sys
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.markup import escape

from pushcart.sandbox.supervisor.errors import SupervisorError
from pushcart.sandbox.supervisor.network import Network
from pushcart.sandbox.supervisor.ports import Ports
from pushcart.sandbox.supervisor.screen import where_to_look

STORY = "pushcart.sandbox.story"
console = Console(highlight=False, soft_wrap=True)


def main() -> None:
    arguments = _arguments()
    if arguments.story:
        _tell_the_story()
    try:
        network = Network(
            _var(),
            ports=Ports.from_first(arguments.port),
            fresh=arguments.reset,
            database_url=os.environ.get("DATABASE_URL", ""),
            say=lambda line: console.print(f"[dim]·[/] {escape(line)}"),
        )
        asyncio.run(_live(network))
    except SupervisorError as error:
        console.print(f"[bold red]pushcart:[/] {escape(str(error))}")
        sys.exit(1)


async def _live(network: Network) -> None:
    """Until Ctrl-C, or until a part of the network can't be kept running."""
    living = asyncio.current_task()
    assert living  # noqa: S101 for the type checker
    asked: list[int] = []

    def ask_to_end(number: int) -> None:
        # Once is enough: while the programs stop, a second Ctrl-C must not leave half of them behind.
        if not asked:
            asked.append(number)
            living.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, ask_to_end, number)
    console.print("[bold]PushCart[/] comes up: one machine as a whole network …")
    try:
        async with network:
            console.print()
            for what, where in where_to_look(network):
                console.print(f"[bold]{what:<15}[/] [green]{escape(where)}[/]")
            console.print()
            await network.run()
    except asyncio.CancelledError:
        if not asked:
            raise
        console.print("PushCart has stopped; what it knows is kept for the next bin/dev.")


def _tell_the_story() -> NoReturn:
    if importlib.util.find_spec(STORY) is None:
        console.print("[bold red]pushcart:[/] this copy has no story yet.")
        sys.exit(1)
    os.execv(sys.executable, [sys.executable, "-m", STORY])  # noqa: S606 this very Python


def _var() -> Path:
    return Path(os.environ.get("PUSHCART_VAR", Path(__file__).parents[4] / "var"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/dev", description="One machine as a whole PushCart network.")
    parser.add_argument("--port", type=int, default=8080, help="the first of four ports in a row (8080)")
    parser.add_argument("--reset", action="store_true", help="begin with an empty network")
    parser.add_argument("--story", action="store_true", help="run the story from end to end, on a network of its own")
    return parser.parse_args()


if __name__ == "__main__":
    main()
