"""`pushcart doctor URL`: what a retailer runs before going live."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from pushcart.cli.asking import stop

if TYPE_CHECKING:
    from pushcart.webhooks.by_hand import Receiver
    from pushcart.webhooks.doctor.findings import Finding

_SIGNS = {"good": "[green]✓[/]", "warning": "[yellow]![/]", "bad": "[red]✗[/]"}


def doctor(
    url: Annotated[str, typer.Argument(help="Your webhook.")],
    secret: Annotated[
        str, typer.Option(envvar="PUSHCART_WEBHOOK_SECRET", help="Of the endpoint, whsec_…; without it one is made.")
    ] = "",
    *,
    local: Annotated[bool, typer.Option("--local", help="Your own machine: http, any port, loopback.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The findings as JSON.")] = False,
) -> None:
    """Tries every way in which pushes come on an endpoint, and says what it did and what it should do.

    It needs no account and no database. The orders that it sends are test orders, their numbers begin with DR. The exit
    status is 0 where nothing is bad, 1 where something is, 2 where the endpoint could not be asked.
    """
    from pushcart.kit.addresses import TargetRefusedError, as_called, check_target
    from pushcart.webhooks.by_hand import LOCAL, Receiver, SecretError, read_secret

    if not secret:
        _offer_a_secret()
    allow = LOCAL if local else frozenset()
    try:
        url = as_called(url)
        check_target(url, allow)
        receiver = Receiver(url, read_secret(secret))
    except (TargetRefusedError, SecretError) as error:
        stop(
            str(error) + (" Your own machine is called with --local." if isinstance(error, TargetRefusedError) else "")
        )
    found = asyncio.run(_examined(receiver, allow))
    _print_json(url, found) if as_json else _print(url, found)
    raise typer.Exit(_exit_status(found))


async def _examined(receiver: Receiver, allow: frozenset[str]) -> list[Finding]:
    from pushcart.webhooks.doctor.examine import examine

    return [finding async for finding in examine(receiver, allow)]


def _offer_a_secret() -> NoReturn:
    from pushcart.companies.endpoint_secrets import new_secret

    stop(f"the pushes have to be signed: give your endpoint this secret and run again with --secret {new_secret()}")


def _exit_status(found: list[Finding]) -> int:
    asked = any(finding.did.startswith("answered") for finding in found if finding.ms is not None)
    if not asked:
        return 2
    return 1 if any(finding.verdict == "bad" for finding in found) else 0


def _print(url: str, found: list[Finding]) -> None:
    table = Table("", "probe", "it did", "it should", "ms", box=None, pad_edge=False)
    for finding in found:
        should = "" if finding.verdict == "good" else finding.should
        ms = "" if finding.ms is None else f"{finding.ms:.0f}"
        table.add_row(_SIGNS[finding.verdict], finding.probe, finding.did, should, ms)
    console = Console(highlight=False)
    console.print(table)
    bad, warned = (sum(finding.verdict == verdict for finding in found) for verdict in ("bad", "warning"))
    console.print(f"{url}: {len(found)} probes, {bad} bad, {warned} to look at.", soft_wrap=True, markup=False)


def _print_json(url: str, found: list[Finding]) -> None:
    passed = _exit_status(found) == 0
    print(json.dumps({"url": url, "passed": passed, "findings": [asdict(finding) for finding in found]}, indent=1))
