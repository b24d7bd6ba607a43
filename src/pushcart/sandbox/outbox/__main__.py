"""`python -m pushcart.sandbox.outbox --port 8082 --state DIR`: starts the double of the mail and SMS providers."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from aiohttp import web

from pushcart.kit import clock
from pushcart.sandbox.outbox.app import make


def main() -> None:
    parser = argparse.ArgumentParser(prog="pushcart.sandbox.outbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8082)
    parser.add_argument("--state", type=Path, required=True, help="directory of its memory; made if it isn't there")
    parser.add_argument("--clock", default=os.environ.get("PUSHCART_CLOCK", ""), help="the sandbox's clock file")
    arguments = parser.parse_args()
    if arguments.clock:
        clock.use_file(Path(arguments.clock))
    app = make(arguments.state)
    web.run_app(app, host="127.0.0.1", port=arguments.port, print=None, access_log=None, shutdown_timeout=1)


if __name__ == "__main__":
    main()
