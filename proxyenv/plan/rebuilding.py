"""A receipt that is lost is rebuilt from what lies on the machine, as far as that proves what is ours.

What proves it: our mark in a file at a path of the catalogue, a block that sources our env file, a
setting that holds what would be written there today, the name of our profile, of our CA in a trust store.
What a file or a setting held before is not known any more, and is said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.shells import load_shells
from proxyenv.errors import ProxyenvError
from proxyenv.formats.block import find_block, remove_block
from proxyenv.formats.profile import ACTIVE, find_profile, profile_key, table_key
from proxyenv.formats.settings import FORMATS, digest_value
from proxyenv.formats.toml_layout import TABLE, quote_toml
from proxyenv.model.receipt import FileEntry, KeyChange, Receipt
from proxyenv.plan.kinds.settings import SETTINGS
from proxyenv.plan.removal import known_entries
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.change import Kind
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.receipt import AnchorRecord
    from proxyenv.model.store import StoreEntry
    from proxyenv.model.tools import ToolFile

_UNKNOWN: Final = "0" * 64
"""Where the digest of what we wrote should be: then the way back goes key by key."""

_OWN_DIRECTORY: Final = "proxyenv"
_SEPARATORS: Final = re.compile(r"[\s,;|]+")


class ProfileTrace(NamedTuple):
    """The Prefect profile that was written.

    Args:
        path: of ``profiles.toml``.
        name: of the profile.
        is_ours: whether it is one that only we make.
        values: name of a setting → the value that proves it to be ours; ``None``: any.
    """

    path: Path
    name: str
    is_ours: bool
    values: Mapping[str, str | None]


class Traces(NamedTuple):
    """What is there of an installation whose receipt is not.

    Args:
        installation: every file as it is, without a receipt.
        owned: what bears our mark, with its kind, in the order in which it was written.
        rc_files: where blocks may be.
        tools: what ``--configure`` would write today.
        profile: Prefect's.
        anchors: the corporate CAs.
        stores: the trust stores that hold them under our name.
        notes: what could not be told, a sentence each.
    """

    installation: Installation
    owned: tuple[tuple[Kind, Path], ...]
    rc_files: tuple[Path, ...]
    tools: tuple[ToolFile, ...]
    profile: ProfileTrace
    anchors: tuple[AnchorRecord, ...] = ()
    stores: tuple[StoreEntry, ...] = ()
    notes: tuple[str, ...] = ()


class Rebuilt(NamedTuple):
    """A receipt, and what it does not say.

    Args:
        receipt: a journal, which any removal goes on from; ``None``: nothing is there that is ours.
        notes: a sentence each.
    """

    receipt: Receipt | None
    notes: tuple[str, ...]


def rebuild_receipt(host: Host, traces: Traces, *, version: str, refused: Receipt | None = None) -> Rebuilt:
    """What the receipt must have said.

    Args:
        host: the machine.
        traces: what is there.
        version: of proxyenv.
        refused: a receipt that is not obeyed. All that is taken from it is where the env files were that the
            blocks of this installation source.
    """
    notes: list[str] = list(traces.notes)
    entries = tuple(
        entry
        for found in (
            _rebuild_owned(traces),
            _rebuild_blocks({host.layout, find_layout_then(host.layout, refused)}, traces, notes),
            _rebuild_tools(traces, notes),
            _rebuild_profile(traces.profile, traces, notes),
        )
        for entry in found
    )
    if not entries and not traces.stores:
        return Rebuilt(None, tuple(notes))
    directories = tuple(_find_directories(host.layout, traces.installation))
    notes.append(
        "directories that `setup` made stay, except those called `proxyenv`: only the receipt listed them"
    )
    receipt = Receipt(version, "applying", entries, directories, anchors=traces.anchors, stores=traces.stores)
    return Rebuilt(receipt, tuple(notes))


def _rebuild_owned(traces: Traces) -> Iterator[FileEntry]:
    for kind, path in traces.owned:
        real = traces.installation.links.get(path, path)
        state = traces.installation.state(path)
        if state is not None:
            yield FileEntry(real, kind, state.digest, created=True, mode=state.mode)


def find_layout_then(layout: Layout, refused: Receipt | None) -> Layout:
    """Where the files were that blocks and settings name, as a receipt says that is not obeyed.

    Args:
        layout: of today, which a variable or a home that is gone does not lead to any more.
        refused: the receipt, if there is one.
    """
    named = {path.name: path.parent for path in known_entries(refused)}
    return layout._replace(
        config=named.get(layout.env_file("sh").name, layout.config),
        data=named.get(layout.bundle.name, layout.data),
    )


def _rebuild_blocks(layouts: Iterable[Layout], traces: Traces, notes: list[str]) -> Iterator[FileEntry]:
    """A block of another installation is not ours, and one whose markers do not pair up cannot be told."""
    shells = [shell for shell in load_shells() if shell.reads_rc_files]
    bodies = {shell.render_source(layout) for layout in layouts for shell in shells}
    for path, text in _read(traces, traces.rc_files, notes):
        body = find_block(text)
        if body is not None and body not in bodies:
            notes.append(f"`{path}` has a block that is not of this installation; it stays")
        if body is None or body not in bodies:
            continue
        try:
            rest = remove_block(text, source=f"`{path}`")
        except ProxyenvError as error:
            notes.append(f"{error.message}; it stays")
            continue
        if not rest:
            notes.append(f"`{path}` holds nothing but our block: it goes, and may have been there before")
        yield FileEntry(path, "block", _UNKNOWN, created=True)


def _rebuild_tools(traces: Traces, notes: list[str]) -> Iterator[FileEntry]:
    """Settings that hold what would be written there today."""
    for file in traces.tools:
        for path, text in _read(traces, (file.path,), notes):
            if file.content is not None:
                if text == file.content:
                    yield FileEntry(path, "owned", digest_value(text), created=True, mode=0o644)
                continue
            try:
                keys = tuple(_find_keys(file, text))
            except ProxyenvError as error:
                notes.append(f"{error.message}; it stays")
                continue
            if keys:
                notes += _describe_settings(file, path, text, {change.key for change in keys})
                yield FileEntry(path, SETTINGS.name, _UNKNOWN, created=True, keys=keys, grammar=file.grammar)


def _describe_settings(file: ToolFile, path: Path, text: str, ours: Collection[str]) -> Iterator[str]:
    names = ", ".join(f"`{key}`" for key, _ in file.settings if key in ours)
    yield f"{names} in `{path}`: removed, since what was there before is not known"
    get, source = FORMATS[file.grammar].get, f"`{path}`"
    for key, _ in file.settings:
        if key not in ours and get(text, key, source=source) is not None:
            yield f"`{key}` in `{path}` has another value than would be written today; it stays"


def _find_keys(file: ToolFile, text: str) -> Iterator[KeyChange]:
    chosen, source = FORMATS[file.grammar], f"`{file.path}`"
    for key, value in file.settings:
        found = chosen.get(text, key, source=source)
        if found is not None and _words(chosen.normal(found)) == _words(chosen.normal(value)):
            yield KeyChange(key, None, digest_value(chosen.normal(found)))


def _words(value: str) -> frozenset[str]:
    """A list in another order counts as the same."""
    return frozenset(_SEPARATORS.split(value))


def _rebuild_profile(trace: ProfileTrace, traces: Traces, notes: list[str]) -> Iterator[FileEntry]:
    for path, text in _read(traces, (trace.path,), notes):
        try:
            values = find_profile(text, trace.name)
        except ProxyenvError as error:
            notes.append(f"{error.message}; it stays")
            continue
        keys = tuple(_find_profile_keys(trace, values, text, notes)) if values else ()
        if keys:
            yield FileEntry(
                path,
                SETTINGS.name,
                _UNKNOWN,
                created=True,
                profile=trace.name,
                keys=keys,
                grammar="profiles",
            )


def _find_profile_keys(
    trace: ProfileTrace, values: Mapping[str, object], text: str, notes: list[str]
) -> Iterator[KeyChange]:
    """All that we write into a profile of our own; in one of the user's only what names us."""
    if trace.is_ours and values.get(ACTIVE) == trace.name:
        notes.append(
            f"which profile was active before `{trace.name}` is not known: `prefect profile use NAME` chooses"
        )
        yield _key(text, ACTIVE)
    if trace.is_ours:
        yield KeyChange(table_key(trace.name), None, digest_value(TABLE))
    for key, value in trace.values.items():
        if key in values and value in {None, values[key]}:
            yield _key(text, profile_key(trace.name, key))


def _key(text: str, key: str) -> KeyChange:
    chosen = FORMATS["profiles"]
    found = chosen.get(text, key, source="`profiles.toml`")
    return KeyChange(key, None, digest_value(chosen.normal(found or quote_toml(""))))


def _read(traces: Traces, paths: Iterable[Path], notes: list[str]) -> Iterator[tuple[Path, str]]:
    """The resolved path and the text of each file that is there, once."""
    for path in dict.fromkeys(traces.installation.links.get(each, each) for each in paths):
        try:
            state = traces.installation.state(path)
        except ProxyenvError as error:
            notes.append(f"{error.message}; it stays")
            continue
        if state is not None:
            yield path, state.text


def _find_directories(layout: Layout, installation: Installation) -> Iterator[Path]:
    """Ours, and those that have to be made for the receipt itself."""
    own = dict.fromkeys((layout.config, layout.data, layout.state))
    missing = (each for each in installation.missing_directories if each in layout.receipt.parents)
    yield from dict.fromkeys((*missing, *(each for each in own if each.name == _OWN_DIRECTORY)))
