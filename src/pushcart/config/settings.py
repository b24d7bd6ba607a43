"""Settings of a PushCart installation, read from the environment.

Nothing here knows of the sandbox: `pushcart.sandbox.settings` builds on these and never the other way round.
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TextIO, cast

import structlog

from pushcart.kit.database_url import parse as parse_database_url
from pushcart.kit.logs import Lines, Redacting, level, redacted
from pushcart.kit.traces import add_trace_id

PROJECT = Path(__file__).resolve().parents[3]
# Everything that an installation writes: data, logs, sockets, secrets of the sandbox.
VAR = Path(os.environ.get("PUSHCART_VAR", PROJECT / "var"))

SECRET_KEY = os.environ.get("PUSHCART_SECRET_KEY", "")
# Older keys still open what they closed; the first of all closes. Comma separated.
SECRET_KEY_FALLBACKS = [key for key in os.environ.get("PUSHCART_OLD_SECRET_KEYS", "").split(",") if key]
DEBUG = False
ALLOWED_HOSTS = os.environ.get("PUSHCART_HOSTS", "127.0.0.1,localhost").split(",")
# Where the outside finds us: order links, API links and mails are built on it. No trailing slash.
PUBLIC_URL = os.environ.get("PUSHCART_URL", "http://127.0.0.1:8080").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "anymail",
    "ninja",
    "pushcart.kit",
    "pushcart.events",
    "pushcart.companies",
    "pushcart.stores",
    "pushcart.catalog",
    "pushcart.inventory",
    "pushcart.eligibility",
    "pushcart.locator",
    "pushcart.payments",
    "pushcart.carts",
    "pushcart.visits",
    "pushcart.messages",
    "pushcart.notifications",
    "pushcart.webhooks",
    "pushcart.worker",
    "pushcart.api",
    "pushcart.shop",
    "pushcart.station",
]

MIDDLEWARE = [
    "pushcart.kit.traces.Traced",
    "pushcart.api.in_the_envelope.in_the_envelope",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "pushcart.config.urls"
WSGI_APPLICATION = "pushcart.config.wsgi.application"

DATABASES = {"default": parse_database_url(os.environ.get("DATABASE_URL"), var=VAR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "companies.Person"

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# Straight from the packages: nothing has to be collected before a start.
WHITENOISE_USE_FINDERS = True
CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"default-src": ["'self'"], "img-src": ["'self'", "data:"]}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# A view that takes files names the most it takes; all others take none.
FILE_UPLOAD_HANDLERS = ["pushcart.kit.uploads.AtMost"]

# Stripe. Without a base address the SDK talks to Stripe itself.
STRIPE_API_KEY = os.environ.get("STRIPE_API_KEY", "")
# For the carts of test keys (contract, section 1).
STRIPE_TEST_API_KEY = os.environ.get("STRIPE_TEST_API_KEY", "")
STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "")
# The platform's `ca_…`, with which the owner of an existing account lets the platform act for it; empty: not offered.
STRIPE_CLIENT_ID = os.environ.get("STRIPE_CLIENT_ID", "")
# What a new account is: "standard" with a dashboard of its own, or "express" (decision 0116).
STRIPE_ACCOUNT_TYPE = os.environ.get("STRIPE_ACCOUNT_TYPE", "standard")
# Of the endpoint that takes Stripe's events; several, comma separated, for live and test mode or during a change.
STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "")
# How often the SDK itself asks again, with the same idempotency key, before a call counts as unanswered.
STRIPE_NETWORK_RETRIES = int(os.environ.get("STRIPE_NETWORK_RETRIES", "2"))
STRIPE_CONNECT_SECONDS = 5.0
STRIPE_READ_SECONDS = 20.0

# Mail by Django and anymail, SMS by Twilio. Without a base address Twilio's SDK talks to Twilio itself.
EMAIL_BACKEND = os.environ.get("PUSHCART_EMAIL_BACKEND", "django.core.mail.backends.smtp.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("PUSHCART_MAIL_FROM", "orders@pushcart.example")
ANYMAIL = {"POSTMARK_SERVER_TOKEN": os.environ.get("POSTMARK_SERVER_TOKEN", "")}
if os.environ.get("POSTMARK_API_URL"):
    ANYMAIL["POSTMARK_API_URL"] = os.environ["POSTMARK_API_URL"]
TWILIO_ACCOUNT_SID = os.environ.get("TWILIO_ACCOUNT_SID", "")
TWILIO_AUTH_TOKEN = os.environ.get("TWILIO_AUTH_TOKEN", "")
TWILIO_FROM = os.environ.get("TWILIO_FROM", "")
TWILIO_API_BASE = os.environ.get("TWILIO_API_BASE", "")

# What the operator takes of each charge where a retailer has no rate of its own (decision 0111).
FEE_BASIS_POINTS = int(os.environ.get("PUSHCART_FEE_BASIS_POINTS", "0"))
FEE_BACK_DAYS = int(os.environ.get("PUSHCART_FEE_BACK_DAYS", "30"))
# Who is told when Stripe's books and ours differ; without it, the network's operators.
OPERATOR_EMAIL = os.environ.get("PUSHCART_OPERATOR_EMAIL", "")

# Where feeds are dropped, by SFTP for one: a folder for each retailer. Empty: nowhere.
DROP_FOLDER = os.environ.get("PUSHCART_DROP_FOLDER", "")

# The operator's rules (the announcement; contract sections 1, 3 and 5).
PUSHCART_FEED_MAX_AGE_HOURS = int(os.environ.get("PUSHCART_FEED_MAX_AGE_HOURS", "24"))
FEED_WARN_HOURS = int(os.environ.get("PUSHCART_FEED_WARN_HOURS", "20"))
# For how long after a store was told in full a delta renews its age.
FEED_COUNT_DAYS = int(os.environ.get("PUSHCART_FEED_COUNT_DAYS", "7"))
# Stock older than this is promised to nobody, by whatever workflow (decision 0021).
STOCK_MAX_AGE_HOURS = int(os.environ.get("PUSHCART_STOCK_MAX_AGE_HOURS", "72"))
# Feeds are kept here for so many days; web and worker share the folder.
FEEDS = Path(os.environ.get("PUSHCART_FEEDS", VAR / "feeds"))
FEED_KEEP_DAYS = int(os.environ.get("PUSHCART_FEED_KEEP_DAYS", "14"))
# The most that a file may have, as it comes and unpacked; and the most memory that reading a workbook may take.
FEED_MOST_BYTES = int(os.environ.get("PUSHCART_FEED_MOST_MB", "1024")) * 2**20
FEED_MOST_UNPACKED = int(os.environ.get("PUSHCART_FEED_MOST_UNPACKED_MB", "4096")) * 2**20
PRODUCTS_MOST_BYTES = int(os.environ.get("PUSHCART_PRODUCTS_MOST_MB", "50")) * 2**20
FEED_MOST_ROWS = int(os.environ.get("PUSHCART_FEED_MOST_ROWS", "5000000"))
FEED_WORKBOOK_MEMORY = int(os.environ.get("PUSHCART_FEED_WORKBOOK_MB", "1024")) * 2**20
# A feed sent to the API is answered once it counts up to this size; a larger one is read by the worker.
FEED_AT_ONCE_BYTES = int(os.environ.get("PUSHCART_FEED_AT_ONCE_KB", "4096")) * 2**10
# Stores of one feed that are written at the same time, each by a database connection.
FEED_CONNECTIONS = int(os.environ.get("PUSHCART_FEED_CONNECTIONS", "2"))
PUSHCART_WINDOW_MINUTES = int(os.environ.get("PUSHCART_WINDOW_MINUTES", "120"))
STANDARD_WINDOW_MINUTES = int(os.environ.get("PUSHCART_STANDARD_WINDOW_MINUTES", "480"))
REMINDER_MINUTES = int(os.environ.get("PUSHCART_REMINDER_MINUTES", "30"))
BEHIND_MINUTES = int(os.environ.get("PUSHCART_BEHIND_MINUTES", "10"))
# The names of the world's towns are read before the first request: two seconds of a start.
PLACES_AT_START = True
# Where a web process shows its metrics, on 127.0.0.1; 0: nowhere. Its command sets it.
METRICS_PORT = int(os.environ.get("PUSHCART_METRICS_PORT", "0"))
# Addresses and networks whose X-Forwarded-For is believed, comma separated: nobody's.
TRUSTED_PROXIES = [each for each in os.environ.get("PUSHCART_TRUSTED_PROXIES", "").split(",") if each.strip()]
RATE_LIMIT_PER_MINUTE = int(os.environ.get("PUSHCART_RATE_LIMIT_PER_MINUTE", "1000"))
# Targets of webhooks that an operator allows besides public https on 443: "http", "loopback", "any-port".
WEBHOOK_ALLOW = frozenset(filter(None, os.environ.get("PUSHCART_WEBHOOK_ALLOW", "").split(",")))
# The authorities that endpoints' certificates come from, in place of the system's: a file of PEM.
WEBHOOK_CA_FILE = os.environ.get("PUSHCART_WEBHOOK_CA_FILE", "")
# Attempts and finished deliveries are kept for so long; what is still owed, for as long as it is.
WEBHOOK_KEEP_DAYS = int(os.environ.get("PUSHCART_WEBHOOK_KEEP_DAYS", "30"))

# The sandbox alone may move the clock; a live installation has no file to read an offset from.
CLOCK_FILE: Path | None = None

LOGGING_CONFIG = None
_others = logging.StreamHandler()
_others.setFormatter(Redacting("%(levelname)s %(name)s: %(message)s"))
logging.basicConfig(level=logging.WARNING, handlers=[_others])
# From "debug", which names each push, to "error".
LOG_LEVEL = level(os.environ.get("PUSHCART_LOG_LEVEL", "info"))
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        add_trace_id,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.JSONRenderer(),
        redacted,
    ],
    wrapper_class=structlog.make_filtering_bound_logger(LOG_LEVEL),
    logger_factory=structlog.WriteLoggerFactory(cast("TextIO", Lines())),
)
