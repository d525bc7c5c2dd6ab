"""The blocks of code in README.md and docs/, and what each says about where it is run.

A comment above a block says it, and is seen by no reader:

- ``<!-- run: tests/PATH.py -->``: that test reads the block from the page, and runs it;
- ``<!-- run all: tests/PATH.py -->``: the same for every block from there on that says nothing else;
- ``<!-- not run here: REASON -->``: it runs nowhere in these tests;
- ``<!-- file: NAME -->``: it is a file, which commands of the page use.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DOCUMENTS", "ROOT", "Block", "commands_of", "read_blocks"]

ROOT: Final = Path(__file__).parents[2]

DOCUMENTS: Final = tuple(
    sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("[A-Z]*.md"), *(ROOT / "docs").glob("*.md")))
)

_MARK: Final = re.compile(r"<!-- (run|run all|not run here|file): (.+?) -->")
_FENCE: Final = re.compile(r"^( *)```(\w*)$")


class Block(NamedTuple):
    """A block of code.

    Args:
        line: of the page at which its code begins.
        language: of the fence; nothing for an indented one.
        lines: the code.
        mark: ``run``, ``not run here``, ``file``, or nothing.
        about: what the mark says.
    """

    line: int
    language: str
    lines: tuple[str, ...]
    mark: str = ""
    about: str = ""

    @property
    def may_be_typed(self) -> bool:
        """Whether it may be something to type: what says that it is another language is none."""
        return self.language in {"", "sh", "console", "powershell"}


def read_blocks(document: str) -> tuple[Block, ...]:
    """The blocks of a page, in order."""
    return tuple(_blocks((ROOT / document).read_text("utf-8").splitlines()))


def commands_of(document: str, test: str) -> tuple[str, ...]:
    """The commands of a page that this test runs: each line, without its comment, continued lines as one."""
    text = "\n".join(
        line
        for block in read_blocks(document)
        if block.mark == "run" and Path(test).name in block.about
        for line in block.lines
    )
    lines = (re.sub(r"\s+# .*", "", line).strip() for line in text.replace("\\\n", " ").splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def _blocks(lines: list[str]) -> Iterator[Block]:
    at, mark, usual = 0, ("", ""), ("", "")
    while at < len(lines):
        line = lines[at]
        fence = _FENCE.match(line)
        is_indented = line.startswith("    ") and (at == 0 or not lines[at - 1].strip())
        if found := _MARK.fullmatch(line.strip()):
            usual = ("run", found[2]) if found[1] == "run all" else usual
            mark = usual if found[1] == "run all" else (found[1], found[2])
        elif fence or is_indented:
            end = lines.index(f"{fence[1]}```", at + 1) if fence else _end_of_indented(lines, at)
            code = tuple(lines[at + 1 : end]) if fence else tuple(each[4:] for each in lines[at:end])
            block = Block(at + 1, (fence[2] or "text") if fence else "", code)
            said = mark if mark[0] else usual
            yield block._replace(mark=said[0], about=said[1]) if block.may_be_typed or mark[0] else block
            at, mark = (end if fence else end - 1), ("", "")
        elif line.strip():
            mark = ("", "")
        at += 1


def _end_of_indented(lines: list[str], at: int) -> int:
    while at < len(lines) and (lines[at].startswith("    ") or not lines[at].strip()):
        at += 1
    return at
