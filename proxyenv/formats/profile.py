"""Prefect's ``profiles.toml``: our keys in, everything else byte for byte as it was.

Prefect's own writer drops comments and unknown keys of every profile, so it is not used.
"""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING, Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.receipt import Hunk, KeyChange

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE: Final = "active"


def edit_profile(
    text: str, *, name: str, settings: Mapping[str, str], activate: bool, source: str = "profiles.toml"
) -> tuple[str, tuple[KeyChange, ...]]:
    """Write settings into a profile.

    Args:
        text: the whole file; empty when there is none.
        name: the profile; made when it is missing.
        settings: ``PREFECT_…`` names to values.
        activate: make it the active profile.
        source: the file's name, for messages.

    Returns:
        The new text, and each key that was touched.

    Raises:
        DiscoveryError: ``profiles-invalid``: the file is not TOML, or not a file of profiles.
        PlanError: ``value-unrepresentable``: the edit would not be read back as it was meant.
    """
    document = _parse(text, source)
    profiles = document.get("profiles", {})
    profile = profiles.get(name, {}) if isinstance(profiles, dict) else None
    if not isinstance(profile, dict):
        raise DiscoveryError("profiles-invalid", f"`profiles.{name}` in {source} is not a table")
    wanted = {key: value for key, value in settings.items() if profile.get(key) != value}
    is_new = name not in profiles
    changed = [KeyChange(key, _source(profile.get(key)), value) for key, value in wanted.items()]
    if wanted or is_new:
        _write_settings(document, name, wanted)
    if activate and document.get(ACTIVE) != name:
        changed.append(KeyChange(ACTIVE, _source(document.get(ACTIVE)), name))
        document[ACTIVE] = name
    result = _keep_line_ends(tomlkit.dumps(document), text) if changed or is_new else text
    _verify(result, name, settings, activate=activate)
    return result, tuple(changed)


def _keep_line_ends(result: str, text: str) -> str:
    """One kind of line end: tomlkit adds LF also where every other line ends with CRLF."""
    if "\r\n" in text and "\n" not in text.replace("\r\n", ""):
        return result.replace("\r\n", "\n").replace("\n", "\r\n")
    return result


def _write_settings(document: tomlkit.TOMLDocument, name: str, wanted: Mapping[str, str]) -> None:
    if "profiles" not in document:
        document["profiles"] = tomlkit.table(is_super_table=True)
    profiles: Any = document["profiles"]
    if name not in profiles:
        profiles[name] = tomlkit.inline_table() if isinstance(profiles, InlineTable) else tomlkit.table()
    profile: Any = profiles[name]
    for key, value in wanted.items():
        profile[key] = value


def _verify(text: str, name: str, settings: Mapping[str, str], *, activate: bool) -> None:
    try:
        read = tomllib.loads(text.encode("utf-8").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeEncodeError) as error:
        raise PlanError(
            "value-unrepresentable", f"profile `{name}` cannot be written as TOML: {error}"
        ) from error
    profile = read["profiles"][name]
    if any(profile.get(key) != value for key, value in settings.items()) or (
        activate and read[ACTIVE] != name
    ):
        raise PlanError("value-unrepresentable", f"profile `{name}` would not be read back as it was written")


def restore_keys(text: str, *, name: str, keys: tuple[KeyChange, ...], source: str = "profiles.toml") -> str:
    """Give the keys their earlier values; a profile that is left empty goes.

    For a file that was edited after us: what others wrote stays. Where nobody did, :func:`revert` is
    exact to the byte.

    Raises:
        DiscoveryError: ``profiles-invalid``.
    """
    document = _parse(text, source)
    profiles: Any = document.get("profiles", {})
    profile: Any = profiles.get(name)
    restored = False
    for change in keys:
        table: Any = document if change.key == ACTIVE else profile
        if table is None or table.get(change.key) != change.written:
            continue  # somebody else wrote it after us
        restored = True
        if change.earlier is None:
            del table[change.key]
        else:
            table[change.key] = tomlkit.value(change.earlier)
    if not restored:
        return text
    if profile is not None and not profile:
        del profiles[name]
    if "profiles" in document and not profiles:
        del document["profiles"]
    return tomlkit.dumps(document)


def _source(value: Any) -> str | None:  # noqa: ANN401 - any kind of TOML value
    """A value as it is written, so that its type and spelling can be given back."""
    return None if value is None else tomlkit.item(value).as_string()


def _parse(text: str, source: str) -> tomlkit.TOMLDocument:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise DiscoveryError(
            "profiles-invalid", f"{source} is not valid TOML: {error}", hint="mend it; it was left as it is"
        ) from error
    if not isinstance(document.get("profiles", {}), dict):
        raise DiscoveryError("profiles-invalid", f"`profiles` in {source} is not a table")
    return document


def find_hunks(written: str, earlier: str) -> tuple[Hunk, ...]:
    """The exact inverse: what to replace in *written* to get *earlier*, line by line."""
    ours, theirs = written.splitlines(keepends=True), earlier.splitlines(keepends=True)
    shared = _shared(ours, theirs)
    rest = _shared(ours[shared:][::-1], theirs[shared:][::-1])
    ours, theirs = ours[shared : len(ours) - rest], theirs[shared : len(theirs) - rest]
    matcher = difflib.SequenceMatcher(None, ours, theirs, autojunk=False)
    return tuple(
        Hunk(shared + start, end - start, tuple(theirs[begin:stop]))
        for tag, start, end, begin, stop in matcher.get_opcodes()
        if tag != "equal"
    )


def _shared(ours: list[str], theirs: list[str]) -> int:
    """How many lines are the same from the start."""
    pairs = enumerate(zip(ours, theirs, strict=False))
    return next((index for index, (mine, other) in pairs if mine != other), min(len(ours), len(theirs)))


def revert(written: str, hunks: tuple[Hunk, ...]) -> str:
    """Undo: ``revert(written, find_hunks(written, earlier)) == earlier``."""
    lines = written.splitlines(keepends=True)
    for hunk in reversed(hunks):
        lines[hunk.start : hunk.start + hunk.length] = hunk.lines
    return "".join(lines)
