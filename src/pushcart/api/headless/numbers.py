"""The live service's numbers of what can be wrong (its public error table)."""

from __future__ import annotations

SERVER_ERROR = 1000  # the message begins "App server error" and brings a number to look it up by
NO_ACCESS = 1101
NOT_AUTHORIZED = 1102
PROCESSOR_TROUBLE = 1323
ITEM_NOT_AVAILABLE = 1327  # and whatever has no number of its own: it can't be had as asked for
STRIPE_ERROR = 1328
STORE_NOT_FOUND = 1329
TAX_MISMATCH = 1335
