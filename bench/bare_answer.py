"""An answer of the same bytes that never changes, from granian and Starlette: what the parts alone cost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

_BYTES = Path(os.environ["BENCH_ANSWER"]).read_bytes()


async def _answer(_request: Request) -> Response:
    return Response(_BYTES, media_type="application/json")


app = Starlette(routes=[Route("/headless/api/1.0/product/locate", _answer), Route("/{rest:path}", _answer)])
