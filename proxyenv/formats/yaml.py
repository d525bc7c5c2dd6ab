"""YAML, edited as text: a parser says where each node lies, and only those characters are touched.

A key is a name of the outermost mapping, or ``SECTION/NAME``. A value is one line of YAML, quoted, so that it
can stand in a block and between braces. What would need more than that is refused: an anchor in the place
of a value (something else may name it), an alias, a list, a key that stands there twice.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from proxyenv.formats.format import (
    LONGEST_NAME,
    Format,
    Item,
    invalid,
    join,
    last_line,
    newline_of,
    require_bounded,
)
from proxyenv.formats.parse import DEEPEST, compose_yaml
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST: Final = 200_000
_BREAK: Final = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")  # what ends a line in YAML 1.1


class _Node(NamedTuple):
    """A key or a value: where it starts and ends, its kind, and what it means when it is a scalar."""

    start: int
    end: int
    kind: str
    meaning: str
    members: tuple[tuple[_Node, _Node], ...] = ()
    is_flow: bool = False


def _compose(text: str) -> object | None:
    """The parser's tree of the only document; an alias is the node that it stands for.

    Raises:
        ValueError: with the reason.
    """
    return next(iter(compose_yaml(text)), None)


@lru_cache(maxsize=2)  # the text before an edit and after it: each step asks again
def _compose_file(text: str) -> object | None:
    """As :func:`_compose`; whoever gets it changes nothing in it."""
    return _compose(text)


@lru_cache(maxsize=2)
def _read_root(text: str) -> _Node | None:
    """The outermost mapping, or what stands in its place."""
    composed = _compose_file(text)
    return None if composed is None else _convert(composed, depth=2)


def _convert(node: object, *, depth: int) -> _Node:
    """What the edits need of the parser's node, and no deeper."""
    value: Any = getattr(node, "value", "")
    tag, kind = str(getattr(node, "tag", "")), str(getattr(node, "id", ""))
    pairs = value if kind == "mapping" and depth else ()
    return _Node(
        _index(node, "start_mark"),
        _index(node, "end_mark"),
        "null" if kind == "scalar" and tag.endswith(":null") else kind,
        f"{tag} {value}" if kind == "scalar" else "",
        tuple((_convert(key, depth=0), _convert(each, depth=depth - 1)) for key, each in pairs),
        is_flow=bool(getattr(node, "flow_style", None)),
    )


def _index(node: object, mark: str) -> int:
    return int(getattr(node, mark).index)


def find_items(text: str) -> Iterator[Item] | None:
    """The settings of a mapping, or ``None`` where the text is none."""
    try:
        root = _compose(text)
    except ValueError:
        return None
    try:
        return iter(list(_walk(root, {}))) if getattr(root, "id", "") == "mapping" else None
    except OverflowError:
        return None


def _walk(root: Any, aliases: Mapping[str, str]) -> Iterator[Item]:  # noqa: ANN401 - the parser has no types
    """The scalars below a mapping, with those that an alias stands for.

    Raises:
        OverflowError: aliases make more of them, or a longer way to one, than any person wrote.
    """
    left: list[tuple[Any, tuple[str, ...]]] = [(root, ())]
    for _ in range(_MOST):
        if not left:
            return
        node, way = left.pop()
        if not isinstance(node, tuple):
            left += [(pair, way) for pair in reversed(node.value)]
            continue
        key, value = node
        name = str(key.value)
        if value.id == "mapping":
            if len(way) > DEEPEST or len(name) > LONGEST_NAME:  # an alias of what it is in has no end
                break
            left.append((value, (*way, name)))
        elif value.id == "scalar":
            known = "/".join((*way, aliases.get(name, name)))
            line = key.start_mark.line + 1
            last = max(line, value.end_mark.line + (value.end_mark.column > 0))
            yield Item("/".join(way), name, str(value.value), line, known, last)
    raise OverflowError


def _root(text: str, source: str) -> _Node | None:
    require_bounded(text, source=source)
    try:
        root = _read_root(text)
    except ValueError as error:
        raise invalid(source, str(error)) from error
    if root is not None and root.kind != "mapping":
        raise invalid(source, "it is no mapping")
    return root


