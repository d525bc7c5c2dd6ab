"""The proxy of dnf and yum: ``[main]`` of ``dnf.conf`` and ``yum.conf``.

Source: dnf 4.14, driven; dnf.conf(5), "proxy", "proxy_username", "proxy_password"; yum.conf(5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.sources.variables import sort_out_kinds
from proxyenv.errors import PlanError
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine

_NAME: Final = "dnf"
_FILES: Final = ("etc/dnf/dnf.conf", "etc/yum.conf")
_CREDENTIALS: Final = ("proxy_username", "proxy_password")
_REPOSITORIES: Final = "etc/yum.repos.d"


def read(machine: Machine) -> SourceSettings:
    """The proxy for all repositories. What one repository has for itself is a note."""
    files: dict[Path, Path] = {}
    for path in (machine.root / name for name in _FILES):
        files.setdefault(machine.resolve(path), path)  # the one is often a link to the other
    settings = sort_out_kinds(
        _NAME, (("all", found) for path in files.values() for found in _find_main(path, machine.read(path)))
    )
    repositories = (path for path in machine.files(machine.root / _REPOSITORIES) if path.suffix == ".repo")
    own = (each for path in repositories for each in _find_own(path, machine.read(path)))
    return settings._replace(notes=(*_find_odd(settings.direct), *own))


def _find_main(path: Path, text: str | None) -> Iterator[Found[str]]:
    """What ``[main]`` says: a proxy, or a word for none. Without a value it is as if it was not there."""
    main = {item.name: item for item in _read(path, text) if item.section == "main"}
    proxy = main.get("proxy")
    value = _unquote(proxy.value) if proxy else ""
    if proxy is None or not value:
        return
    user, password = (_unquote(main[name].value) if name in main else "" for name in _CREDENTIALS)
    parsed = find_proxy_url(value) if user else None
    if parsed:
        value = parsed._replace(username=user, password=password).reveal()
    yield Found(value, f"`main.proxy` in `{path}`, line {proxy.line}")


def _unquote(value: str) -> str:
    """Quotes around a whole value are none of it."""
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _find_odd(direct: Iterable[Found[str]]) -> Iterator[Found[str]]:
    """A word for none counts in a repository alone."""
    for found in direct:
        yield Found("is taken for the name of a host by dnf: leave the value empty", found.provenance)


def _find_own(path: Path, text: str | None) -> Iterator[Found[str]]:
    for item in _read(path, text):
        if item.name == "proxy" and item.section != "main":
            name = show_location(f"{item.section}.proxy")
            yield Found("is for one repository alone", f"`{name}` in `{path}`, line {item.line}")


def _read(path: Path, text: str | None) -> tuple[Item, ...]:
    """Nothing where the file is not valid: dnf refuses it too."""
    from proxyenv.formats.ini import INI

    if not text:
        return ()
    try:
        return tuple(INI.items(text, source=f"`{path}`"))
    except PlanError:
        return ()


SOURCE: Final = Source(_NAME, read, "dnf.conf(5), driven by tests/clients/test_system_tools.py; yum.conf(5)")
