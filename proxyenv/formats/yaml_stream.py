"""A stream of YAML documents: written from values, or read and extended as text, every other byte kept.

What is written is read alike by YAML 1.1 and 1.2, and by Kubernetes' own mixture of them: a text that
anybody could take for something else is quoted.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import newline_of
from proxyenv.formats.parse import MOST_NODES, compose_yaml
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_PLAIN: Final = re.compile(r"[A-Za-z/][A-Za-z0-9_/.-]*")
_OTHER_THAN_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


class YamlNode(NamedTuple):
    """A value in the text of a document.

    Args:
        start: of the value, in characters.
        end: behind its last character; of a block of several lines, somewhere behind it.
        kind: ``mapping``, ``sequence``, ``scalar``, or ``null`` for nothing.
        text: what a scalar says.
        members: of a mapping: the keys, where each starts, and the values.
        items: of a sequence.
        is_flow: whether it stands between brackets.
    """

    start: int
    end: int
    kind: str
    text: str = ""
    members: tuple[tuple[str, int, YamlNode], ...] = ()
    items: tuple[YamlNode, ...] = ()
    is_flow: bool = False

    def find(self, *way: str) -> YamlNode | None:
        """The value below these keys."""
        node: YamlNode | None = self
        for key in way:
            node = next((value for name, _, value in node.members if name == key), None) if node else None
        return node

    def say(self, *way: str) -> str:
        """What the scalar below these keys says; empty where there is none."""
        node = self.find(*way)
        return node.text if node else ""


class Insertion(NamedTuple):
    """Characters that take the place of others, most often of none.

    Args:
        start: where.
        end: behind what they replace.
        text: the characters.
    """

    start: int
    end: int
    text: str


def render_documents(documents: Iterable[Mapping[str, object]]) -> str:
    """The documents, in block style, keys in their order; a text of several lines stands as it is."""
    import yaml

    dumped: str = yaml.dump_all(
        documents,
        Dumper=_load_dumper(),
        sort_keys=False,
        allow_unicode=True,
        width=2**31,
        explicit_start=True,
    )
    return dumped


def read_documents(text: str, *, source: str) -> tuple[YamlNode, ...]:
    """Where each value of each document lies; documents without anything are left out.

    Raises:
        PlanError: ``settings-invalid``: it is no YAML.
    """
    try:
        budget = iter(range(MOST_NODES))
        return tuple(_convert(node, budget) for node in compose_yaml(text, is_stream=True))
    except ValueError as error:
        raise _refuse(source, str(error)) from error
    except RecursionError as error:
        raise _refuse(source, "an alias stands for what it is in") from error


def _convert(node: Any, budget: Iterator[int]) -> YamlNode:  # noqa: ANN401 - the parser has no types
    if next(budget, None) is None:  # an alias counts as often as it stands there
        raise ValueError(f"it has more than {MOST_NODES:,} values")
    place = (node.start_mark.index, node.end_mark.index)
    if node.id == "mapping":
        pairs = [(str(key.value), key.start_mark.index, _convert(each, budget)) for key, each in node.value]
        return YamlNode(*place, "mapping", members=tuple(pairs), is_flow=bool(node.flow_style))
    if node.id == "sequence":
        items = [_convert(each, budget) for each in node.value]
        return YamlNode(*place, "sequence", items=tuple(items), is_flow=bool(node.flow_style))
    return YamlNode(*place, "null" if node.tag.endswith(":null") else "scalar", str(node.value))


def insert_items(
    text: str, mapping: YamlNode, key: str, items: Sequence[Mapping[str, object]], *, before: str = ""
) -> Insertion:
    """What puts items at the beginning of the list of a mapping, which may not have the list yet.

    Args:
        text: of the stream.
        mapping: in it.
        key: of the list.
        items: at least one.
        before: the key before which a new list stands, in a mapping without brackets; else it stands behind
            the name.

    Raises:
        PlanError: ``settings-invalid``: the value of *key* is no list.
    """
    found = mapping.find(key)
    if found is None:
        return _insert_list(text, mapping, key, items, before)
    if found.kind == "null" or (found.kind == "sequence" and not found.items):
        if text[found.start : found.start + 1] in {"&", "!"}:
            raise _refuse(_line(text, found.start), f"the value of `{key}` has an anchor or a tag")
        if mapping.is_flow:
            blank = " " if found.start == found.end else ""
            return Insertion(found.start, found.end, f"{blank}{_in_flow(items)}")
        start = len(text[: found.start].rstrip(" "))
        return Insertion(
            start, found.end, _in_block(items, _column(text, mapping.members[0][1]), newline_of(text))
        )
    if found.kind != "sequence":
        raise _refuse(_line(text, found.start), f"`{key}` is no list")
    first = found.items[0].start
    if found.is_flow:
        return Insertion(first, first, f"{_in_flow(items)[1:-1]}, ")
    start = first - _column(text, first)
    dash = re.fullmatch(r"( *)- +", text[start:first])
    if dash is None:
        raise _refuse(_line(text, first), f"`{key}` has its items in an unusual way")
    newline = newline_of(text)
    return Insertion(start, start, _in_block(items, len(dash[1]), newline).removeprefix(newline) + newline)


def _insert_list(
    text: str, mapping: YamlNode, key: str, items: Sequence[Mapping[str, object]], before: str
) -> Insertion:
    """What gives a mapping a list that it does not have."""
    if mapping.find("<<"):
        raise _refuse(_line(text, mapping.start), f"`{key}` may come from what its `<<` names")
    first = mapping.members[0][1]
    if mapping.is_flow:
        return Insertion(first, first, f"{json.dumps(key)}: {_in_flow(items)}, ")
    column, newline = _column(text, first), newline_of(text)
    block = f"{key}:{_in_block(items, column, newline)}"
    starts = {name: start for name, start, _ in mapping.members}
    if before in starts:
        return Insertion(starts[before], starts[before], f"{block}{newline}{' ' * column}")
    name = mapping.find("name")
    ended = re.compile(r"\r?\n|\Z").search(text, name.end if name else first)
    start = ended.start() if ended else len(text)
    return Insertion(start, start, f"{newline}{' ' * column}{block}")


def _refuse(source: str, reason: str) -> PlanError:
    return PlanError(
        "settings-invalid",
        f"{source} cannot be edited safely: {reason}",
        hint="correct it; a template of Helm has to be rendered first",
    )


def _column(text: str, place: int) -> int:
    """How many characters stand before a place in its line."""
    return place - (text.rfind("\n", 0, place) + 1)


def _line(text: str, place: int) -> str:
    line_number = text.count("\n", 0, place) + 1
    return f"line {line_number} of the manifest"


def apply_insertions(text: str, insertions: Iterable[Insertion]) -> str:
    """The text with all of them; those at one place stay in their order, and equal ones count once."""
    parts, place = [], 0
    for each in sorted(dict.fromkeys(insertions), key=lambda each: each.start):
        parts += [text[place : each.start], each.text]
        place = each.end
    return "".join((*parts, text[place:]))


def _in_flow(items: Sequence[Mapping[str, object]]) -> str:
    return json.dumps(items, ensure_ascii=False)


def _in_block(items: Sequence[Mapping[str, object]], column: int, newline: str) -> str:
    """A list in lines of its own, each after a line end and so many blanks."""
    import yaml

    dumped = yaml.dump(list(items), Dumper=_load_dumper(), sort_keys=False, allow_unicode=True, width=2**31)
    return "".join(f"{newline}{' ' * column}{line}" for line in dumped.splitlines())


@cache
def _load_dumper() -> Any:  # noqa: ANN401 - the library has no types
    """A dumper that quotes whatever is not plainly a word, and indents lists as kubectl does."""
    import yaml

    class Dumper(yaml.SafeDumper):  # type: ignore[misc] # the library has no types
        def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library calls it so
            """Equal values are written out: an alias is hard to read."""
            return True

    def represent(dumper: Any, value: str) -> Any:  # noqa: ANN401 - the library has no types
        if _PLAIN.fullmatch(value) and value.lower() not in _OTHER_THAN_TEXT:
            return dumper.represent_scalar("tag:yaml.org,2002:str", value)
        style = "|" if "\n" in value else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    Dumper.add_representer(str, represent)
    return Dumper
