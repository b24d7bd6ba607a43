from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pushcart.sandbox.secret import secret

if TYPE_CHECKING:
    from pathlib import Path

    from pushcart.sandbox.supervisor.ports import Ports


def sandbox_environment(var: Path, ports: Ports, database_url: str) -> dict[str, str]:
    """What every program of a network is told, on top of this process's own environment.

    Args:
        var: The folder of this network: settings, clock, secrets and state of its programs.
        ports: Where its programs listen.
        database_url: Its PostgreSQL.
    """
    own = f"http://127.0.0.1:{ports.web}"
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": "pushcart.sandbox.settings",
        "DATABASE_URL": database_url,
        "PUSHCART_VAR": str(var),
        "PUSHCART_PORT": str(ports.web),
        "PUSHCART_URL": own,
        "PUSHCART_CLOCK": str(var / "clock"),
        "PUSHCART_ORDER_SYSTEM_URL": f"http://127.0.0.1:{ports.order_system}",
        "PUSHCART_OUTBOX_URL": f"http://127.0.0.1:{ports.outbox}",
        "STRIPE_API_BASE": f"http://127.0.0.1:{ports.stripe}",
        "STRIPE_API_KEY": "sk_test_sandbox",
        "STRIPE_TEST_API_KEY": "sk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": secret(var / "sandbox" / "stripe_webhook_secret", prefix="whsec_"),
        "POSTMARK_SERVER_TOKEN": "sandbox",
        "POSTMARK_API_URL": f"http://127.0.0.1:{ports.outbox}/postmark/",
        "TWILIO_API_BASE": f"http://127.0.0.1:{ports.outbox}/twilio",
    }
