"""Reads what earlier runs left, and the files that a plan may touch."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from shlex import quote
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import settled, temporary_names
from proxyenv.bounded import read_content, resolve_path
from proxyenv.catalog.env_files import load_renderers
from proxyenv.catalog.shells import rc_candidates
from proxyenv.catalog.shells.posix import parse_values
from proxyenv.catalog.shells.shell import Home
from proxyenv.errors import DiscoveryError, UsageError, not_installed
from proxyenv.formats.configuration import parse_configuration
from proxyenv.formats.receipt import parse_receipt
from proxyenv.machine.content import render_reason
from proxyenv.machine.prefect import find_profiles_path
from proxyenv.machine.tools import written_paths
from proxyenv.model.change import FileState
from proxyenv.model.installation import Installation
from proxyenv.model.receipt import list_receipts
from proxyenv.plan.kinds import KINDS
from proxyenv.plan.links import resolve_receipt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from proxyenv.model.change import Kind
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.receipt import Receipt

MARK: Final = b"proxyenv"
"""In each text file that proxyenv writes, but for the bundles."""


def read_installation(
    host: Host, more: tuple[Path, ...] = (), *, without_receipt: bool = False
) -> Installation:
    """Read the receipt, the configuration, and every file that setting up or removing may touch.

    Args:
        host: the machine.
        more: other files that a plan may touch.
        without_receipt: as if there were no receipt, whatever lies in its place; the configuration is read.

    Raises:
        DiscoveryError: ``receipt-invalid``, or ``file-unreadable`` for the receipt itself.
    """
    layout = host.layout
    receipt = None if without_receipt else read_receipt(host)
    ours = (*(path for _, path in find_layout_files(layout)), *_entry_paths(receipt), *more)
    named = tuple(dict.fromkeys((*ours, *_foreign_files(host))))
    links = _resolve(named)
    trees = {
        os.path.realpath(path)
        for path in (layout.certs, layout.copies, layout.standby, *_tree_paths(receipt))
    }
    files, unreadable = _read_files(links, trees)
    configuration, damage = _find_configuration(layout, files.get(links[layout.configuration]))
    targets = (*links.values(), layout.receipt)
    missing = tuple(_missing_directories(targets))
    return Installation(
        receipt=receipt,
        configuration=configuration if receipt or without_receipt else None,
        damage=damage if receipt else None,
        files=MappingProxyType(files),
        unreadable=MappingProxyType(unreadable),
        links=MappingProxyType(links),
        missing_directories=missing,
        temporary=_find_leftovers(host, receipt, targets, missing),
    )


def _find_leftovers(
    host: Host, receipt: Receipt | None, targets: tuple[Path, ...], missing: tuple[Path, ...]
) -> tuple[Path, ...]:
    """What a killed run left, beside the files and the directories that may be ours."""
    named = receipt.directories if receipt else ()
    names = temporary_names(targets, (*missing, *named))
    found = tuple(path for path in names if os.path.lexists(path))
    if found and named:
        from proxyenv.plan.removal import find_directories  # seldom needed

        ours = temporary_names(targets, (*missing, *find_directories(host, receipt)))
        return tuple(path for path in found if path in ours)
    return found


def find_leading(places: tuple[Path, ...]) -> frozenset[Path]:
    """The directories above places, and what a killed run may have left of them and of the places."""
    return frozenset(
        (*(parent for place in places for parent in place.parents), *temporary_names((), places))
    )


def read_receipt(host: Host) -> Receipt | None:
    """The receipt alone, its files named as they lie today; ``None`` where there is none.

    Raises:
        DiscoveryError: ``receipt-invalid`` or ``file-unreadable``.
    """
    state = read_file(host.layout.receipt)
    if state is None:
        return None
    source = f"`{host.layout.receipt}`"
    receipt = parse_receipt(_text(state), source=source, remedy=_render_remedy(host))
    return resolve_receipt(receipt, resolve_path)


def render_rebuilding(host: Host) -> str:
    """What can be done where the receipt is lost, damaged or refused."""
    layout = host.layout
    prefix = f" --prefix {quote(str(layout.state))}" if layout.config == layout.state else ""
    where = " --system" if host.for_all else prefix
    return f"`proxyenv uninstall --without-receipt{where}` takes back what can be told from the files"


def _render_remedy(host: Host) -> str:
    return f"{render_rebuilding(host)}; or restore the receipt from a backup"


def find_trace(host: Host, installation: Installation) -> Path | None:
    """A file that an installation left in its place; ``None``: nothing was set up there."""
    layout = host.layout
    for path in (layout.env_file("sh"), layout.configuration):
        with contextlib.suppress(DiscoveryError):
            state = installation.state(path)
            if state is not None and MARK in state.content:
                return path
    return None


def missing_receipt(host: Host, installation: Installation) -> DiscoveryError:
    """The error where there is no receipt: nothing was set up, or the receipt is lost.

    Args:
        host: the machine.
        installation: every file as it is.
    """
    trace = None if installation.receipt else find_trace(host, installation)
    if trace is None:
        return not_installed()
    message = f"`{trace}` is there, and the receipt is lost: there is no `{host.layout.receipt}`"
    return DiscoveryError("receipt-lost", message, hint=_render_remedy(host))


def require_on(installation: Installation) -> None:
    """Refuse to set up or to roll back while it is switched off.

    Raises:
        DiscoveryError: ``must-be-on``.
    """
    if installation.receipt is not None and installation.receipt.off is not None:
        raise DiscoveryError(
            "must-be-on", "proxyenv is off here, by `proxyenv off`", hint="`proxyenv on`, then this again"
        )


def require_scope(host: Host, installation: Installation) -> None:
    """Refuse to take an installation for all users for one of this user, or the other way round.

    The configuration is not asked: it is edited by hand, and a wrong word in it blocks nothing.

    Raises:
        UsageError: ``usage``.
    """
    receipt, place = installation.receipt, host.layout.config
    if receipt is None or _is_for_all(receipt, host.layout) == host.for_all:
        return
    if host.for_all:
        raise UsageError(
            "usage",
            f"what is set up in `{place}` is for one user",
            hint=f"`proxyenv uninstall --prefix {quote(str(place))}` first, as that user",
        )
    raise UsageError(
        "usage",
        f"what is set up in `{place}` is for all users of this machine",
        hint="give `--system` instead of `--prefix`, or choose another directory",
    )


def _is_for_all(receipt: Receipt, layout: Layout) -> bool:
    """Whether it lies where that of all users does, and its profile too: that of one user is in a home."""
    from proxyenv.model.place import EVERYWHERE

    is_shared = layout.config == Path(os.path.realpath(EVERYWHERE))
    return is_shared and any(each.profiles == layout.profiles for each in list_receipts(receipt))


def _resolve(paths: Iterable[Path]) -> dict[Path, Path]:
    """Each path with every symlink followed; a directory that holds several is looked at once."""
    directories: dict[str, str] = {}
    links = {}
    for path in paths:
        directory, name = os.path.split(path)
        if directory not in directories:
            directories[directory] = os.path.realpath(directory)
        resolved = os.path.join(directories[directory], name)  # noqa: PTH118 - text, so far
        links[path] = Path(os.path.realpath(path) if os.path.islink(resolved) else resolved)  # noqa: PTH114 - text
    return links


def find_written(installation: Installation, layout: Layout) -> dict[str, str] | None:
    """The variables that ``env.sh`` sets, name to value; ``None`` when it is absent.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    state = installation.state(layout.env_file("sh"))
    return None if state is None else parse_values(state.text)


