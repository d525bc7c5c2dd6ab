"""Every format by its name, and how a file of settings is edited and given back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import Format, invalid
from proxyenv.model.receipt import Hunk, KeyChange

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class _Formats(Mapping[str, Format]):
    """Every format by its name; its module is imported when it is first asked for."""

    _PLACES: Final = {
        "apt": ("apt", "APT"),
        "block": ("block", "BLOCK"),
        "condarc": ("yaml", "CONDARC"),
        "curlrc": ("curl", "CURLRC"),
        "gitconfig": ("git", "GITCONFIG"),
        "ini": ("ini", "INI"),
        "json": ("json", "JSON"),
        "jsonc": ("json", "JSONC"),
        "maven": ("xml", "MAVEN"),
        "npmrc": ("ini", "NPMRC"),
        "pip": ("ini", "PIP"),
        "profiles": ("profile", "PROFILES"),
        "properties": ("lines", "PROPERTIES"),
        "toml": ("toml_edit", "TOML"),
        "wgetrc": ("lines", "WGETRC"),
        "yaml": ("yaml", "YAML"),
        "yarnrc": ("lines", "YARNRC"),
    }
    """The module of :mod:`proxyenv.formats` that each is in, and what it is called there."""

    def __getitem__(self, name: str) -> Format:
        module, constant = self._PLACES[name]
        found: Format = getattr(import_module(f"proxyenv.formats.{module}"), constant)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._PLACES)

    def __len__(self) -> int:
        return len(self._PLACES)


FORMATS: Final[Mapping[str, Format]] = _Formats()
"""By the name that a receipt holds."""


def edit_settings(
    text: str, grammar: str, settings: Iterable[tuple[str, str]], *, source: str
) -> tuple[str, tuple[KeyChange, ...]]:
    """Write settings into a file of a tool.

    Args:
        text: the whole file; empty when there is none.
        grammar: a key of :data:`FORMATS`.
        settings: key → value, as the grammar spells them.
        source: the file's name, for messages.

    Returns:
        The new text, and each key that was touched; what was written stands there as its SHA-256, since
        it may be a password.

    Raises:
        PlanError: ``settings-invalid``: the file cannot be understood; ``value-unrepresentable``: what
            was written would not be read back.
    """
    chosen = FORMATS[grammar]
    editor = chosen.edit(text, source=source)
    changed: list[KeyChange] = []
    for key, value in settings:
        earlier = editor.get(key)
        if not _holds(chosen, earlier, wanted := _digest_normal(chosen, value)):
            editor.set(key, value)
            changed.append(KeyChange(key, earlier, wanted))
        if not _holds(chosen, editor.get(key), wanted):
            raise PlanError("value-unrepresentable", f"`{key}` would not be read back from {source}")
    return editor.finish(), tuple(changed)


def restore_settings(text: str, grammar: str | None, keys: Iterable[KeyChange], *, source: str) -> str:
    """Give keys their earlier values, where nobody else wrote them since.

    Raises:
        PlanError: ``settings-invalid``.
    """
    chosen = _require(grammar, source)
    editor = chosen.edit(text, source=source)
    for change in keys:
        if not _holds(chosen, editor.get(change.key), change.written):
            continue
        if change.earlier is None:
            editor.unset(change.key)
        else:
            editor.set(change.key, change.earlier)
    return editor.finish()


def lost_keys(text: str, grammar: str | None, keys: Iterable[KeyChange], *, source: str) -> list[str]:
    """The keys that no longer hold what was written.

    Raises:
        PlanError: ``settings-invalid``.
    """
    chosen = _require(grammar, source)
    found = ((change, chosen.get(text, change.key, source=source)) for change in keys)
    return [change.key for change, value in found if not _holds(chosen, value, change.written)]


def _require(grammar: str | None, source: str) -> Format:
    chosen = FORMATS.get(grammar or "")
    if chosen is None:
        raise invalid(source, f"its grammar, `{grammar}`, is not known")
    return chosen


def _holds(grammar: Format, found: str | None, written: str) -> bool:
    return found is not None and _digest_normal(grammar, found) == written


def _digest_normal(grammar: Format, value: str) -> str:
    return digest_value(grammar.normal(value))


def digest_value(value: str) -> str:
    """SHA-256 of a value in its normal spelling, lower-case hex."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


def find_splice(written: str, earlier: str) -> tuple[Hunk, ...]:
    """The exact inverse in characters, so that the receipt holds nothing beside what was replaced."""
    if written == earlier:
        return ()
    shared = _shared(written, earlier)
    rest = _shared(written[shared:][::-1], earlier[shared:][::-1])
    return (Hunk(shared, len(written) - rest - shared, (earlier[shared : len(earlier) - rest],)),)


def _shared(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (mine, theirs) in pairs if mine != theirs), min(len(one), len(other)))


def splice(written: str, hunks: tuple[Hunk, ...]) -> str:
    """Undo: ``splice(written, find_splice(written, earlier)) == earlier``."""
    for hunk in reversed(hunks):
        written = written[: hunk.start] + "".join(hunk.lines) + written[hunk.start + hunk.length :]
    return written
