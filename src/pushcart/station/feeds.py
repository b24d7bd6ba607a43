"""The owner's page of feeds: upload one, see what became of each, and decide on those that wait.

Its link is the proof, and changes nothing by being followed, because mail scanners follow links. It opens no other page
of the owner's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import transaction
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST, require_safe

from pushcart.companies.owner_link import OwnerLinkError, company_of
from pushcart.eligibility.actions.renew_company import renew_company
from pushcart.inventory.actions.discard_feed import discard_feed
from pushcart.inventory.actions.receive_feed import receive_feed
from pushcart.inventory.actions.release_feed import release_feed
from pushcart.inventory.feed.errors import FeedError
from pushcart.inventory.imports import import_of, report_csv
from pushcart.inventory.jobs import read_feed
from pushcart.inventory.models import Import
from pushcart.kit.uploads import AtMost
from pushcart.station.feeds_shown import shown
from pushcart.stores.models import Store

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile
    from django.http import HttpRequest

    from pushcart.companies.models import Company

_BY = "the owner's page"
_DECIDE = {"release": release_feed, "discard": discard_feed}


class UploadError(ValueError):
    """Nothing was taken in; the message says why."""


@never_cache
@require_safe
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The form, the last feeds, and how old each store's stock is."""
    try:
        company = company_of(token, "feeds")
    except OwnerLinkError as error:
        return _no_page(request, error)
    return _page(request, token, company)


@csrf_exempt  # reading the form would take in the file before it is known how large it may be: `_upload` is protected
@require_POST
def upload(request: HttpRequest, token: str) -> HttpResponse:
    """Takes in a file, which the worker reads."""
    quota = AtMost(request, settings.FEED_MOST_BYTES)
    request.upload_handlers = [quota, TemporaryFileUploadHandler(request)]
    answer: HttpResponse = _upload(request, token, quota)
    return answer


@csrf_protect
def _upload(request: HttpRequest, token: str, quota: AtMost) -> HttpResponse:
    try:
        company = company_of(token, "feeds")
        _take_in(request, company, _file(request, quota))
    except OwnerLinkError as error:
        return _no_page(request, error)
    except UploadError as error:
        return _page(request, token, company, trouble=str(error), status=422)
    return redirect("feeds", token=token)


@require_POST
def decide(request: HttpRequest, token: str, import_id: int) -> HttpResponse:
    """Lets a held feed count, or throws it away."""
    try:
        company = company_of(token, "feeds")
        feed = import_of(company.pk, import_id)
        act = _DECIDE.get(request.POST.get("do", ""))
        if feed is None or act is None:
            return _page(request, token, company, trouble="There is no such feed of yours.", status=404)
        act(feed.pk, by=_BY)
    except OwnerLinkError as error:
        return _no_page(request, error)
    except FeedError as error:
        return _page(request, token, company, trouble=str(error), status=409)
    renew_company(company.pk)
    return redirect("feeds", token=token)


@never_cache
@require_safe
def report(request: HttpRequest, token: str, import_id: int) -> HttpResponseBase:
    """The lines of a feed that were set aside or put right."""
    try:
        company = company_of(token, "feeds")
    except OwnerLinkError as error:
        return _no_page(request, error)
    feed = import_of(company.pk, import_id)
    if feed is None:
        return _page(request, token, company, trouble="There is no such feed of yours.", status=404)
    name, told = f"import-{feed.pk}.csv", report_csv(feed)
    if isinstance(told, str):
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(told, content_type="text/csv", headers=headers)
    return FileResponse(told, as_attachment=True, filename=name, content_type="text/csv")


def _file(request: HttpRequest, quota: AtMost) -> UploadedFile:
    file = request.FILES.get("file")
    if quota.exceeded:
        most = settings.FEED_MOST_BYTES // 2**20
        raise UploadError(f"The file is larger than {most} MB, which is the most. Send it packed by gzip.")
    if file is None or isinstance(file, list):
        raise UploadError("Choose a file first.")
    if not file.size:
        raise UploadError(f"{file.name} is empty.")
    return file


def _take_in(request: HttpRequest, company: Company, file: UploadedFile) -> None:
    store, said = None, request.POST.get("store", "")
    if said:
        store = Store.objects.filter(company=company, number=said).first()
        if store is None:
            raise UploadError("Choose one of your stores.")
    delta = request.POST.get("mode") == Import.Mode.DELTA
    feed = receive_feed(company, file, source=file.name or "upload", by=_BY, store=store, delta=delta)
    if feed.state == Import.State.RECEIVED:
        with transaction.atomic():
            read_feed.defer(import_id=feed.pk)


def _page(request: HttpRequest, token: str, company: Company, *, trouble: str = "", status: int = 200) -> HttpResponse:
    context = {"token": token, "company": company, "trouble": trouble, **shown(company)}
    return render(request, "station/feeds.html", context, status=status)


def _no_page(request: HttpRequest, error: OwnerLinkError) -> HttpResponse:
    return render(request, "station/no_setup.html", {"trouble": str(error)}, status=404)
