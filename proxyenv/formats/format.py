"""What a kind of file can do: list, get, set and unset its settings, and leave every other byte alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Item(NamedTuple):
    """One setting as its client reads it.

    Args:
        section: what it is in, as the file's kind names it; empty outside of sections.
        name: as it is spelled there.
        value: what it means: without quotes and comments.
        line: where it starts, from 1.
    """

    section: str
    name: str
    value: str
    line: int


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


class Format(NamedTuple):
    """A kind of file, as the one client or the few that have it read it.

    A key is a name, or ``SECTION/NAME``. The laws, for every text that is not refused:
    ``get(set(t, k, v), k) == v``; ``get(set(t, k, v), other) == get(t, other)``; and, where the key was
    absent, ``unset(set(t, k, v), k) == t`` but for a missing final line end.

    Args:
        items: every setting in order, as the client reads it; what it passes over is passed over.
        get: the value of a key as it is written there, or ``None``.
        set: the text with the key set; the line ends of the file are used.
        unset: the text without the key, and without the section that is empty then.
        normal: a value in one of its spellings: a tool that rewrites its file keeps what a value means,
            not its quotes.
    """

    items: Items
    get: _Get
    set: _Set
    unset: _Unset
    normal: Callable[[str], str]


def as_written(value: str) -> str:
    """The normal spelling where there is only one."""
    return value


def no_items(text: str, *, source: str) -> Iterator[Item]:  # noqa: ARG001 - nobody reads such a file yet
    """No setting."""
    return iter(())


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
        hint="mend it, or leave its tool out of `--configure`; it was left as it is",
    )


def require_single_line(value: str, *, what: str) -> str:
    """*value*, if it can stand in a line.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if not value.isprintable():
        raise PlanError("value-unrepresentable", f"{what} holds a character that a line cannot represent")
    return value
