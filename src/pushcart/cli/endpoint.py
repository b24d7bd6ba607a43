"""`pushcart endpoint …`: where companies take their pushes, and all that an owner may set there, by hand."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from pushcart.cli.asking import company_called, stop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pushcart.companies.models import Endpoint

endpoint = typer.Typer(help="Connects, sets and looks after the endpoints that take pushes.", no_args_is_help=True)

_Slug = Annotated[str, typer.Argument(metavar="COMPANY", help="The company's short name.")]
_Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the endpoint, as `endpoint list` gives it.")]
_Events = Annotated[str | None, typer.Option(help="Types of events with commas between them; '' for all of orders.")]
_Body = Annotated[str | None, typer.Option(help="fat (the cart) or thin (one line's status).")]
_Ed25519 = Annotated[bool, typer.Option("--ed25519", help="The Ed25519 key, not the secret.")]
_STDIN = "-"


@endpoint.command("list")
def list_(company: _Slug) -> None:
    """Lists a company's endpoints."""
    for row in company_called(company).endpoints.order_by("pk"):
        kind = "test" if row.test else "live"
        _out().print(f"{row.pk:6} {kind} {row.state:9} {row.state_since:%Y-%m-%d %H:%M} {row.url}", markup=False)


@endpoint.command()
def show(number: _Number) -> None:
    """Shows what is set at an endpoint. Of secrets the end alone, of headers the names; public keys in full."""
    from pushcart.companies.actions.show_secrets import show_secrets
    from pushcart.companies.own_headers import open_headers
    from pushcart.companies.signing_keys import public_key

    it = _endpoint(number)
    ends = f"until {it.client_certificate_ends:%Y-%m-%d}" if it.client_certificate_ends else "none"
    for name, value in (
        ("url", it.url),
        ("company", f"{it.company}, {'test' if it.test else 'live'} orders"),
        ("state", f"{it.state} since {it.state_since:%Y-%m-%d %H:%M} UTC {it.state_reason}".strip()),
        ("body", f"{it.body}{', overtaken updates left out' if it.folds else ''}"),
        ("events", ", ".join(it.event_types) or "all of orders"),
        ("at once", it.most_at_once or "each pusher's own pace"),
        ("per minute", it.most_per_minute or "each pusher's own pace"),
        ("headers", ", ".join(open_headers(it.sealed_headers)) or "none"),
        ("certificate", ends),
        ("authorities", "its own" if it.authorities else "the system's"),
        ("secrets", ", ".join(f"…{secret[-4:]}" for secret in show_secrets(it))),
        ("public keys", ", ".join(map(public_key, it.sealed_signing_keys)) or "none: HMAC alone"),
    ):
        _out().print(f"{name:12} {value}", markup=False)


@endpoint.command()
def connect(
    company: _Slug,
    url: str,
    *,
    test: Annotated[bool, typer.Option("--test", help="For test orders.")] = False,
    body: _Body = None,
    events: _Events = None,
) -> None:
    """Gives a company an endpoint. It is used once it has answered a signed check."""
    from pushcart.companies.actions.connect_endpoint import connect_endpoint

    with _sentences():
        made = connect_endpoint(
            company_called(company), url, test=test, body=body or "fat", event_types=_types(events) or []
        )
    _out().print(f"Endpoint {made.pk} is connected, and is asked now. Its secret: pushcart endpoint secret {made.pk}")


@endpoint.command("set")
def set_(
    number: _Number,
    *,
    url: Annotated[str | None, typer.Option(help="A new one has to answer a check.")] = None,
    body: _Body = None,
    events: _Events = None,
    folds: Annotated[bool | None, typer.Option(help="Leave out updates that a newer one has overtaken.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Requests at a time, 1 to 100; 0: no bound.")] = None,
    per_minute: Annotated[int | None, typer.Option(help="Requests a minute, 1 to 60,000; 0: no bound.")] = None,
) -> None:
    """Changes what is said, and leaves the rest."""
    from pushcart.companies.actions.change_endpoint import change_endpoint
    from pushcart.companies.actions.set_bounds import set_bounds

    it = _endpoint(number)
    with _sentences():
        set_bounds(
            number,
            at_once=it.most_at_once if at_once is None else at_once or None,
            per_minute=it.most_per_minute if per_minute is None else per_minute or None,
        )
        change_endpoint(number, url=url, body=body, event_types=_types(events), folds=folds)
    show(number)


@endpoint.command()
def headers(
    number: _Number, file: Annotated[str, typer.Argument(help="Lines of `Name: value`; - for stdin; empty: none.")]
) -> None:
    """Sets the owner's own headers, in place of those before. From a file, so that no secret stands in a history."""
    from pushcart.companies.actions.set_headers import set_headers

    lines = [line for line in _text(file).splitlines() if line.strip()]
    pairs = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        stop("a header stands there twice.")
    with _sentences():
        set_headers(_endpoint(number).pk, dict(pairs))
    _out().print(f"{len(pairs)} headers of its owner's go with each push.")


@endpoint.command()
def certificate(
    number: _Number,
    chain: Annotated[str, typer.Argument(help="A file of PEM, ours first; '' with an empty key: none any more.")],
    key: Annotated[str, typer.Argument(help="A file of PEM, not under a password.")],
) -> None:
    """Has us show a client certificate to an endpoint (mutual TLS)."""
    from pushcart.companies.actions.set_client_certificate import set_client_certificate

    with _sentences():
        ends = set_client_certificate(_endpoint(number).pk, _text(chain), _text(key)).client_certificate_ends
    _out().print(f"The certificate ends on {ends:%Y-%m-%d}." if ends else "No certificate is shown any more.")


