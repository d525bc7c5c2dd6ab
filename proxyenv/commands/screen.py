"""What somebody reads on a terminal: rows with a label, folded between words to the width that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from proxyenv.commands.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO

    from proxyenv.commands.terminal import ScreenRow, Terminal

_STYLES: Final = {
    "ok": "green",
    "failed": "red",
    "warning": "yellow",
    "note": "yellow",
    "skipped": "dim",
    "bold": "bold",
    "": "",
}
_GAP: Final = 2
_LEAST: Final = 20
"""Columns for a text: where there are fewer, lines get longer than the terminal is wide."""
_ELLIPSIS: Final = "…"


def lay_out(rows: Iterable[ScreenRow], terminal: Terminal, stream: TextIO) -> list[str]:
    """The lines for a terminal.

    Args:
        rows: what to say; control characters in them are escaped here.
        terminal: says whether colours are wanted.
        stream: standard output or standard error.
    """
    colored = terminal.wants_color(stream)
    console = open_console(terminal, stream)
    width = console.width
    rows = tuple(rows)
    labels = max((cell_len(printable(row.label)) for row in rows), default=0)
    start = labels + _GAP if labels else 0
    lines: list[str] = []
    for row in rows:
        left = 0 if row.heading else start
        text = printable(row.text)
        bare = text.lstrip(" ")
        left += len(text) - len(bare)
        before = printable(row.label).ljust(left)
        for text in fold(bare, max(width - left, _LEAST), whole=row.whole):
            style = _STYLES[row.style]
            line = Text.assemble((before, style if before.strip() else ""), (text, style * row.heading))
            line.rstrip()
            lines.append(_render(console, line) if colored else line.plain)
            before = " " * left
    return lines


def open_console(terminal: Terminal, stream: TextIO) -> Console:
    """A console of rich that knows the width, and writes nothing but what it is given."""
    known = terminal.environment
    return Console(
        file=stream,
        color_system="standard" if terminal.wants_color(stream) else None,
        force_terminal=True,
        highlight=False,
        markup=False,
        emoji=False,
        _environ={name: known[name] for name in ("COLUMNS", "LINES") if name in known},
    )


def _render(console: Console, line: Text) -> str:
    with console.capture() as captured:
        console.print(line, end="", soft_wrap=True)
    return captured.get()


def fold(text: str, room: int, *, whole: bool = False) -> list[str]:
    """The lines of a text, broken between words.

    What stands in backticks stays on one line where it fits into one. A word that is longer than a line is
    cut in its middle. Of what will be copied neither is broken: the terminal itself goes on in the next line
    then, which makes no second command of it.

    Args:
        text: one line.
        room: how many columns there are.
        whole: whether nothing may be cut, since it will be copied.
    """
    if cell_len(text) <= room:
        return [text]
    lines: list[str] = []
    for unit in _find_units(text, room, whole=whole):
        word = unit if whole else shorten_text(unit, room)
        if lines and cell_len(f"{lines[-1]} {word}") <= room:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def _find_units(text: str, room: int, *, whole: bool) -> Iterator[str]:
    """Words; those in one pair of backticks are one, where it fits into a line or will be copied."""
    held: list[str] = []
    for word in filter(None, text.split(" ")):
        held.append(word)
        joined = " ".join(held)
        stays = whole or cell_len(joined) <= room
        if joined.count("`") % 2 and stays:
            continue
        yield from [joined] if stays else held
        held = []
    yield from held


def shorten_text(word: str, room: int) -> str:
    """A text that fits, without its middle where it is too long."""
    if cell_len(word) <= room:
        return word
    head = (room - 1) // 2
    tail = room - 1 - head
    end = word
    while cell_len(end) > tail:
        end = end[1:]
    return f"{set_cell_size(word, head).rstrip()}{_ELLIPSIS}{end}"
