"""The web application: the providers' APIs, what came as JSON, and a page for people."""

from __future__ import annotations

import re
from dataclasses import asdict
from html import escape
from pathlib import Path

from aiohttp import web

from pushcart.sandbox.outbox import postmark, twilio
from pushcart.sandbox.outbox.keys import OUTBOX
from pushcart.sandbox.outbox.letters import Letter, Outbox

_LINK = re.compile(r"https?://[^\s<&]+(?:&amp;[^\s<&]+)*")
_PAGE = (Path(__file__).parent / "page.html").read_text(encoding="utf-8")


def make(state: Path) -> web.Application:
    """The double with its memory in `state`."""
    app = web.Application(client_max_size=1_000_000)
    app[OUTBOX] = Outbox(state)
    app.add_routes(
        [
            web.post("/postmark/email", postmark.send),
            web.post("/twilio/2010-04-01/Accounts/{account}/Messages.json", twilio.send),
            web.get("/letters", _letters),
            web.get("/", _page),
        ]
    )
    return app


async def _letters(request: web.Request) -> web.Response:
    """GET /letters?after=N: what came after letter N, as JSON."""
    after = request.query.get("after", "0")
    if not after.isdigit():
        raise web.HTTPUnprocessableEntity(text="after is the number of a letter")
    return web.json_response([asdict(letter) for letter in request.app[OUTBOX].after(int(after))])


async def _page(request: web.Request) -> web.Response:
    letters = "".join(map(_as_html, reversed(request.app[OUTBOX].after(0))))
    page = _PAGE.replace("{letters}", letters or "<p>Nothing was sent yet.</p>")
    return web.Response(text=page, content_type="text/html")


def _as_html(letter: Letter) -> str:
    head = f"{letter.channel} to {letter.recipient}"
    text = _LINK.sub(r'<a href="\g<0>">\g<0></a>', escape(letter.text))
    return (
        f"<article><h2>{escape(letter.subject or letter.text[:70])}</h2>"
        f"<p>{escape(head)} <time>{escape(letter.at)}</time></p><pre>{text}</pre></article>"
    )
