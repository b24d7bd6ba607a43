"""`python -m pushcart.sandbox.order_system --port 8083 --state DIR`: starts the retailer's order system."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from aiohttp import web

from pushcart.kit import clock
from pushcart.sandbox.order_system.app import make


def main() -> None:
    parser = argparse.ArgumentParser(prog="pushcart.sandbox.order_system", description=__doc__)
    parser.add_argument("--port", type=int, default=8083)
    parser.add_argument("--state", type=Path, required=True, help="directory of its books; made if it isn't there")
    parser.add_argument("--settings", type=Path, help="keys and addresses; beside the state directory by default")
    parser.add_argument("--clock", default=os.environ.get("PUSHCART_CLOCK", ""), help="the sandbox's clock file")
    arguments = parser.parse_args()
    if arguments.clock:
        # The one thing that it shares with PushCart: in a sandbox all machines show the same time.
        clock.use_file(Path(arguments.clock))
    settings = arguments.settings or arguments.state.parent / "network.json"
    app = make(arguments.state, settings, f"http://127.0.0.1:{arguments.port}", clock.now)
    web.run_app(app, host="127.0.0.1", port=arguments.port, print=None, access_log=None, shutdown_timeout=1)


if __name__ == "__main__":
    main()