def _names(mapping: _Node, aliases: Mapping[str, str]) -> list[str]:
    names = (key.meaning.partition(" ")[2] for key, _ in mapping.members)
    return [aliases.get(name, name) for name in names]


def _member(mapping: _Node, name: str, text: str, source: str, aliases: Mapping[str, str]) -> int | None:
    """The index of the member of that name."""
    names = _names(mapping, aliases)
    if names.count(name) > 1:
        raise invalid(source, f"`{name}` stands there twice")
    if name not in names:
        return None
    _, value = mapping.members[names.index(name)]
    if text[value.start : value.start + 1] in {"&", "!"}:  # an alias stands for the node with its anchor
        raise invalid(source, f"the value of `{name}` is an alias, or has an anchor or a tag")
    return names.index(name)


class _Yaml:
    """One file's manner.

    Args:
        aliases: other names that the tool takes for the same key.
    """

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self.aliases = aliases

    def _way(self, text: str, key: str, source: str) -> tuple[_Node | None, _Node | None, int | None]:
        """The outermost mapping, the mapping that the key belongs into, and its index there."""
        root = mapping = _root(text, source)
        section, _, name = key.rpartition("/")
        if section and mapping is not None:
            index = _member(mapping, section, text, source, self.aliases)
            mapping = None if index is None else mapping.members[index][1]
            if mapping is not None and mapping.kind not in {"mapping", "null"}:
                raise invalid(source, f"`{section}` is no mapping")
        if mapping is None or mapping.kind == "null":
            return root, mapping, None
        return root, mapping, _member(mapping, name, text, source, self.aliases)

    def items(self, text: str, *, source: str) -> Iterator[Item]:
        require_bounded(text, source=source)
        try:
            root = _compose_file(text)
        except ValueError as error:
            raise invalid(source, str(error)) from error
        if getattr(root, "id", "") != "mapping":
            return iter(())
        try:
            return iter(list(_walk(root, self.aliases)))
        except OverflowError as error:
            raise invalid(source, "its aliases have no end") from error

    def get(self, text: str, key: str, *, source: str) -> str | None:
        _, mapping, index = self._way(text, key, source)
        if mapping is None or index is None:
            return None
        value = mapping.members[index][1]
        return text[value.start : value.end].rstrip()

    def set(self, text: str, key: str, value: str, *, source: str) -> str:
        written = self._write(text, key, value, source)
        if self._others(text, key, source) != self._others(written, key, source):
            raise invalid(source, f"`{key}` cannot be written without a change to another setting")
        return written

    def _others(self, text: str, key: str, source: str) -> dict[str, str]:
        """What a text says, but for a key and the section that it is in."""
        items = {item.key: item.value for item in self.items(text, source=source)}
        return {name: value for name, value in items.items() if name not in {key, key.rpartition("/")[0]}}

    def _write(self, text: str, key: str, value: str, source: str) -> str:
        root, mapping, index = self._way(text, key, source)
        section, _, name = key.rpartition("/")
        if mapping is not None and index is not None:
            return _replace(text, mapping.members[index][1], value, name, source)
        if mapping is not None and mapping.kind == "null":
            return _fill(text, mapping, f"{name}: {value}")
        if mapping is not None and section:
            return _insert(text, mapping, f"{name}: {value}", source)
        newline = newline_of(text)
        lines = f"{section}:{newline}  {name}: {value}" if section else f"{name}: {value}"
        if root is None:
            return _append(text, len(text), lines)
        if root.is_flow:
            inner = f"{section}: {{{name}: {value}}}" if section else lines
            return _insert(text, root, inner, source)
        indent = _indent(text, root.members[0][0], source)[1] if root.members else ""
        return _append(text, root.end, indent + lines.replace(newline, newline + indent))

    def unset(self, text: str, key: str, *, source: str) -> str:
        root, mapping, index = self._way(text, key, source)
        section = key.rpartition("/")[0]
        if mapping is None or index is None:
            return text
        key_node, value = mapping.members[index]
        if len(mapping.members) == 1 and section and root is not None:
            outer = _member(root, section, text, source, self.aliases)
            if outer is not None and not _has_comment(text, root.members[outer], (key_node, value)):
                mapping, (key_node, value) = root, root.members[outer]
        if mapping.is_flow:
            return _drop_between_braces(text, key_node, value)
        return _drop_lines(text, key_node, value, source)


