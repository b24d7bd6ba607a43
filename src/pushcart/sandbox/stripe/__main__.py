"""`python -m pushcart.sandbox.stripe --port 8081 --state DIR`: starts the payment double."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from pathlib import Path

from aiohttp import web

from pushcart.kit import clock
from pushcart.sandbox.stripe.app import STORE, make
from pushcart.sandbox.stripe.control import listen


def main() -> None:
    arguments = _arguments()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    if arguments.clock:
        clock.use_file(Path(arguments.clock))
    app = make(Path(arguments.state))
    if arguments.notify:
        with app[STORE].transaction():
            listen(
                app[STORE],
                url=arguments.notify,
                key=os.environ.get("STRIPE_API_KEY", "sk_test_sandbox"),
                secret=os.environ.get("STRIPE_WEBHOOK_SECRET"),
            )
    web.run_app(
        app,
        host="127.0.0.1",
        port=arguments.port,
        print=None,
        access_log=None,
        handle_signals=True,
        shutdown_timeout=1,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="pushcart.sandbox.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--state", required=True, help="directory of its memory; made if it isn't there")
    parser.add_argument(
        "--clock", default=os.environ.get("PUSHCART_CLOCK", ""), help="the sandbox's clock file, to move with it"
    )
    parser.add_argument(
        "--notify",
        default="",
        metavar="URL",
        help="a Connect webhook endpoint that stands from the start, for STRIPE_API_KEY, signed with "
        "STRIPE_WEBHOOK_SECRET",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
