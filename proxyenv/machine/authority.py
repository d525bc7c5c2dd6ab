"""What a receipt may say: it is data, and could be a forgery.

Nothing is obeyed that somebody else could have written, and no path that the catalogue could not have named.
The tool that empties a trust store is looked up on the machine, see :mod:`~proxyenv.machine.stores`.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import list_files_for_all, rc_candidates
from proxyenv.catalog.shells.shell import Home
from proxyenv.catalog.tools import load_tools
from proxyenv.errors import DiscoveryError
from proxyenv.formats.pth import HOOK_FILE, LIBRARIES, render_hook
from proxyenv.machine.config_directory import find_user_directory
from proxyenv.machine.disclosure import find_led_away
from proxyenv.machine.installation import find_layout_files, find_leading, read_file
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.ownership import find_owners, require_own
from proxyenv.machine.prefect import USUAL_PROFILES, find_profiles_path
from proxyenv.machine.tools import find_path
from proxyenv.model.receipt import list_receipts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.change import Plan
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.store import Store

    Form = tuple[str, Path]
    """How a file is written, and where it is."""

_DIRECTORY: Final = "proxyenv"
"""What proxyenv's own directories are called, wherever the XDG variables put them."""


def require_authority(host: Host, receipt: Receipt | None, *, stores: Iterable[Store] = ()) -> None:
    """Refuse an installation that does not say for certain what its owner meant.

    Args:
        host: the machine.
        receipt: what an earlier run left, if one did.
        stores: the trust stores that are about to get its CAs.

    Raises:
        DiscoveryError: ``foreign-receipt``: somebody else could have written a file of the installation;
            ``receipt-invalid``: the receipt names a file that proxyenv does not write.
    """
    require_own(_find_own_files(host), find_owners(host), home=host.home)
    _require_within(host)
    named = {(entry.kind, entry.path): None for each in list_receipts(receipt) for entry in each.entries}
    if named:
        _require_known(host, named)
    places = (*(path for _, path in named), *(store.place for store in stores))
    _require_reach(host, places, is_far=any(each.stores for each in list_receipts(receipt)))


def require_reach(host: Host, plan: Plan) -> None:
    """Refuse that files of somebody else's home say what is written or removed elsewhere.

    Args:
        host: the machine.
        plan: of any verb; its directories and what killed runs left go too.

    Raises:
        DiscoveryError: ``foreign-receipt``.
    """
    leading = find_leading(tuple(_find_named_places(host)))
    directories = (each for each in (*plan.directories, *plan.temporary) if each not in leading)
    _require_reach(host, (*(change.path for change in plan.pending), *directories))


def _find_named_places(host: Host) -> Iterator[Path]:
    """The directories of the installation that the command line or a variable names.

    Whoever runs this meant them, and what leads to them: `setup` makes it where it is missing. To the usual
    places a link in the home can lead.
    """
    layout = host.layout
    for kind, place in (("config", layout.config), ("data", layout.data), ("state", layout.state)):
        usual = Path(find_user_directory(kind))
        if not usual.is_relative_to(host.home) or Path(os.path.realpath(usual)) != place:
            yield place


def require_restorable(host: Host, plan: Plan) -> None:
    """Refuse to write what a receipt keeps into a file that proxyenv does not write.

    Of a file that is only cleaned of proxyenv's own block the name does not matter; here it does.

    Args:
        host: the machine.
        plan: of ``rollback`` or ``on``.

    Raises:
        DiscoveryError: ``foreign-receipt`` or ``receipt-invalid``.
    """
    require_reach(host, plan)
    _require_known(host, ((change.kind, change.path) for change in plan.pending), restores=True)


def _find_own_files(host: Host) -> tuple[Path, ...]:
    return host.layout.receipt, *(path for _, path in find_layout_files(host.layout))


def _require_within(host: Host) -> None:
    """Refuse that root takes files of its own for those of somebody else's installation."""
    found = find_led_away(host, _find_own_files(host))
    if found is not None:
        path, real = found
        raise DiscoveryError(
            "foreign-receipt",
            f"`{path}` leads to `{real}`, which does not belong to the owner of `{host.home}`",
            hint="look at what is there and why, and run it as that user",
        )


