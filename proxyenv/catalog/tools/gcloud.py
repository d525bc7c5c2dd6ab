"""gcloud: the sections ``core`` and ``proxy`` of the configuration that is active."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """What ``gcloud config set`` would write (``gcloud topic configurations``).

    Raises:
        PlanError: ``settings-invalid``: at its first start gcloud empties the file;
            ``value-unrepresentable``.
    """
    if wanted.tools.gcloud_configuration is None:
        raise PlanError(
            "settings-invalid",
            "gcloud has not been used here yet, and at its first start it empties its configuration",
            hint="start it once: `gcloud config configurations list`",
        )
    settings = tuple((key, require_single_line(value, what=f"`{key}`")) for key, value in _settings(wanted))
    for key, value in settings:
        if value != value.strip() or "%" in value:
            raise PlanError("value-unrepresentable", f"gcloud's file cannot represent the value of `{key}`")
    return (ToolFile("gcloud", wanted.places["gcloud"], "ini", settings, sensitive=wanted.sensitive),)


def _settings(wanted: Wanted) -> Iterator[tuple[str, str]]:
    if wanted.has_anchors:
        yield "core/custom_ca_certs_file", str(wanted.layout.bundle)
    proxy = wanted.https or wanted.http
    if proxy is None:
        return
    if proxy.scheme == "https":
        raise PlanError("value-unrepresentable", "`gcloud` cannot use a proxy that itself speaks TLS")
    yield "proxy/type", "http"
    yield "proxy/address", f"[{proxy.host}]" if ":" in proxy.host else proxy.host  # it makes a URL of them
    yield "proxy/port", str(proxy.port)
    if proxy.username is not None:
        yield "proxy/username", proxy.username
        yield "proxy/password", proxy.password or ""
