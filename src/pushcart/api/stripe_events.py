"""POST /stripe/events: what Stripe tells by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pushcart.carts.actions.settle import settle
from pushcart.carts.models import Line
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.payments.actions.take_event import take_event
from pushcart.payments.errors import EventRefusedError, StripeUnreachableError

if TYPE_CHECKING:
    from django.http import HttpRequest

    from pushcart.payments.actions.take_event import TakenEvent


@csrf_exempt  # signed by Stripe
@require_POST
def stripe_events(request: HttpRequest) -> HttpResponse:
    """Takes one event. 200: taken; 400: not Stripe's; 503: Stripe is asked to send it again."""
    try:
        taken = take_event(request.body, request.headers.get("Stripe-Signature", ""))
    except EventRefusedError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain")
    except StripeUnreachableError as error:
        return HttpResponse(str(error), status=503, content_type="text/plain")
    _follow(taken)
    return HttpResponse("taken", content_type="text/plain")


def _follow(taken: TakenEvent) -> None:
    """An account changes what its stores may sell; a hold or a refund changes the line that it pays for."""
    if taken.account is not None:
        renew_company(taken.account.company_id)
    if taken.hold is not None:
        cart_id = Line.objects.filter(pk=taken.hold.line_id).values_list("cart_id", flat=True).first()
        if cart_id is not None:
            settle(cart_id)
