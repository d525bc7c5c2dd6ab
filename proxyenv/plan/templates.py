"""Edits values in a base job template, and takes them back: the rest keeps its value and its order.

Each edit is recorded as a place, the value before and the digest of what was written. Taken back is what is
still as it was written; what somebody has changed since stays.
"""

from __future__ import annotations

import copy
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any, Final

from proxyenv.formats.parse import parse_json
from proxyenv.model.receipt import KeyChange
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from proxyenv.model.pool import TemplateEdit

APPEND: Final = "-"
"""The token of a JSON pointer that stands for a new item at the end of a list."""

_INDEX: Final = re.compile("0|[1-9][0-9]{0,8}")
"""The token of one that is there (RFC 6901, section 4); no list has more of them."""


class ShapeError(Exception):
    """A template is not built so that a value could be put at a place; the message is that place."""


class EditedTemplate(NamedTuple):
    """A template after some edits, and how to take them back.

    Args:
        template: the whole.
        changes: what was really written, in order; none where everything was there.
    """

    template: dict[str, Any]
    changes: tuple[KeyChange, ...]


def edit_template(template: Mapping[str, Any], edits: Iterable[TemplateEdit]) -> EditedTemplate:
    """Put each value at its place; parents that are missing are made.

    Args:
        template: stays as it is.
        edits: in order. An item is not added to a list that holds it.

    Raises:
        ShapeError: there is something else on the way to a place.
    """
    root: dict[str, Any] = copy.deepcopy(dict(template))
    changes: list[KeyChange] = []
    for edit in edits:
        if not edit.path:
            changes.append(KeyChange("", _render(root), digest(edit.value)))
            root = copy.deepcopy(edit.value)
            continue
        parent = _reach(root, edit, changes)
        _put(parent, edit, changes)
    return EditedTemplate(root, tuple(changes))


def _reach(root: dict[str, Any], edit: TemplateEdit, changes: list[KeyChange]) -> Any:  # noqa: ANN401 - JSON
    """The object or list that holds the last part of the path of *edit*."""
    path = edit.path
    value: Any = root
    for depth, key in enumerate(path[:-1], 1):
        following = path[depth]
        found = _get(value, key, path[: depth - 1])
        if found is None or (isinstance(found, str) and found == edit.over):
            found = [] if following == APPEND else {}
            _put_value(value, key, copy.deepcopy(found), path[:depth], changes)
            found = value[key]
        value = found
    if not isinstance(value, list if path[-1] == APPEND or isinstance(path[-1], int) else dict):
        raise ShapeError(render_pointer(path[:-1]))
    return value


def _get(value: Any, key: str | int, path: Sequence[str | int]) -> Any:  # noqa: ANN401 - JSON
    """What is at *key*, or ``None`` where it is missing or null."""
    if isinstance(value, dict) and isinstance(key, str):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    raise ShapeError(render_pointer(path))


def _put(parent: Any, edit: TemplateEdit, changes: list[KeyChange]) -> None:  # noqa: ANN401 - JSON
    key = edit.path[-1]
    if key != APPEND:
        _put_value(parent, key, edit.value, edit.path, changes)
    elif edit.value not in parent:
        name = edit.value.get("name") if isinstance(edit.value, dict) else None
        if name is not None and any(isinstance(item, dict) and item.get("name") == name for item in parent):
            raise ShapeError(f"{render_pointer(edit.path[:-1])}, which has another `{name}`")
        parent.append(copy.deepcopy(edit.value))
        changes.append(KeyChange(render_pointer(edit.path), None, digest(edit.value)))


def _put_value(
    parent: Any,  # noqa: ANN401 - JSON
    key: str | int,
    value: Any,  # noqa: ANN401 - JSON
    path: Sequence[str | int],
    changes: list[KeyChange],
) -> None:
    is_there = isinstance(parent, list) or key in parent
    if is_there and parent[key] == value and type(parent[key]) is type(value):
        return
    earlier = _render(parent[key]) if is_there else None
    parent[key] = copy.deepcopy(value)
    changes.append(KeyChange(render_pointer(path), earlier, digest(value)))


def undo_edits(template: Mapping[str, Any], changes: Sequence[KeyChange]) -> dict[str, Any]:
    """Take back what still is as it was written, the last first.

    Args:
        template: as it is now, after whatever others did to it; stays as it is.
        changes: of :func:`edit_template`.
    """
    root: dict[str, Any] = copy.deepcopy(dict(template))
    for change in reversed(changes):
        if not change.key:
            if change.earlier is not None and digest(root) == change.written:
                root = parse_json(change.earlier)
            continue
        place = _find_written(root, change)
        if place is None:
            continue
        parent, key = place
        if change.earlier is None:
            del parent[key]
        else:
            parent[key] = parse_json(change.earlier)
    return root


def _find_written(root: Any, change: KeyChange) -> tuple[Any, str | int] | None:  # noqa: ANN401 - JSON
    """The object or list that still holds what was written, and its key or index there."""
    *way, last = _parse_pointer(change.key) or ("",)
    parent = _find(root, way)
    keys: Sequence[str | int] = ()
    if isinstance(parent, list):
        keys = range(len(parent))[::-1] if last == APPEND else _as_index(last, parent)
    elif isinstance(parent, dict) and last in parent:
        keys = (last,)
    return next(((parent, key) for key in keys if digest(parent[key]) == change.written), None)


def _find(root: Any, tokens: Sequence[str]) -> Any:  # noqa: ANN401 - JSON
    for token in tokens:
        if isinstance(root, dict) and token in root:
            root = root[token]
        elif isinstance(root, list) and _as_index(token, root):
            root = root[int(token)]
        else:
            return None
    return root


def _as_index(token: str, items: Sequence[Any]) -> tuple[int, ...]:
    """The index that a token of a pointer names in a list; nothing where there is no such item."""
    return (int(token),) if _INDEX.fullmatch(token) and int(token) < len(items) else ()


def digest(value: object) -> str:
    """SHA-256 of a JSON value, whatever the order of its keys: a database may not keep it."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def render_pointer(path: Sequence[str | int]) -> str:
    """A place as a JSON pointer (RFC 6901)."""
    return "".join(f"/{str(key).replace('~', '~0').replace('/', '~1')}" for key in path)


def _parse_pointer(pointer: str) -> tuple[str, ...]:
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def _render(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def find_foreign(template: Mapping[str, Any], changes: Iterable[KeyChange]) -> tuple[str, ...]:
    """The places where something else stands now than what was written, as JSON pointers.

    Args:
        template: as it is now.
        changes: what was written. What only holds others, such as an object that was made, is not looked at.
    """
    looked_at = (each for each in changes if each.key and each.written not in _EMPTY)
    return tuple(each.key for each in looked_at if _find_written(template, each) is None)


_EMPTY: Final = frozenset((digest({}), digest([])))
