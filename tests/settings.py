"""Settings of the test session; `tests/conftest.py` fills in the database of its throw-away cluster."""

import os
import tempfile
from pathlib import Path

from pushcart.config.settings import *  # noqa: F403

SECRET_KEY = "tests only"
SECRET_KEY_FALLBACKS = []
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PUBLIC_URL = "http://testserver"
# Tests say themselves what they send and to whom; nothing leaves the machine.
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Few tests ask for a place, many start a server.
PLACES_AT_START = False
WEBHOOK_ALLOW = frozenset({"http", "loopback", "any-port"})
# Nobody listens there: a test that needs the payment double asks for it (tests/doubles.py).
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "http://127.0.0.1:1")
STRIPE_API_KEY = "sk_test_of_the_tests"
STRIPE_TEST_API_KEY = "sk_test_of_the_tests"
STRIPE_NETWORK_RETRIES = 0
STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests"
# Of a test that moves the clock of the programs that it starts too.
CLOCK_FILE = Path(os.environ["PUSHCART_CLOCK"]) if "PUSHCART_CLOCK" in os.environ else None
# Kept feeds: imports have the same numbers in each test database, so each process of xdist has its own folder, and the
# programs that it starts have that one.
_FEEDS = f"PUSHCART_TEST_FEEDS_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
if _FEEDS not in os.environ:
    os.environ[_FEEDS] = tempfile.mkdtemp(prefix="pushcart-feeds-")
FEEDS = Path(os.environ[_FEEDS])
