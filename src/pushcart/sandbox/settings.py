"""One machine as a whole network: an installation with every outside service played on this machine.

`bin/dev` sets what it decides (`PUSHCART_VAR`, `PUSHCART_PORT`, `DATABASE_URL`, the services' addresses);
without it the same defaults hold, so that a command typed by hand meets the same network.
"""

from __future__ import annotations

import os
from pathlib import Path

from pushcart.config.settings import *  # noqa: F403
from pushcart.config.settings import ANYMAIL, INSTALLED_APPS, VAR
from pushcart.sandbox.secret import secret
from pushcart.sandbox.stripe.keys import client_id

PORT = int(os.environ.get("PUSHCART_PORT", "8080"))
_STRIPE = f"http://127.0.0.1:{PORT + 1}"
_OUTBOX = f"http://127.0.0.1:{PORT + 2}"

SECRET_KEY = secret(VAR / "secret_key")
PUBLIC_URL = os.environ.get("PUSHCART_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ROOT_URLCONF = "pushcart.sandbox.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "pushcart.sandbox", "pushcart.sandbox.page"]

FEE_BASIS_POINTS = int(os.environ.get("PUSHCART_FEE_BASIS_POINTS", "350"))

CLOCK_FILE = Path(os.environ.get("PUSHCART_CLOCK", VAR / "clock"))
# It is up sooner; who first looks for a town waits for the names.
PLACES_AT_START = False
WEBHOOK_ALLOW = frozenset({"http", "loopback", "any-port"})

STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", _STRIPE)
STRIPE_API_KEY = os.environ.get("STRIPE_API_KEY", "sk_test_sandbox")
STRIPE_TEST_API_KEY = os.environ.get("STRIPE_TEST_API_KEY", "sk_test_sandbox")
# As the double names the platform of that key.
STRIPE_CLIENT_ID = os.environ.get("STRIPE_CLIENT_ID") or client_id(STRIPE_API_KEY)
STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET") or secret(
    VAR / "sandbox" / "stripe_webhook_secret", prefix="whsec_"
)

EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
ANYMAIL = {
    **ANYMAIL,
    "POSTMARK_SERVER_TOKEN": os.environ.get("POSTMARK_SERVER_TOKEN", "sandbox"),
    "POSTMARK_API_URL": os.environ.get("POSTMARK_API_URL", f"{_OUTBOX}/postmark/"),
}
TWILIO_ACCOUNT_SID = os.environ.get("TWILIO_ACCOUNT_SID", "ACsandbox")
TWILIO_AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "sandbox")
TWILIO_FROM = os.environ.get("TWILIO_FROM", "+15005550006")
TWILIO_API_BASE = os.environ.get("TWILIO_API_BASE", f"{_OUTBOX}/twilio")
