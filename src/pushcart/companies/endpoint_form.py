"""What an operator may set at an endpoint in the back office; each goes by the action that its owner uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.db import transaction

from pushcart.companies.actions.change_endpoint import change_endpoint
from pushcart.companies.actions.set_authorities import set_authorities
from pushcart.companies.actions.set_bounds import set_bounds
from pushcart.companies.actions.set_client_certificate import set_client_certificate
from pushcart.companies.actions.set_headers import set_headers
from pushcart.companies.certificates import read_authorities, read_client_certificate
from pushcart.companies.errors import CompanyError
from pushcart.companies.models import Endpoint
from pushcart.companies.own_headers import check_headers
from pushcart.events.types import TYPES
from pushcart.kit.addresses import TargetRefusedError, as_called, check_target

if TYPE_CHECKING:
    from collections.abc import Callable

_PEM = forms.Textarea(attrs={"rows": 4, "cols": 66, "spellcheck": "false"})
_NONE = "-"


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes none when it runs
    url = forms.URLField(max_length=500, assume_scheme="https")
    event_types = forms.MultipleChoiceField(
        choices=[(each, each) for each in sorted(TYPES)],
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="None chosen: all that carry a cart.",
    )
    headers = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 66}),
        help_text=f"Of the owner's own, one `Name: value` a line, in place of those before. Empty: they stay; {_NONE}: "
        "none any more. They are not shown again.",
    )
    certificate = forms.CharField(
        required=False,
        widget=_PEM,
        help_text=f"What we show by mutual TLS: PEM, ours first. Empty: as it was; {_NONE}: none any more.",
    )
    key = forms.CharField(required=False, widget=_PEM, help_text="Its key, PEM, not under a password.")

    class Meta:
        model = Endpoint
        fields = ("url", "body", "event_types", "folds", "most_at_once", "most_per_minute", "authorities")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        self._hold("url", lambda: check_target(as_called(said["url"]), settings.WEBHOOK_ALLOW), given="url" in said)
        self._hold(
            "headers", lambda: check_headers(_headers(said["headers"])), given=said.get("headers") not in {"", _NONE}
        )
        new = said.get("certificate") != _NONE and bool(said.get("certificate") or said.get("key"))
        self._hold("certificate", lambda: read_client_certificate(said["certificate"], said["key"]), given=new)
        self._hold("authorities", lambda: read_authorities(said["authorities"]), given=bool(said.get("authorities")))
        return said

    def act(self) -> None:
        """Carries out what was said; all of it or nothing."""
        said, pk = self.cleaned_data, self.instance.pk
        with transaction.atomic():
            change_endpoint(
                pk, url=said["url"], body=said["body"], event_types=said["event_types"], folds=said["folds"]
            )
            set_bounds(pk, at_once=said["most_at_once"], per_minute=said["most_per_minute"])
            set_authorities(pk, said["authorities"])
            if said["headers"]:
                set_headers(pk, _headers(said["headers"]))
            if said["certificate"] == _NONE:
                set_client_certificate(pk, "", "")
            elif said["certificate"]:
                set_client_certificate(pk, said["certificate"], said["key"])

    def _hold(self, field: str, check: Callable[[], object], *, given: bool) -> None:
        if given:
            try:
                check()
            except (CompanyError, TargetRefusedError) as refused:
                self.add_error(getattr(refused, "field", field), str(refused))


def _headers(lines: str) -> dict[str, str]:
    """Raises: CompanyError: a header stands there twice."""
    if lines.strip() == _NONE:
        return {}
    pairs = [line.partition(":") for line in lines.splitlines() if line.strip()]
    found = {name.strip(): value.strip() for name, _, value in pairs}
    if len(found) < len(pairs):
        raise CompanyError("headers", "A header stands there twice.")
    return found
