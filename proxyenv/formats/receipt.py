"""``receipt.json``: the receipt as text and back.

The text is ASCII with sorted keys, so that equal receipts are equal bytes and a path that is not
UTF-8 survives. A reader ignores fields that it does not know: whatever changes the meaning of a
field that it does know must raise :data:`FORMAT`.
"""

from __future__ import annotations

import json
import os
import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, get_args

from proxyenv.errors import DiscoveryError
from proxyenv.formats.parse import parse_json
from proxyenv.model.change import Kind
from proxyenv.model.receipt import (
    AnchorRecord,
    EarlierFile,
    EarlierSetup,
    FileEntry,
    Hunk,
    KeyChange,
    Receipt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.model.pool import PoolEntry
    from proxyenv.model.store import StoreEntry

T = TypeVar("T")

FORMAT: Final = 1
"""The value of the field ``receipt``: the format of the file, not the version of the program."""

_LONGEST: Final = 32_000_000
"""In characters. That of ten thousand CAs, with the generation before, has a quarter of it."""

_MOST_MODE: Final = 0o7777
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

# with an indent Python's encoder takes six times as long, and there may be 10,000 CAs
_dump: Final = json.JSONEncoder(sort_keys=True).encode


class _InvalidError(Exception):
    """A field is not what it should be; the message names it and says what it should be."""


def render_receipt(receipt: Receipt) -> str:
    """The text of ``receipt.json``: sorted keys, a line for each key and for each item of a list."""
    fields = sorted({"receipt": FORMAT, **_record(receipt)}.items())
    return "{\n" + ",\n".join(f"  {_dump(name)}: {_render_field(value)}" for name, value in fields) + "\n}\n"


def _render_field(value: object) -> str:
    if not (value and isinstance(value, list)):
        return _dump(value)
    return "[\n    " + ",\n    ".join(map(_dump, value)) + "\n  ]"


def parse_receipt(text: str, *, source: str, remedy: str | None = None) -> Receipt:
    """Read ``receipt.json``.

    A removal deletes what the receipt names, so nothing in it is guessed: a field that is absent or
    of another type refuses the whole.

    Args:
        text: the content of the file.
        source: its path, for messages.
        remedy: the next step where it is damaged.

    Raises:
        DiscoveryError: ``receipt-invalid``, naming the field.
    """
    aside = remedy or "`proxyenv uninstall --without-receipt` takes back what can be told from the files"
    try:
        record = parse_json(text, longest=_LONGEST)
    except ValueError as error:
        raise DiscoveryError("receipt-invalid", f"{source} is not valid JSON: {error}", hint=aside) from error
    try:
        number = _field(record, "receipt", int)
        if number == FORMAT:
            return _receipt(record)
    except _InvalidError as error:
        raise DiscoveryError("receipt-invalid", f"{source} is not valid: {error}", hint=aside) from error
    newer = f"upgrade proxyenv: format {number} is newer than the format {FORMAT} that this one knows"
    hint = newer if number > FORMAT else aside
    raise DiscoveryError("receipt-invalid", f"{source} has an unknown format, {number}", hint=hint)


def _record(receipt: Receipt) -> dict[str, Any]:
    replaced = {} if receipt.replaced is None else {"replaced": _generation_record(receipt.replaced)}
    return {
        **replaced,
        **({} if receipt.off is None else {"off": _generation_record(receipt.off)}),
        **_pool_records(receipt.pools),
        **({"network": list(receipt.network)} if receipt.network else {}),
        "version": receipt.version,
        "state": receipt.state,
        "entries": [_entry_record(entry) for entry in receipt.entries],
        "directories": [str(directory) for directory in receipt.directories],
        "anchors": [
            {
                "fingerprint": anchor.fingerprint,
                "subject": anchor.subject,
                "not_after": anchor.not_after,
                **({"verdicts": list(map(list, anchor.verdicts))} if anchor.verdicts else {}),
                **({"issuer": anchor.issuer} if anchor.issuer else {}),
            }
            for anchor in receipt.anchors
        ],
        "certifi": receipt.certifi,
        "system": receipt.system,
        "profile": receipt.profile,
        "variables": list(receipt.variables),
        "stores": _store_records(receipt.stores),
        "previous": None if receipt.previous is None else _record(receipt.previous),
    }


def _generation_record(generation: EarlierSetup) -> dict[str, Any]:
    return {
        "receipt": _record(generation.receipt),
        "files": [{**file._asdict(), "path": str(file.path)} for file in generation.files],
    }


def _store_records(entries: tuple[StoreEntry, ...]) -> list[dict[str, Any]]:
    if not entries:
        return []
    from proxyenv.formats.store_record import entry_record

    return [entry_record(entry) for entry in entries]


def _pool_records(entries: tuple[PoolEntry, ...]) -> dict[str, Any]:
    if not entries:
        return {}
    return {"pools": [_pool_record(each) for each in entries]}


def _pool_record(entry: PoolEntry) -> dict[str, Any]:
    return {
        "api": entry.api,
        "pool": entry.pool,
        "type": entry.type,
        "keys": _key_records(entry.keys),
        **({"made_from": entry.made_from} if entry.made_from else {}),
        **({"options": list(entry.options)} if entry.options else {}),
    }


def _key_records(keys: tuple[KeyChange, ...]) -> list[dict[str, Any]]:
    return [{"key": key.key, "earlier": key.earlier, "written": key.written} for key in keys]


def _entry_record(entry: FileEntry) -> dict[str, Any]:
    return {
        "path": str(entry.path),
        "kind": entry.kind,
        "digest": entry.digest,
        "created": entry.created,
        "mode": entry.mode,
        "profile": entry.profile,
        "keys": _key_records(entry.keys),
        "hunks": [
            {"start": hunk.start, "length": hunk.length, "lines": list(hunk.lines)} for hunk in entry.hunks
        ],
        "grammar": entry.grammar,
    }


def _receipt(record: object) -> Receipt:
    return Receipt(
        version=_field(record, "version", str),
        state=_state(_field(record, "state", str)),
        entries=_items(record, "entries", _entry),
        directories=_items(record, "directories", _path),
        anchors=_items(record, "anchors", _anchor),
        certifi=_optional(record, "certifi", _text),
        system=_added(record, "system", _text),
        profile=_optional(record, "profile", _text),
        variables=_items(record, "variables", _text),
        stores=_added_items(record, "stores", _store),
        previous=_optional(record, "previous", _receipt),
        replaced=_added(record, "replaced", _generation),
        pools=_added_items(record, "pools", _pool),
        off=_added(record, "off", _generation),
        network=_added_items(record, "network", _text),
    )


def _generation(record: object) -> EarlierSetup:
    return EarlierSetup(
        receipt=_receipt(_value(record, "receipt")), files=_items(record, "files", _earlier_file)
    )


def _earlier_file(record: object) -> EarlierFile:
    digest, mode = _optional(record, "digest", _digest), _optional(record, "mode", _mode)
    if (digest is None) is not (mode is None):
        raise _InvalidError("`digest` and `mode` do not fit together")
    return EarlierFile(
        path=_path(_field(record, "path", str)),
        kind=_kind(_field(record, "kind", str)),
        digest=digest,
        mode=mode,
        owner=_optional(record, "owner", _owner),
        left=_optional(record, "left", _digest),
    )


def _owner(value: object) -> tuple[int, int]:
    if not (isinstance(value, list) and [type(number) for number in value] == [int, int] and min(value) >= 0):
        raise _InvalidError("`owner` is no pair of numbers")
    user, group = value
    return user, group


def _store(record: object) -> StoreEntry:
    from proxyenv.formats.store_record import parse_entry

    try:
        return parse_entry(record)
    except ValueError as error:
        raise _InvalidError(f"`stores`: {error}") from error


def _pool(record: object) -> PoolEntry:
    from proxyenv.model.pool import PoolEntry

    return PoolEntry(
        api=_field(record, "api", str),
        pool=_field(record, "pool", str),
        type=_field(record, "type", str),
        keys=_items(record, "keys", _key),
        made_from=_added(record, "made_from", _digest),
        options=_added_items(record, "options", _text),
    )


def _entry(record: object) -> FileEntry:
    return FileEntry(
        path=_path(_field(record, "path", str)),
        kind=_kind(_field(record, "kind", str)),
        digest=_digest(_field(record, "digest", str)),
        created=_field(record, "created", bool),
        mode=_optional(record, "mode", _mode),
        profile=_optional(record, "profile", _text),
        keys=_items(record, "keys", _key),
        hunks=_items(record, "hunks", _hunk),
        grammar=_added(record, "grammar", _text),
    )


def _anchor(record: object) -> AnchorRecord:
    return AnchorRecord(
        fingerprint=_field(record, "fingerprint", str),
        subject=_field(record, "subject", str),
        not_after=_moment(_field(record, "not_after", str)),
        verdicts=_added(record, "verdicts", _verdicts) or (),
        issuer=_added(record, "issuer", _text) or "",
    )


def _verdicts(value: object) -> tuple[tuple[str, str], ...]:
    pairs = value if isinstance(value, list) else [value]
    return tuple(map(_pair, pairs))


def _pair(value: object) -> tuple[str, str]:
    if not isinstance(value, list) or len(value) != len(("version", "lint")):
        raise _InvalidError("`verdicts` is no list of pairs")
    version, code = map(_text, value)
    return version, code


def _mode(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MODE:
        raise _InvalidError("`mode` is no set of permission bits")
    return value


def _key(record: object) -> KeyChange:
    return KeyChange(
        key=_field(record, "key", str),
        earlier=_optional(record, "earlier", _text),
        written=_field(record, "written", str),
    )


def _hunk(record: object) -> Hunk:
    start, length = _field(record, "start", int), _field(record, "length", int)
    if start < 0 or length < 0:
        raise _InvalidError("`hunks` counts lines below zero")
    return Hunk(start=start, length=length, lines=_items(record, "lines", _text))


def _state(value: str) -> Literal["applying", "done"]:
    if value == "applying":
        return "applying"
    if value == "done":
        return "done"
    raise _InvalidError(f"`state` is `{value}`, neither `applying` nor `done`")


def _kind(value: str) -> Kind:
    kinds: tuple[Kind, ...] = get_args(Kind)
    for kind in kinds:
        if kind == value:
            return kind
    raise _InvalidError(f"`kind` is `{value}`, which is not known")


def _moment(text: str) -> str:
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise _InvalidError("`not_after` is no moment with a time zone in ISO 8601")
    return text


def _path(value: object) -> Path:
    path = Path(_text(value))
    if not path.is_absolute():
        raise _InvalidError(f"the path `{path}` is not absolute")
    if ".." in path.parts:
        raise _InvalidError(f"the path `{path}` holds `..`")
    if "\0" in str(path):
        raise _InvalidError("a path holds a null character")
    try:
        os.fsencode(path)
    except UnicodeEncodeError as error:
        raise _InvalidError("a path cannot be the name of a file") from error
    return path


def _digest(value: object) -> str:
    if _DIGEST.fullmatch(_text(value)) is None:
        raise _InvalidError("`digest` is no SHA-256 in lower-case hex")
    return _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _InvalidError(f"{json.dumps(value)} stands where a text should")
    return value


def _mapping(record: object) -> Mapping[str, object]:
    if not isinstance(record, dict):
        raise _InvalidError(f"{json.dumps(record)} stands where an object should")
    return record


def _value(record: object, name: str) -> object:
    try:
        return _mapping(record)[name]
    except KeyError as error:
        raise _InvalidError(f"`{name}` is missing") from error


def _field(record: object, name: str, kind: type[T]) -> T:
    value = _value(record, name)
    if type(value) is not kind:  # `True` is an `int` to `isinstance`, and no number to JSON
        raise _InvalidError(f"`{name}` is not {_NAMES[kind]}")
    return value


_NAMES: Final[dict[type, str]] = {str: "a text", int: "a number", bool: "true or false", list: "a list"}


def _items(record: object, name: str, parse: Callable[[object], T]) -> tuple[T, ...]:
    return tuple(parse(item) for item in _field(record, name, list))


def _added(record: object, name: str, parse: Callable[[object], T]) -> T | None:
    """A field that the first receipts do not have."""
    value = _mapping(record).get(name)
    return None if value is None else parse(value)


def _added_items(record: object, name: str, parse: Callable[[object], T]) -> tuple[T, ...]:
    """A list that the first receipts do not have."""
    return () if _mapping(record).get(name) is None else _items(record, name, parse)


def _optional(record: object, name: str, parse: Callable[[object], T]) -> T | None:
    value = _value(record, name)
    return None if value is None else parse(value)