@endpoint.command()
def authorities(
    number: _Number, file: Annotated[str, typer.Argument(help="A file of PEM; '': the system's authorities again.")]
) -> None:
    """Sets whom the endpoint's own certificate must come from."""
    from pushcart.companies.actions.set_authorities import set_authorities

    with _sentences():
        set_authorities(_endpoint(number).pk, _text(file))


@endpoint.command()
def secret(number: _Number) -> None:
    """Prints an endpoint's secrets once more, the newest first."""
    from pushcart.companies.actions.show_secrets import show_secrets

    with _sentences():
        print("\n".join(show_secrets(_endpoint(number))))


@endpoint.command()
def rotate(number: _Number, *, ed25519: _Ed25519 = False) -> None:
    """Makes a new secret, or the first or a new Ed25519 key, and prints it; the older ones sign on until `retire`."""
    from pushcart.companies.actions.rotate_secret import rotate_secret
    from pushcart.companies.actions.rotate_signing_key import rotate_signing_key

    print((rotate_signing_key if ed25519 else rotate_secret)(_endpoint(number).pk))


@endpoint.command()
def retire(
    number: _Number,
    *,
    ed25519: _Ed25519 = False,
    all_of_them: Annotated[bool, typer.Option("--all", help="Of Ed25519 keys the newest too: HMAC alone.")] = False,
) -> None:
    """Ends a rotation: the newest alone signs from now on."""
    from pushcart.companies.actions.retire_secrets import retire_secrets
    from pushcart.companies.actions.retire_signing_keys import retire_signing_keys

    pk = _endpoint(number).pk
    count = retire_signing_keys(pk, all_of_them=all_of_them) if ed25519 else retire_secrets(pk)
    _out().print(f"{count} retired.")


@endpoint.command()
def pause(number: _Number) -> None:
    """Holds the pushes back."""
    from pushcart.companies.actions.pause_endpoint import pause_endpoint

    with _sentences():
        pause_endpoint(_endpoint(number).pk)


@endpoint.command()
def resume(number: _Number) -> None:
    """Uses a paused or stopped endpoint again, once it has answered a signed check; what was held comes in order."""
    from pushcart.companies.actions.resume_endpoint import resume_endpoint

    with _sentences():
        resume_endpoint(_endpoint(number).pk)


@endpoint.command()
def replay(
    number: _Number,
    *,
    event: Annotated[str | None, typer.Option(help="One event's id, the webhook-id.")] = None,
    first: Annotated[int | None, typer.Option(help="The least number of the stream.")] = None,
    last: Annotated[int | None, typer.Option(help="The greatest number of the stream.")] = None,
    since: Annotated[datetime | None, typer.Option(help="In UTC.")] = None,
) -> None:
    """Sends events once more: one, a range, or all since a time."""
    from pushcart.webhooks.actions.replay import replay as send_again
    from pushcart.webhooks.models import Cursor

    moment = since.replace(tzinfo=UTC) if since else None
    try:
        count = send_again(_endpoint(number).pk, uid=event, first=first, last=last, since=moment)
    except Cursor.DoesNotExist:
        stop("no pusher has met this endpoint yet, so nothing was sent that could be sent again.")
    except ValueError as error:
        stop(str(error))
    _out().print(f"{count:,} pushes go out once more.")


@endpoint.command()
def digest(
    company: _Slug,
    day: Annotated[datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="In UTC; yesterday by default.")] = None,
    *,
    test: Annotated[bool, typer.Option("--test", help="Of test orders.")] = False,
) -> None:
    """Prints a day's events in one line: by it a company can show that it has them all."""
    from pushcart.events.models import Day
    from pushcart.kit import clock

    wanted = day.date() if day else (clock.now() - timedelta(days=1)).date()
    if (found := Day.objects.filter(company_id=company_called(company).pk, test=test, day=wanted).first()) is None:
        stop(f"there is no digest of {wanted}: a day is closed five minutes after it ends (UTC), by `pushcart work`.")
    print(found)


def _endpoint(number: int) -> Endpoint:
    from pushcart.companies.models import Endpoint

    found = Endpoint.objects.select_related("company").filter(pk=number).first()
    if found is None:
        stop(f"there is no endpoint {number}; see `pushcart endpoint list COMPANY`.")
    return found


def _types(events: str | None) -> list[str] | None:
    return None if events is None else [each.strip() for each in events.split(",") if each.strip()]


def _text(file: str) -> str:
    if not file:
        return ""
    try:
        return sys.stdin.read() if file == _STDIN else Path(file).read_text()
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{file} can't be read: {error}.")


@contextmanager
def _sentences() -> Iterator[None]:
    """What is refused is one sentence, and not a stack of calls."""
    from pushcart.companies.errors import CompanyError
    from pushcart.kit.addresses import TargetRefusedError
    from pushcart.kit.crypto import SealBrokenError
    from pushcart.kit.states import IllegalMoveError

    try:
        yield
    except (CompanyError, TargetRefusedError, SealBrokenError, IllegalMoveError) as error:
        stop(str(error))


def _out() -> Console:
    return Console(highlight=False, soft_wrap=True)
