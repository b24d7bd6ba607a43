from __future__ import annotations

from aiohttp import web

from pushcart.sandbox.outbox.letters import Outbox

OUTBOX = web.AppKey("outbox", Outbox)
