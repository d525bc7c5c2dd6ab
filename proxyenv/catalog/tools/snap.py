"""snap: keeps its settings to itself, and changes them for root alone, by a command.

Source: snap's documentation, "System options".
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools.tool import Configured, Tool

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Wanted


def _configure(wanted: Wanted) -> Configured:
    """Nothing but what root has to run."""
    return Configured(notes=tuple(_notes(wanted)))


def _notes(wanted: Wanted) -> Iterator[str]:
    settings = [f"proxy.{scheme}={proxy}" for scheme, proxy in wanted.proxies]
    if settings and wanted.no_proxy:
        settings.append(f"proxy.no-proxy={','.join(wanted.no_proxy)}")
    if settings and not wanted.sensitive:
        yield f"only root can tell snap, and only by a command: `sudo snap set system {shlex.join(settings)}`"
    elif settings:
        yield "only root can tell snap, and only by `sudo snap set system proxy.http=URL proxy.https=URL`"
    if wanted.has_anchors:
        certificate = shlex.quote(str(wanted.layout.corporate))
        yield f'snap trusts the CA by `sudo snap set system store-certs.corporate="$(cat {certificate})"`'


TOOL: Final = Tool(
    name="snap",
    programs=("snap",),
    configure=_configure,
    writes=(
        "nothing: only root can configure it, by commands that `setup` shows",
        "",
    ),
)
