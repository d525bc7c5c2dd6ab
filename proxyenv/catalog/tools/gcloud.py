"""gcloud: the sections ``core`` and ``proxy`` of its active configuration.

Source: ``gcloud topic configurations``, ``gcloud config set --help``; gcloud 528.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import ALL, ALL_PLAIN
from proxyenv.catalog.tools.tool import ConfigFile, Configured, Keys, Tool, compose_proxies, given
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.formats.truth import truthy
from proxyenv.model.tools import ToolFile
from proxyenv.model.url import bracket

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.catalog.tools.tool import Seen, Wanted
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine

_NAME: Final = re.compile(r"[a-z][-a-z0-9]*")


def _directory(machine: Machine) -> Path:
    return given(machine, "CLOUDSDK_CONFIG") or machine.home / ".config/gcloud"


def _find_configuration(machine: Machine) -> str | None:
    """The configuration that gcloud uses; ``None`` before its first use."""
    marker = machine.read(_directory(machine) / "active_config")
    if marker is None:
        return None
    name = machine.environment.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or marker.strip()
    return name if _NAME.fullmatch(name) else "default"


def _path(machine: Machine) -> tuple[Path]:
    name = _find_configuration(machine) or "default"
    return (_directory(machine) / f"configurations/config_{name}",)


def _look(machine: Machine) -> Seen:
    name = _find_configuration(machine)
    return (("configuration", name),) if name else ()


def _configure(wanted: Wanted) -> Configured:
    """What ``gcloud config set`` would write.

    Raises:
        PlanError: ``settings-invalid``: at its first start gcloud empties the file;
            ``value-unrepresentable``.
    """
    if not wanted.seen("gcloud"):
        raise PlanError(
            "settings-invalid",
            "gcloud has not been used here yet, and at its first start it empties its configuration",
            hint="start it once: `gcloud config configurations list`",
        )
    settings = tuple((key, require_single_line(value, what=f"`{key}`")) for key, value in _settings(wanted))
    for key, value in settings:
        if value != value.strip() or "%" in value:
            raise PlanError("value-unrepresentable", f"gcloud's file cannot represent the value of `{key}`")
    return Configured(
        (ToolFile("gcloud", wanted.path("gcloud"), "ini", settings, sensitive=wanted.sensitive),)
    )


def _settings(wanted: Wanted) -> Iterator[tuple[str, str]]:
    if wanted.has_anchors:
        yield "core/custom_ca_certs_file", str(wanted.layout.bundle)
    proxy = wanted.https or wanted.http
    if proxy is None:
        return
    if proxy.scheme == "https":
        raise PlanError("value-unrepresentable", "`gcloud` cannot use a proxy that itself speaks TLS")
    yield "proxy/type", "http"
    yield "proxy/address", bracket(proxy.host)  # it makes a URL of them
    yield "proxy/port", str(proxy.port)
    if proxy.username is not None:
        yield "proxy/username", proxy.username
        yield "proxy/password", proxy.password or ""


def _compose(items: tuple[Item, ...]) -> tuple[Item, ...]:
    values = {item.name: item.value for item in items if item.section == "proxy"}
    if not values.get("type", "").startswith("http"):
        return tuple(item for item in items if item.key != "proxy/address")
    parts = (values.get(name, "") for name in ("port", "username", "password"))
    return compose_proxies(items, {"proxy/address": tuple(parts)})


TOOL: Final = Tool(
    name="gcloud",
    programs=("gcloud",),
    files=(ConfigFile(_path, "ini", "gcloud config unset {name}", name="gcloud", says=("proxy", "roots")),),
    keys=Keys(
        proxy=("proxy/address",),
        roots=("core/custom_ca_certs_file",),
        unverified=(("auth/disable_ssl_validation", truthy("gcloud")),),
    ),
    compose=_compose,
    variables=Keys(unverified=(("CLOUDSDK_AUTH_DISABLE_SSL_VALIDATION", truthy("gcloud")),)),
    beats_roots="CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE",
    spell=lambda item: f"{item.section}/{item.name}" if item.section else item.name,
    look=_look,
    configure=_configure,
    writes=(
        "the active configuration, once gcloud was used",
        "`core/custom_ca_certs_file`, `proxy/*`; gcloud then ignores NO_PROXY",
    ),
    family="Python tools",
    clients=(
        Client(
            "gcloud",
            "gcloud",
            (
                Roots("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", missing=Missing.UNKNOWN),
                Roots("REQUESTS_CA_BUNDLE"),
            ),
            Proxy(ALL, ALL_PLAIN),
            "requests",
            probe=Probe(program="gcloud"),
            verified=("528",),
        ),
    ),
)
