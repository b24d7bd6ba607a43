"""`bin/dev --story`: the announcement's story from end to end, on a network of its own."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import django

from pushcart.sandbox.story.teller import Teller, WrongStepError
from pushcart.sandbox.supervisor.errors import SupervisorError
from pushcart.sandbox.supervisor.network import Network
from pushcart.sandbox.supervisor.ports import Ports
from pushcart.sandbox.supervisor.thread import running


def main() -> None:
    started = time.monotonic()
    tell = Teller("America/Chicago")
    var = Path(os.environ.get("PUSHCART_VAR", Path(__file__).parents[4] / "var")) / "story"
    network = Network(var, ports=Ports.free(), fresh=True, durable=False, say=tell.progress)
    tell.chapter("A fresh network: a brand, a hardware chain with twelve stores and its own order system")
    try:
        with running(network):
            os.environ.update(network.environment)
            _tell(network, tell)
    except WrongStepError as error:
        tell.end(f"The story went wrong. {error}.", good=False)
        sys.exit(1)
    except SupervisorError as error:
        tell.end(f"pushcart: {error}", good=False)
        sys.exit(1)
    tell.end(f"All as it should be: {tell.checks} checks in {time.monotonic() - started:.0f} s.", good=True)


def _tell(network: Network, tell: Teller) -> None:
    django.setup()
    from django.conf import settings

    from pushcart.sandbox.network import load
    from pushcart.sandbox.shopper import Site
    from pushcart.sandbox.story.chapters import CHAPTERS, Story
    from pushcart.sandbox.story.money import count
    from pushcart.sandbox.story.wire import Wire
    from pushcart.stores.models import Store

    known = load()
    wire = Wire(
        tell,
        web=network.url,
        order_system=known["urls"]["order_system"],
        outbox=f"http://127.0.0.1:{network.ports.outbox}",
        api_key=known["keys"]["hardware"],
    )
    site = Site(known, network.url, settings.STRIPE_API_BASE, settings.STRIPE_API_KEY)
    store = Store.objects.select_related("company").get(company_id=known["companies"]["hardware"], number="101")
    story = Story(tell, wire, site, store, known)
    for chapter in CHAPTERS:
        chapter(story)
    count(story, settings.STRIPE_API_BASE)


if __name__ == "__main__":
    main()
