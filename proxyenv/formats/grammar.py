"""What a grammar can do: find, put and drop one setting, and leave every other byte alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable


class _Put(Protocol):
    def __call__(self, text: str, key: str, value: str, *, source: str) -> str: ...


class Grammar(NamedTuple):
    """How the files of a tool are written.

    The laws, for every text that is not refused: ``find(put(t, k, v), k) == v``, and
    ``find(put(t, k, v), other) == find(t, other)``.

    Args:
        find: the value of a key as it is written there, or ``None``.
        put: the text with the key set; the line ends of the file are used.
        drop: the text without the key, and without the section that is empty then.
        normal: a value in one of its spellings: a tool that writes its file anew keeps what a value means,
            not its quotes.
    """

    find: Callable[[str, str, str], str | None]
    put: _Put
    drop: Callable[[str, str, str], str]
    normal: Callable[[str], str]


def as_written(value: str) -> str:
    """The normal spelling where there is only one."""
    return value


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
