"""`pushcart trigger EVENT`: a test event that really happens."""

from __future__ import annotations

from typing import Annotated

import httpx
import typer
from rich.console import Console

from pushcart.cli.asking import stop

_SECONDS = 60


def trigger(
    event: Annotated[
        str, typer.Argument(help="carts.ordered, carts.confirmed, carts.auto_rejected, carts.refunded, …")
    ],
    key: Annotated[str, typer.Option(envvar="PUSHCART_TEST_KEY", help="Your company's test key.")],
    pushcart: Annotated[str, typer.Option(envvar="PUSHCART_URL", help="Where PushCart is.")] = "http://127.0.0.1:8080",
    store: Annotated[str, typer.Option(help="Your number of the store; any by default.")] = "",
    upc: Annotated[str, typer.Option(help="The product; any that is in stock by default.")] = "",
) -> None:
    """Has a test order placed at one of your stores, and brings it to EVENT.

    The events reach your test endpoint, `pushcart listen` and GET /api/v2/events like any other. The exit status is 1
    where PushCart refused it, 2 where it could not be asked.
    """
    try:
        answer = httpx.post(
            f"{pushcart.rstrip('/')}/api/v2/test/events",
            json={"event": event, "store": store, "upc": upc},
            headers={"Locally-API-Token": key},
            timeout=_SECONDS,
            trust_env=False,
        )
        said = answer.json()
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        stop(f"{pushcart} can't be asked: {error}")
    except ValueError:
        stop(f"{pushcart} is no PushCart: it answered {answer.status_code}, and not in JSON.")
    if not answer.is_success:
        stop(str(said.get("message", answer.status_code)), status=1)
    cart = said["content"]
    out = Console(highlight=False, soft_wrap=True)
    out.print(f"{event}: test order {cart['hash']} at {cart['store']['name']} is {cart['status']}.", markup=False)
