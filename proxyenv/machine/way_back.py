"""What to do where a receipt names a file that is none of the catalogue: a variable or a link is gone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.catalog.locating import find_naming
from proxyenv.machine.installation import find_layout_files, read_receipt, render_rebuilding
from proxyenv.model.receipt import list_receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.receipt import FileEntry

_OWN_DIRECTORY = "proxyenv"


def render_way_back(host: Host, path: Path) -> str:
    """The next step where a receipt was refused for naming *path*."""
    entries = tuple(entry for each in list_receipts(read_receipt(host)) for entry in each.entries)
    entry = next((each for each in entries if each.path == path), None)
    home = _find_earlier_home(host, [each.path for each in entries if each.kind == "owned"])
    named = tuple(f"`{each}`" for each in _find_variables(host, entry)) if entry else ()
    if home is not None:
        return f"the home was `{home}` when `proxyenv setup` ran: {render_rebuilding(host)}"
    if named:
        first = f"bring back {' or '.join(named)}, if it was set when `proxyenv setup` ran"
    else:
        first = "bring back the variable or the link that led to this file when `proxyenv setup` ran"
    return f"{first}; or {render_rebuilding(host)}; if nothing led there, somebody else wrote the receipt"


def _find_earlier_home(host: Host, named: list[Path]) -> Path | None:
    """Where the home was, if every file of the installation lies below another one as it does below this."""
    now = Path(os.path.realpath(host.home))  # the places have no link in them, and receipts are resolved
    inner = {place.name: place for _, place in find_layout_files(host.layout)}
    homes = {_strip(path, inner[path.name], now) for path in named if path.name in inner}
    home = homes.pop() if len(homes) == 1 else None
    return None if home == now else home


def _strip(path: Path, place: Path, home: Path) -> Path | None:
    """What *path* lies below as *place* lies below the home; ``None``: nothing."""
    if not place.is_relative_to(home):
        return None
    inner = place.relative_to(home)
    return next((each for each in path.parents if each / inner == path), None)


def _find_variables(host: Host, entry: FileEntry) -> Iterator[str]:
    """Variables with their values: with one of them set, proxyenv or a tool has its file there."""
    path = entry.path
    if entry.profile is not None:
        is_usual = path.name == host.layout.profiles.name
        yield f"PREFECT_HOME={path.parent}" if is_usual else f"PREFECT_PROFILES_PATH={path}"
    elif entry.grammar is not None:
        yield from find_naming(host, path, entry.grammar)
    elif path.parent.name == _OWN_DIRECTORY and host.platform == "linux":
        for place in ("config", "data", "state"):
            layout = host.layout._replace(**{place: path.parent})
            if path in {each for _, each in find_layout_files(layout)}:
                yield f"XDG_{place.upper()}_HOME={path.parent.parent}"
