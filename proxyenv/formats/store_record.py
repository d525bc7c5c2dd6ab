"""Trust stores as a receipt holds them: text and numbers, and back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.model.store import Store, StoredCertificate, StoreEntry, Witness

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[A-Za-z]+")
"""A store of Windows has a name; the catalogue says which store may."""

_MOST_MODE: Final = 0o7777
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_FLAGS: Final = ("needs_root", "in_use")
"""What is looked up again before a store is written."""


def entry_record(entry: StoreEntry) -> dict[str, Any]:
    """What ``json`` can write."""
    store = {name: _plain(value) for name, value in entry.store._asdict().items() if name not in _FLAGS}
    return {
        "store": store,
        "certificates": [
            {"fingerprint": each.fingerprint, "pem": each.pem, "path": _plain(each.path)}
            for each in entry.certificates
        ],
        "witnesses": [_witness_record(each) for each in entry.witnesses],
    }


def _witness_record(witness: Witness) -> dict[str, object]:
    """`link` and `mode` are seldom needed and left out then: the receipts of earlier versions lack them."""
    record: dict[str, object] = {
        "path": str(witness.path),
        "before": witness.before,
        "after": witness.after,
        "link": witness.link,
        "mode": witness.mode,
    }
    return {name: value for name, value in record.items() if value is not None or name == "after"}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def parse_entry(record: object) -> StoreEntry:
    """The inverse of :func:`entry_record`.

    Raises:
        ValueError: a field is absent or of another type.
    """
    return StoreEntry(
        _store(_field(record, "store")),
        tuple(
            StoredCertificate(_digest(each, "fingerprint"), _text(each, "pem"), _optional_path(each, "path"))
            for each in _items(record, "certificates")
        ),
        tuple(map(_witness, _items(record, "witnesses"))),
    )


def _witness(record: object) -> Witness:
    known = record if isinstance(record, dict) else {}
    return Witness(
        _absolute(_text(record, "path")),
        _digest(record, "before"),
        _optional_text(record, "after"),
        link=_text(record, "link") if "link" in known else None,
        mode=_mode(known["mode"]) if "mode" in known else None,
    )


def _mode(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_MODE:
        raise ValueError("`mode` is no set of permission bits")
    return value


def _store(record: object) -> Store:
    place = _text(record, "place")
    return Store(
        _text(record, "kind"),
        _text(record, "family"),
        Path(place) if _NAME.fullmatch(place) else _absolute(place),
        _text(record, "title"),
        _optional_text(record, "tool"),
        lack=_optional_text(record, "lack"),
        openssl=_optional_text(record, "openssl"),
        bundle=_optional_path(record, "bundle"),
        keytool=_optional_text(record, "keytool"),
        witnesses=tuple(_absolute(str(path)) for path in _items(record, "witnesses")),
    )


def _field(record: object, name: str) -> object:
    mapping: Mapping[str, object] = record if isinstance(record, dict) else {}
    if name not in mapping:
        raise ValueError(f"`{name}` is missing")
    return mapping[name]


def _text(record: object, name: str) -> str:
    value = _field(record, name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is not a text")  # noqa: TRY004 - one error for whatever is wrong
    return value


def _digest(record: object, name: str) -> str:
    """A part of it becomes the name of a file."""
    text = _text(record, name)
    if _DIGEST.fullmatch(text) is None:
        raise ValueError(f"`{name}` is no SHA-256 in lower-case hex")
    return text


def _optional_text(record: object, name: str) -> str | None:
    return None if _field(record, name) is None else _text(record, name)


def _optional_path(record: object, name: str) -> Path | None:
    text = _optional_text(record, name)
    return None if text is None else _absolute(text)


def _absolute(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or ".." in path.parts or "\0" in text:
        raise ValueError(f"the path `{text}` is not absolute")
    return path


def _items(record: object, name: str) -> list[object]:
    value = _field(record, name)
    if not isinstance(value, list):
        raise ValueError(f"`{name}` is not a list")  # noqa: TRY004 - a wrong file, not a wrong call
    return value