def _has_comment(text: str, section: tuple[_Node, _Node], member: tuple[_Node, _Node]) -> bool:
    """Whether somebody wrote a comment into a section of one member: we write none."""
    (name, mapping), (key, value) = section, member
    after = text[value.end : _line_end(text, mapping.end)] if mapping.is_flow else ""
    return "#" in text[name.end : key.start] + after


def _replace(text: str, node: _Node, value: str, name: str, source: str) -> str:
    if node.kind not in {"scalar", "null"} and not node.is_flow:
        raise invalid(source, f"`{name}` is written in several lines")
    old = text[node.start : node.end]
    rest = old[len(old.rstrip()) :]  # the end of a block scalar is the start of the next line
    blank = "" if old or text[node.start - 1 : node.start].isspace() else " "
    return text[: node.start] + blank + value + rest + text[node.end :]


def _fill(text: str, node: _Node, member: str) -> str:
    """Give a section without a value its first member."""
    if node.end > node.start:
        return f"{text[: node.start]}{{{member}}}{text[node.end :]}"
    return _append(text, _line_end(text, node.end), f"  {member}")


def _insert(text: str, mapping: _Node, member: str, source: str) -> str:
    """In front of the first member: where the last one ends, comments of what follows may stand."""
    if mapping.is_flow:
        comma = ", " if mapping.members else ""
        return text[: mapping.start + 1] + member + comma + text[mapping.start + 1 :]
    line, indent = _indent(text, mapping.members[0][0], source)
    return f"{text[:line]}{indent}{member}{newline_of(text)}{text[line:]}"


def _indent(text: str, key: _Node, source: str) -> tuple[int, str]:
    """Where the line of a key starts, and the blanks in front of it."""
    line = max((matched.end() for matched in _BREAK.finditer(text, 0, key.start)), default=0)
    line += text[line : line + 1] == "\ufeff"
    indent = text[line : key.start]
    if indent.strip(" "):
        raise invalid(source, "a key does not stand at the start of its line")
    return line, indent


def _append(text: str, at: int, lines: str) -> str:
    newline = newline_of(text)
    before = text[:at]
    if before.strip("\ufeff") and not _BREAK.search(before[-1]):
        before += newline
    return f"{before}{lines}{newline}{text[at:]}"


def _line_end(text: str, at: int) -> int:
    """The start of the next line."""
    matched = _BREAK.search(text, at)
    return matched.end() if matched else len(text)


def _drop_lines(text: str, key: _Node, value: _Node, source: str) -> str:
    line, _ = _indent(text, key, source)
    while value.members:  # a mapping ends where the next key starts, after the comments between
        value = value.members[-1][1]
    end = max(key.end, value.start + len(text[value.start : value.end].rstrip()))
    return text[:line] + text[_line_end(text, end) :]


def _drop_between_braces(text: str, key: _Node, value: _Node) -> str:
    head, tail = text[: key.start], text[value.end :]
    if tail.lstrip().startswith(","):
        return head + tail.lstrip()[1:].lstrip()
    head = head.rstrip().removesuffix(",")
    return join(head, tail, is_comment="#" in last_line(head), newline=newline_of(text))


def _normal(value: str) -> str:
    """Quoted or plain, in one line or folded: a tool that rewrites its file may spell it otherwise."""
    try:
        composed = _compose(value)
    except ValueError:
        return value
    node = None if composed is None else _convert(composed, depth=0)
    return node.meaning if node is not None and node.kind == "scalar" else value


def _make(aliases: Mapping[str, str]) -> Format:
    manner = _Yaml(aliases)
    return Format(manner.items, manner.get, manner.set, manner.unset, _normal)


YAML: Final = _make({})
CONDARC: Final = _make({"verify_ssl": "ssl_verify"})
"""conda refuses a file that has both names of one setting."""
