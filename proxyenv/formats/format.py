"""What a kind of file can do: list, get, set and unset its settings, and leave every other byte alone."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Protocol

from proxyenv.errors import PlanError
from proxyenv.formats.parse import LONGEST, TOO_LONG
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

LONGEST_NAME: Final = 1000
BOM: Final = "\ufeff"


class Item(NamedTuple):
    """One setting as its client reads it.

    Args:
        section: what it is in, as the file's kind names it; empty outside of sections.
        name: as it is spelled there.
        value: what it means: without quotes, escapes and comments.
        line: where it starts, from 1.
        key: its one name for ``get``, ``set`` and ``unset``, and for tables: ``SECTION/NAME``, with the
            case and the hyphens by which the client compares names.
        last: the line where it ends.
        bare: whether it is a name alone, without an `=`, where that is something else than an empty value.
    """

    section: str
    name: str
    value: str
    line: int
    key: str
    last: int
    bare: bool = False


class Items(Protocol):
    """Lists the settings of a file."""

    def __call__(self, text: str, *, source: str) -> Iterator[Item]:
        """Every setting in order; see :class:`Format`."""


class _Get(Protocol):
    def __call__(self, text: str, key: str, *, source: str) -> str | None: ...


class _Set(Protocol):
    def __call__(self, text: str, key: str, value: str, *, source: str) -> str: ...


class _Unset(Protocol):
    def __call__(self, text: str, key: str, *, source: str) -> str: ...


class Editor(Protocol):
    """A text of which several keys are read and changed, one after the other."""

    def get(self, key: str) -> str | None:
        """As :class:`Format` has it, of the text as it is by now."""

    def set(self, key: str, value: str) -> None:
        """As :class:`Format` has it."""

    def unset(self, key: str) -> None:
        """As :class:`Format` has it."""

    def finish(self) -> str:
        """The text, after all of it."""


class _Open(Protocol):
    def __call__(self, text: str, *, source: str) -> Editor: ...


class Format(NamedTuple):
    """A kind of file, as the one client or the few that have it read it.

    The laws, for every text that is not refused: ``get(set(t, k, v), k) == v``; ``set`` and ``unset`` leave
    every other key as it was; and where the key was absent, ``unset(set(t, k, v), k) == t``. Three things
    are beyond that: a missing final line end is added, an empty section goes with its last setting, and a
    document that needs a root (JSON, XML) keeps it.

    Args:
        items: every setting in order, as the client reads it. What the client passes over is passed over, and
            so is a line that it refuses: one bad line hides no other. Raises ``settings-invalid`` where
            nothing can be read.
        get: the value of a key as it is written there, or ``None``.
        set: the text with the key set; the line ends of the file are used.
        unset: the text without the key, and without the section that is empty then.
        normal: a value in one of its spellings: a tool that rewrites its file keeps what a value means,
            not its quotes.
        editor: makes one that costs less than one reading for each key.
    """

    items: Items
    get: _Get
    set: _Set
    unset: _Unset
    normal: Callable[[str], str]
    editor: _Open | None = None

    def edit(self, text: str, *, source: str) -> Editor:
        """An editor of *text*."""
        return self.editor(text, source=source) if self.editor else _KeyByKey(self, text, source)


class _KeyByKey:
    """An editor by the operations of a format."""

    def __init__(self, chosen: Format, text: str, source: str) -> None:
        self.chosen, self.text, self.source = chosen, text, source

    def get(self, key: str) -> str | None:
        return self.chosen.get(self.text, key, source=self.source)

    def set(self, key: str, value: str) -> None:
        self.text = self.chosen.set(self.text, key, value, source=self.source)

    def unset(self, key: str) -> None:
        self.text = self.chosen.unset(self.text, key, source=self.source)

    def finish(self) -> str:
        return self.text


def effective(items: Iterable[Item]) -> tuple[Item, ...]:
    """The settings that count: of several with one key the last."""
    return tuple({item.key: item for item in items}.values())


def as_written(value: str) -> str:
    """The normal spelling where there is only one."""
    return value


def no_items(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - its text is no setting
    """No setting."""
    return iter(())


class LineNumbers:
    """The line, from 1, of each index of a text."""

    def __init__(self, text: str) -> None:
        self._breaks = [matched.start() for matched in re.finditer("\n", text)]

    def at(self, index: int) -> int:
        """The line that *index* is in."""
        return bisect_right(self._breaks, index - 1) + 1


def newline_of(text: str) -> str:
    """The line end to use: CRLF where the file has it."""
    return "\r\n" if "\r\n" in text else "\n"


def last_line(text: str) -> str:
    """What stands after the last line end."""
    return text[max(text.rfind("\n"), text.rfind("\r")) + 1 :]


def join(head: str, tail: str, *, is_comment: bool, newline: str) -> str:
    """*head* and *tail*, with a line end between where a comment would go on.

    Args:
        head: without blanks at its end.
        tail: what follows.
        is_comment: whether *head* may end in a comment that lasts to the end of its line.
        newline: the line end to use.
    """
    goes_on = tail.lstrip(" \t")[:1] not in {"", "\r", "\n"}
    return head + (newline if is_comment and goes_on else "") + tail


def invalid(source: str, reason: str) -> PlanError:
    """The refusal of a file whose meaning is not certain."""
    return PlanError(
        "settings-invalid",
        f"{source} cannot be edited safely: {reason}",
        hint="fix it, or leave its tool out of `--configure`; it was left as it is",
    )


def require_bounded(text: str, *, source: str) -> None:
    """Refuse a text that is too long for a settings file.

    Raises:
        PlanError: ``settings-invalid``.
    """
    if len(text) > LONGEST:
        raise invalid(source, TOO_LONG)


def require_short(name: str, line: int) -> str:
    """*name*, which stands in the key of every setting that is in it.

    Raises:
        ValueError: it is longer than anybody's, so that the keys could be larger than the file without end.
    """
    if len(name) > LONGEST_NAME:
        raise ValueError(f"line {line} has a name of more than {LONGEST_NAME:,} characters")
    return name


def require_single_line(value: str, *, what: str) -> str:
    """*value*, if it can stand in a line.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if not value.isprintable():
        raise PlanError("value-unrepresentable", f"{what} holds a character that a line cannot represent")
    return value
