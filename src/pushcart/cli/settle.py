"""`pushcart settle charge | refund`: says by hand what became of money of which Stripe does not tell any more."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Annotated

import typer

from pushcart.cli.asking import stop

if TYPE_CHECKING:
    from pushcart.payments.models import Hold, Refund

settle = typer.Typer(help="Ends what waits for an answer of Stripe's that will not come.", no_args_is_help=True)

_Done = Annotated[bool, typer.Option("--done/--not-done", help="Whether the money moved.")]
_Reason = Annotated[str, typer.Option(help="Where that was seen; kept with the event.")]
_By = Annotated[str, typer.Option(help="Who looked; without it, whoever is signed in to this machine.")]


@settle.command()
def charge(line: int, *, done: _Done, reason: _Reason, by: _By = "") -> None:
    """Of a line (its number is in the operator's mail) whose charge has no answer."""
    from pushcart.payments.models import Hold

    hold = Hold.objects.filter(line_id=line).first()
    if hold is None:
        stop(f"there is no hold of a line {line}.")
    _write(hold, hold.line_id, done=done, reason=reason, by=by)


@settle.command()
def refund(number: int, *, done: _Done, reason: _Reason, by: _By = "") -> None:
    """Of a refund (its number is in the operator's mail) that has no end."""
    from pushcart.payments.models import Refund

    refund = Refund.objects.filter(pk=number).select_related("hold").first()
    if refund is None:
        stop(f"there is no refund {number}.")
    _write(refund, refund.hold.line_id, done=done, reason=reason, by=by)


def _write(of: Hold | Refund, line_id: int, *, done: bool, reason: str, by: str) -> None:
    from pushcart.carts.actions.settle import settle as settle_cart
    from pushcart.carts.models import Line
    from pushcart.payments.actions.record_outcome import record_outcome
    from pushcart.payments.errors import OutcomeError

    try:
        record_outcome(of, done=done, by=by or getpass.getuser(), reason=reason)
    except OutcomeError as error:
        stop(str(error))
    for line in Line.objects.filter(pk=line_id):
        settle_cart(line.cart_id)
    typer.echo(f"Line {line_id}: {of}.")
