"""Settings in somebody's file, through the file's format.

The receipt holds two ways back. Where the file is as it was written, the exact one: the characters that were
replaced. Where somebody wrote it since, key by key: each that still holds our value gets its earlier one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.change import Change, FileState
from proxyenv.model.receipt import FileEntry, Hunk, KeyChange
from proxyenv.model.url import show_source
from proxyenv.plan.kinds.kind import Entries, Existing, Written
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import Kind
    from proxyenv.model.installation import Layout

_PUBLIC: Final = 0o644
_PRIVATE: Final = 0o600
_PROFILES: Final = "profiles"


class Settings(NamedTuple):
    """What is wanted in a file.

    Args:
        format: a key of :data:`proxyenv.formats.settings.FORMATS`.
        values: key → value, both as the format spells them.
        sensitive: whether any of it is a password.
        is_private: whether a file that is not there is created for its owner alone.
        profile: for ``profiles.toml``: the profile.
    """

    format: str
    values: tuple[tuple[str, str], ...]
    sensitive: bool = False
    is_private: bool = False
    profile: str | None = None


class SettingsKind:
    """Keys in somebody's file."""

    name: Kind = "settings"
    is_directory = False
    is_ours = False
    may_stay = True
    mark = "  (our settings only)"

    def write(self, existing: Existing, wanted: Settings) -> Written:
        """Set the keys, on the file as it was without us, so that the way back always leads there.

        Raises:
            PlanError: ``settings-invalid``, ``value-unrepresentable``.
            DiscoveryError: ``profiles-invalid``.
        """
        from proxyenv.formats.settings import edit_settings, find_splice

        path, before, known = existing
        original = restore(existing.text, known)
        text, keys = edit_settings(original, wanted.format, wanted.values, source=existing.source)
        if self._is_held(existing, wanted):
            text = existing.text
        mode = _PRIVATE if wanted.is_private else _PUBLIC
        after = (before or FileState(b"", mode)).with_text(text)
        shown = tuple(_shown(existing, wanted, after))
        change = Change(
            path,
            self.name,
            before,
            after,
            sensitive=wanted.sensitive,
            shown=shown,
            holds_password=wanted.sensitive,
        )
        entry = FileEntry(
            path,
            self.name,
            after.digest,
            created=existing.is_new,
            profile=wanted.profile,
            keys=keys,
            hunks=find_splice(text, original),
            grammar=wanted.format,
        )
        return Written(change, entry)

    @staticmethod
    def _is_held(existing: Existing, wanted: Settings) -> bool:
        """Whether a file that its tool rewrote holds all that is wanted, and no old setting of proxyenv."""
        from proxyenv.formats.settings import edit_settings

        names = {key for key, _ in wanted.values}
        known = [_of_today(entry, existing.text) for entry in existing.known]
        if not known or any(change.key not in names for entry in known for change in entry.keys):
            return False
        return not edit_settings(existing.text, wanted.format, wanted.values, source=existing.source)[1]

    def undo(self, before: FileState, entries: Entries) -> FileState | None:
        """The file without our settings; nothing, where there was no file and nobody wrote since.

        Raises:
            PlanError: ``settings-invalid``.
            DiscoveryError: ``profiles-invalid``.
        """
        rest = restore(before.text, entries)
        return None if rest == "" and entries[-1].created else before.with_text(rest)

    def damage(self, entry: FileEntry, state: FileState, layout: Layout) -> str | None:  # noqa: ARG002
        """The keys that no longer hold what was written."""
        from proxyenv.formats.settings import lost_keys

        entry = _of_today(entry, state.text)
        try:
            lost = lost_keys(state.text, entry.grammar, entry.keys, source=f"`{entry.path}`")
        except (DiscoveryError, PlanError) as error:
            return error.message
        return f"changed since: {', '.join(f'`{key}`' for key in lost)}" if lost else None

    def describe(self, change: Change, name: str) -> Iterator[str]:
        """Our settings alone: what is beside them may be secret."""
        yield f"{change.action} {name}: our settings only"
        yield from change.shown


SETTINGS: Final = SettingsKind()


def restore(text: str, entries: Entries) -> str:
    """A file without our settings: exact where it is as we wrote it, by keys where somebody did since.

    Raises:
        PlanError: ``settings-invalid``.
        DiscoveryError: ``profiles-invalid``.
    """
    if not entries:
        return text
    from proxyenv.formats.settings import restore_settings, splice

    current = FileState(b"", 0).with_text(text).digest
    for entry in entries:
        if entry.digest == current:
            return splice(text, _of_today(entry, text).hunks)
    for entry in entries:
        known = _of_today(entry, text)
        text = restore_settings(text, known.grammar, known.keys, source=f"`{entry.path}`")
    return text


def find_settings(entry: FileEntry, text: str) -> Settings:
    """What was wanted of a file, from its entry and its content at that time."""
    from proxyenv.formats.settings import FORMATS

    entry = _of_today(entry, text)
    grammar = entry.grammar or _PROFILES
    source, get = f"`{entry.path}`", FORMATS[grammar].get
    found = ((change.key, get(text, change.key, source=source)) for change in entry.keys)
    values = tuple((key, value) for key, value in found if value is not None)
    return Settings(grammar, values, sensitive=True, profile=entry.profile)


def _shown(existing: Existing, wanted: Settings, after: FileState) -> Iterator[str]:
    """Of ``profiles.toml`` what changes; of a tool's file all, since there an earlier value may be secret."""
    if wanted.profile is None:
        yield from (f"+{key} = {show_source(value)}" for key, value in wanted.values)
        return
    from proxyenv.formats.settings import FORMATS

    chosen = FORMATS[wanted.format]
    known = (change.key for entry in existing.known for change in _of_today(entry, existing.text).keys)
    for key in sorted({*known, *(key for key, _ in wanted.values)}):
        old, new = (chosen.get(text, key, source=existing.source) for text in (existing.text, after.text))
        if old != new:
            yield from (
                f"{sign}{key} = {show_source(value)}" for sign, value in (("-", old), ("+", new)) if value
            )


def _of_today(entry: FileEntry, text: str) -> FileEntry:
    """An entry of version 0.1.0 for ``profiles.toml`` in the terms of today.

    It names no format, its keys are those of one profile, its values stand there as they are, and its hunks
    count lines. The profile goes with its last key.

    Args:
        entry: of any version.
        text: the file; the hunks only fit while the digest holds.
    """
    if entry.grammar is not None or entry.profile is None:
        return entry
    from proxyenv.formats.profile import normal_value, profile_key, table_key
    from proxyenv.formats.settings import digest_value
    from proxyenv.formats.toml_layout import TABLE

    name = entry.profile
    keys = (
        KeyChange(profile_key(name, each.key), each.earlier, digest_value(normal_value(each.written)))
        for each in entry.keys
    )
    table = KeyChange(table_key(name), None, digest_value(TABLE))
    return entry._replace(
        grammar=_PROFILES, keys=(*keys, table), hunks=tuple(_in_characters(entry.hunks, text))
    )


def _in_characters(hunks: tuple[Hunk, ...], text: str) -> Iterator[Hunk]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for hunk in hunks:
        start, end = (starts[min(at, len(starts) - 1)] for at in (hunk.start, hunk.start + hunk.length))
        yield Hunk(start, end - start, hunk.lines)
