"""The look of the double's pages: plain HTML with one style, light and dark."""

from __future__ import annotations

from html import escape

from aiohttp import web

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 15%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.35rem; } h2 { font-size: 1.05rem; margin-top: 2rem; }
.quiet { opacity: .7; } .bad { color: #c22; } .good { color: #2a7d46; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
th.money, td.money { text-align: right; }
td.money { font-variant-numeric: tabular-nums; } code { font-size: .85em; }
.card { max-width: 26rem; margin: 12vh auto; padding: 1.5rem 2rem; border: 1px solid var(--line); }
button { font: inherit; padding: .5rem 1.1rem; border-radius: .4rem; border: 1px solid var(--line); cursor: pointer; }
button.main { background: #635bff; color: #fff; border-color: #635bff; }
"""


def page(title: str, body: str, *, status: int = 200) -> web.Response:
    html = (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{escape(title)}</title><style>{_STYLE}</style><body>{body}</body></html>"
    )
    return web.Response(text=html, content_type="text/html", status=status)


def box(inside: str) -> str:
    return f"<main class=card>{inside}</main>"