def digest_written(installation: Installation, layout: Layout) -> str | None:
    """What tells the variables of ``env.sh`` from those of another setup; ``None`` when there are none.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    from proxyenv.plan.templates import digest

    written = find_written(installation, layout)
    return digest(written) if written else None


def _read_files(
    links: Mapping[Path, Path], trees: Collection[str]
) -> tuple[dict[Path, FileState | None], dict[Path, DiscoveryError]]:
    files: dict[Path, FileState | None] = {}
    unreadable: dict[Path, DiscoveryError] = {}
    for named, path in links.items():
        try:
            files[path] = _read_directory(path) if str(path) in trees else read_file(path)
        except DiscoveryError as error:
            if named.name != path.name:  # nobody knows it by the name of what it leads to
                error.message = f"`{named}` is a link: {error.message}"
            unreadable[path] = error
    return files, unreadable


def _find_configuration(
    layout: Layout, state: FileState | None
) -> tuple[Configuration | None, DiscoveryError | None]:
    if state is None:
        return None, None
    try:
        return parse_configuration(_text(state), source=f"`{layout.configuration}`"), None
    except DiscoveryError as error:
        return None, error


def read_file(path: Path) -> FileState | None:
    """A file as it is now, or ``None`` when there is none.

    Raises:
        DiscoveryError: ``file-unreadable``.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise DiscoveryError("file-unreadable", f"`{path}` is not a file")
        content = settled(path, read_content(path))
        return FileState(content, stat.S_IMODE(status.st_mode), (status.st_uid, status.st_gid))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{path}` cannot be read: {render_reason(error)}") from error


def _read_directory(path: Path) -> FileState | None:
    from proxyenv.apply.change import read_tree

    try:
        return read_tree(path)
    except OSError as error:
        reason = f"`{path}` is not a directory that proxyenv wrote: {error.strerror}"
        raise DiscoveryError("file-unreadable", reason) from error


def _text(state: FileState | None) -> str:
    return state.content.decode("utf-8", "replace") if state else ""


def find_layout_files(layout: Layout) -> Iterator[tuple[Kind, Path]]:
    """What an installation has in its directories beside the receipt, with its kind, as it is written."""
    yield from (("owned", path) for path in (layout.bundle, layout.corporate, layout.pkcs12))
    yield from (("tree", path) for path in (layout.certs, layout.copies, layout.standby))
    env_files = (layout.env_file(ending) for ending in load_renderers())
    yield from (("owned", path) for path in (*env_files, layout.configuration, layout.policy))


def _foreign_files(host: Host) -> tuple[Path, ...]:
    if host.shared is not None:
        rc = tuple(path for _, path in host.shared.rc_files)
        from proxyenv.machine.shared import find_shared_files

        return *rc, *find_shared_files(host.layout), find_profiles_path(host), *written_paths(host)
    rc = rc_candidates(Home(host.home, host.environment, host.platform))
    return *rc, find_profiles_path(host), *written_paths(host)


def _entry_paths(receipt: Receipt | None) -> Iterator[Path]:
    for each in list_receipts(receipt):
        yield from (entry.path for entry in each.entries)


def _tree_paths(receipt: Receipt | None) -> Iterator[Path]:
    for each in list_receipts(receipt):
        yield from (entry.path for entry in each.entries if KINDS[entry.kind].is_directory)


def _missing_directories(paths: Iterable[Path]) -> Iterator[Path]:
    """Parents that do not exist, outermost first, each once."""
    missing, present = set(), set()
    for path in paths:
        parent = path.parent
        while parent not in missing and parent not in present:
            if os.path.exists(parent):  # noqa: PTH110 - never raises
                present.add(parent)  # and so is everything above it
            else:
                missing.add(parent)
                parent = parent.parent
    yield from sorted(missing, key=lambda path: (len(path.parts), path))
