"""What no route of the API answers is refused in its envelope too: never a page of HTML (contract, section 2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushcart.api.errors import Refused
from pushcart.api.headless.door import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_HEADLESS = "/headless/"
_API = ("/api/v2/", _HEADLESS)


def in_the_envelope(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: Django's own pages for an unknown address and a wrong method become the API's answers."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path.startswith(_API) or response.headers.get("Content-Type") == "application/json":
            return response
        if response.status_code == 404:  # noqa: PLR2004 not found
            refused = Refused(404, "not_found", f"There is no such address for {request.method}.")
        elif response.status_code == 405:  # noqa: PLR2004 method not allowed
            allow = response.headers["Allow"]
            refused = Refused(405, "method_not_allowed", f"This is asked by {allow}.", headers={"Allow": allow})
        else:
            return response
        return refusal(refused) if request.path.startswith(_HEADLESS) else refused.response()

    return answer