def _require_reach(host: Host, paths: Iterable[Path], *, is_far: bool = False) -> None:
    if is_far or _reaches_out(host, paths):
        homes = () if host.for_all else (host.home,)  # what is for all says nothing of its own there
        require_own((*homes, *_find_own_files(host)), find_owners(host, is_system=True), home=host.home)


def _require_known(host: Host, named: Iterable[Form], *, restores: bool = False) -> None:
    forms = set(_find_forms(host))
    usual = {(form, path.name) for form, path in (*forms, *_find_forms(_without_variables(host)))}
    home = Path(os.path.realpath(host.home))
    for kind, path in dict.fromkeys(named):
        form = "settings" if kind == "keys" else kind
        for place in (path, Path(os.path.realpath(path))):
            if (
                (form, place) in forms
                or _is_usual(form, place, home, usual)
                or (form == "block" and place.is_relative_to(home) and not restores)
                or _is_drop_in(host, form, place)
                or _is_timer(host, form, place)
            ):
                continue
            from proxyenv.machine.way_back import render_way_back

            raise DiscoveryError(
                "receipt-invalid",
                f"`{host.layout.receipt}` names `{path}`, which is no file that proxyenv writes here; "
                "nothing was changed",
                hint=render_way_back(host, path),
            )


def _is_usual(form: str, path: Path, home: Path, usual: set[tuple[str, str]]) -> bool:
    """Whether a file may be ours where a variable named another place when it was written."""
    if _is_hook(form, path):
        return True
    if not path.is_relative_to(home) or (form, path.name) not in usual:
        return False
    return form in {"block", "settings"} or path.parent.name == _DIRECTORY


def _is_hook(form: str, path: Path) -> bool:
    """Whether it is the file that is written beside the libraries of a Python, whatever their name."""
    if form != "owned" or path.name != HOOK_FILE:
        return False
    if path.parent.name in LIBRARIES or (path.parent / "truststore").is_dir():
        return True
    with contextlib.suppress(DiscoveryError):
        state = read_file(path)
        return state is not None and state.content == render_hook().encode()
    return False


def _is_timer(host: Host, form: str, path: Path) -> bool:
    """Whether it is a file of a timer, which few machines have."""
    if form != "owned" or "refresh" not in path.name:
        return False
    from proxyenv.catalog.timers import find_timer

    timer = find_timer(host.platform)
    hosts = (host, _without_variables(host))
    places = {place for each in hosts for place in (timer.places(each) if timer else ())}
    return path in places or path in {Path(os.path.realpath(place)) for place in places}


def _without_variables(host: Host) -> Host:
    return host._replace(environment=MappingProxyType({}))


def _find_forms(host: Host) -> Iterator[Form]:
    """Every file that a plan may write, as it is named and with its symlinks followed."""
    for form, path in _find_places(host):
        yield form, path
        yield form, Path(os.path.realpath(path))


def _find_places(host: Host) -> Iterator[Form]:
    yield from find_layout_files(host.layout)
    if host.for_all:
        yield from (("block", path) for path in list_files_for_all())
        yield from _find_shared(host.layout)
    else:
        home = Home(host.home, host.environment, host.platform)
        yield from (("block", path) for path in rc_candidates(home))
        yield "settings", host.home / USUAL_PROFILES  # a link may lie there by now
    yield "settings", find_profiles_path(host)
    machine = LocalMachine(host)
    for file in (file for tool in load_tools() for file in tool.files if file.name):
        path = find_path(machine, file)
        if path is not None:
            yield "owned" if file.format == "whole" else "settings", path


def _find_shared(layout: Layout) -> Iterator[Form]:
    from proxyenv.machine.shared import find_shared_files

    yield from (("owned", path) for path in find_shared_files(layout))


def _is_drop_in(host: Host, form: str, path: Path) -> bool:
    """Whether it is what a service reads that was named once; the names are not known otherwise."""
    if not host.for_all or form != "owned":
        return False
    from proxyenv.catalog.system.systemd import find_service

    return find_service(path) is not None


def _reaches_out(host: Host, paths: Iterable[Path]) -> bool:
    """Whether a file is neither in the home nor in a directory of the installation."""
    inside = (host.home, host.layout.config, host.layout.data, host.layout.state)
    real = tuple(Path(os.path.realpath(place)) for place in inside)
    return not all(
        any(each.is_relative_to(place) for place in (*inside, *real))
        for path in paths
        for each in (path, Path(os.path.realpath(path)))
    )
