"""The widget, one script (decision 0107): `/widget/v1/…` for its latest, `/widget/<version>/…` for that very one."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

NAME = "pushcart-locator.js"
SCRIPT = (files(__package__) / NAME).read_bytes()
# What is in the script names it, so that no change can go by the same name.
VERSION = hashlib.sha256(SCRIPT).hexdigest()[:16]
_GZIPPED = gzip.compress(SCRIPT, 9, mtime=0)
_ETAG = f'"{VERSION}"'
_LATEST = "public, max-age=3600, stale-while-revalidate=86400"
_FOREVER = "public, max-age=31536000, immutable"


async def widget(request: Request) -> Response:
    """To any page: a script holds no data."""
    version = request.path_params["version"]
    if version not in {"v1", VERSION}:
        return PlainTextResponse("There is no such version of the widget: /widget/v1/ has its latest.", 404)
    headers = {
        "cache-control": _LATEST if version == "v1" else _FOREVER,
        "etag": _ETAG,
        "vary": "Accept-Encoding",
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    if request.headers.get("if-none-match") == _ETAG:
        return Response(status_code=304, headers=headers)
    zipped = "gzip" in request.headers.get("accept-encoding", "")
    if zipped:
        headers["content-encoding"] = "gzip"
    return Response(_GZIPPED if zipped else SCRIPT, headers=headers, media_type="text/javascript")
