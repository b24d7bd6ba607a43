"""`pushcart listen --forward-to URL`: live events on a developer's machine."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pushcart.cli.asking import stop

if TYPE_CHECKING:
    from pushcart.webhooks.by_hand import Receiver
    from pushcart.webhooks.engine.send import Answer
    from pushcart.webhooks.listening.feed import Told

_out = Console(highlight=False, soft_wrap=True)


def listen(
    *,
    forward_to: Annotated[str, typer.Option("--forward-to", help="Your webhook, on this machine or elsewhere.")],
    key: Annotated[str, typer.Option(envvar="PUSHCART_KEY", help="An API key; a test key listens to test orders.")],
    pushcart: Annotated[str, typer.Option(envvar="PUSHCART_URL", help="Where PushCart is.")] = "http://127.0.0.1:8080",
    events: Annotated[str, typer.Option(help="Their types, comma separated; all about orders by default.")] = "",
    since: Annotated[str, typer.Option(help="Begin after this number of the feed, 0: from the first.")] = "latest",
    secret: Annotated[
        str, typer.Option(envvar="PUSHCART_WEBHOOK_SECRET", help="That signs, whsec_…; one is made by default.")
    ] = "",
) -> None:
    """Forwards your company's events, as the webhook would have sent them, until it is stopped.

    Each is sent once, in order, whatever your endpoint answers. Nothing at PushCart changes by it.
    """
    from pushcart.companies.endpoint_secrets import new_secret
    from pushcart.kit.addresses import TargetRefusedError, as_called, check_target
    from pushcart.webhooks.by_hand import LOCAL, Receiver, SecretError, read_secret

    try:
        forward_to = as_called(forward_to)
        check_target(forward_to, LOCAL)
        receiver = Receiver(forward_to, read_secret(secret) if secret else new_secret())
    except (TargetRefusedError, SecretError) as error:
        stop(str(error))
    if since != "latest" and not since.isdigit():
        stop("--since is a number of the feed, or `latest`.")
    types = frozenset(filter(None, (word.strip() for word in events.split(","))))
    _out.print(f"Signed with {receiver.secret}", markup=False)
    _out.print(f"Forwarding {', '.join(sorted(types)) or 'all orders'} to {forward_to}; Ctrl-C ends it.", markup=False)
    with suppress(KeyboardInterrupt):
        asyncio.run(_listen(pushcart, key, receiver, types, since))


async def _listen(pushcart: str, key: str, receiver: Receiver, types: frozenset[str], since: str) -> None:
    from pushcart.webhooks.listening.feed import Feed, FeedRefusedError
    from pushcart.webhooks.listening.forward import forward

    async with Feed(pushcart, key) as feed:
        try:
            await forward(feed, receiver, types, since=since, on_sent=_say_sent, on_news=_say)
        except FeedRefusedError as refused:
            stop(str(refused))


def _say_sent(told: Told, answer: Answer) -> None:
    said = str(answer.status) if answer.status else answer.error
    about = f"{told.cart_hash} #{told.letter.sequence}" if told.cart_hash else ""
    line = (
        f"{answer.at:%H:%M:%S} {told.number:>6} {told.type:<22} {about:<13} {said:>5} {answer.total_us / 1000:7.1f} ms"
    )
    _out.print(line, style="red" if answer.error else None, markup=False)


def _say(sentence: str) -> None:
    _out.print(f"{sentence}.", style="yellow", markup=False)
