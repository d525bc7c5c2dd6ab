"""What ``devcontainer.json`` of the working directory gives a development container. It is only shown.

Whoever made a repository would choose the proxy of who cloned it.
Source: "Dev Container metadata reference" and "Dev Container specification", where the file is looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.variables import sort_out
from proxyenv.errors import PlanError
from proxyenv.formats.json import JSONC
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.machine import Machine

_DIRECTORY: Final = ".devcontainer"
_FILE: Final = ".devcontainer.json"
_NAME: Final = "devcontainer.json"
_MOST: Final = 50
_PLACES: Final = ("containerEnv", "remoteEnv", "build/args")
_LOOPBACK: Final = (
    "is on loopback, which in the container is the container's own; the machine around it is "
    "`host.docker.internal`, if the proxy listens for others"
)


def read_devcontainers(machine: Machine, source: str) -> SourceSettings:
    """What the files of the working directory say, as *source* says it."""
    found = SourceSettings(source)
    for path in _find_files(machine):
        for variables in _read(path, machine.read(path)):
            more = sort_out(source, variables)
            found = found.joined(more._replace(notes=tuple(_find_loopback(more))))
    return found


def _find_files(machine: Machine) -> Iterator[Path]:
    """The one of a project, or several, each in a directory of its own."""
    directory = machine.absolute(_DIRECTORY)
    yield directory / _NAME
    yield machine.absolute(_FILE)
    yield from machine.glob(directory, f"*/{_NAME}")[:_MOST]


def _read(path: Path, text: str | None) -> Iterator[dict[str, Found[str]]]:
    """The variables of each place, by name. A value with ``${`` is one of whoever starts the container."""
    try:
        items = tuple(JSONC.items(text, source=f"`{path}`")) if text else ()
    except PlanError:
        return
    for place in _PLACES:
        where = f"`{place.replace('/', '.')}` in `{path}`"
        yield {
            item.name: Found(item.value, f"{where}, line {item.line}")
            for item in items
            if item.section == place and item.value != "null" and "${" not in item.value
        }


def _find_loopback(found: SourceSettings) -> Iterator[Found[str]]:
    for _, each in found.proxies:
        proxy = find_proxy_url(each.value)
        if proxy is not None and is_loopback(proxy.host):
            yield Found(_LOOPBACK, each.provenance)
