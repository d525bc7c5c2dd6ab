"""apt: a file of our own in ``apt.conf.d``, since ``sudo`` leaves the variables behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.tools.wanted import refuse_password
from proxyenv.errors import PlanError
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.wanted import Wanted


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """The drop-in.

    Raises:
        PlanError: ``password-refused``; ``value-unrepresentable``; ``bundle-closed``: apt reads the bundle
            as a user of its own, who may not enter the directory.
    """
    if wanted.sensitive:
        raise refuse_password("apt", "every user's apt has to read that file")
    closed = wanted.tools.closed_directory
    if wanted.has_anchors and closed is not None:
        raise PlanError(
            "bundle-closed",
            f"apt reads the bundle as the user `_apt`, who may not enter `{closed}`",
            hint="set up with `--prefix /etc/proxyenv`",
        )
    return (
        ToolFile(
            "apt", wanted.places["apt"], "whole", content="".join(f"{line}\n" for line in _lines(wanted))
        ),
    )


def _lines(wanted: Wanted) -> Iterator[str]:
    """The configuration (``apt-transport-http(1)``, ``apt-transport-https(1)``)."""
    yield "// Written by proxyenv; `proxyenv uninstall` takes it away."
    for scheme, proxy in (("http", wanted.http), ("https", wanted.https)):
        if proxy is None and (wanted.http or wanted.https):
            yield f'Acquire::{scheme}::Proxy "DIRECT";'  # it would use the proxy for http, or a variable
        if proxy is None:
            continue
        yield f"Acquire::{scheme}::Proxy {_quote(str(proxy))};"
        for host in wanted.no_proxy:
            if _is_host(host):
                yield f'Acquire::{scheme}::Proxy::{host} "DIRECT";'
    if wanted.has_anchors:
        yield f"Acquire::https::CaInfo {_quote(str(wanted.layout.bundle))};"


def _is_host(entry: str) -> bool:
    """Whether apt knows it: names alone: no domains, networks, ports or addresses of IPv6."""
    return entry.replace(".", "").replace("-", "").isalnum() and entry.isascii() and not entry.startswith(".")


def _quote(value: str) -> str:
    """There is no escape for a quote in ``apt.conf``."""
    if '"' in value or not value.isprintable():
        raise PlanError("value-unrepresentable", f"`apt.conf` cannot represent `{value}`")
    return f'"{value}"'
