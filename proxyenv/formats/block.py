"""A marked block in somebody else's file.

The law: ``remove_block(upsert_block(text, body)) == text`` for every text, so that no byte of it
needs to be kept anywhere. A file that did not end with a line break gets one before the block, and the
begin marker says so.
"""

from __future__ import annotations

import re
from typing import Final

from proxyenv.errors import PlanError
from proxyenv.formats.format import Format, as_written, no_items

BEGIN: Final = "# >>> proxyenv >>>"
END: Final = "# <<< proxyenv <<<"

_JOINED: Final = {"\n": "# >>> proxyenv (joined) >>>", "\r\n": "# >>> proxyenv (joined, CRLF) >>>"}
_JOINTS: Final = {marker: joint for joint, marker in _JOINED.items()}
_ANY: Final = r"# (?:>>> proxyenv\b.* >>>|<<< proxyenv <<<)\r?$"
_BLOCK: Final = re.compile(
    r"^(?P<begin># >>> proxyenv(?: \(joined(?:, CRLF)?\))? >>>)\r?\n"
    rf"(?:(?!{_ANY}).*\n)*# <<< proxyenv <<<(?:\r?\n|\Z)",
    re.MULTILINE,
)
"""No marker is in a body: what follows one that stands alone is not ours."""

_MOST: Final = 100
"""Blocks. There is one; what has more was not written by proxyenv, and each costs another look at it all."""

_MARKER: Final = re.compile(f"^{_ANY}", re.MULTILINE)


def upsert_block(text: str, body: str, *, newline: str | None = None, source: str = "the file") -> str:
    """Put the block at the end of *text*, in place of an earlier one.

    Args:
        text: the whole file; its line ends are kept.
        body: the lines of the block, each ended by LF.
        newline: what ends the lines of the block; by default LF, or CRLF where *text* has it.
        source: the file's name, for messages.

    Raises:
        PlanError: ``block-damaged``, see :func:`remove_block`.
    """
    rest = remove_block(text, source=source)
    newline = newline or ("\r\n" if "\r\n" in rest else "\n")
    joined = rest != "" and not rest.endswith("\n")
    lines = [_JOINED[newline] if joined else BEGIN, *body.removesuffix("\n").split("\n"), END]
    return rest + (newline if joined else "") + newline.join(lines) + newline


def remove_block(text: str, *, source: str = "the file") -> str:
    """Take every block out; everything else stays byte for byte.

    The line break that was put before a joined block goes with it, unless something was written
    after the block in the meantime.

    Raises:
        PlanError: ``block-damaged``: a marker stands alone, so where the block ends is a guess.
    """
    rest = text
    for _ in range(_MOST):
        matched = _BLOCK.search(rest)
        if matched is None:
            break
        before, after = rest[: matched.start()], rest[matched.end() :]
        joint = "" if after else _JOINTS.get(matched["begin"], "")
        rest = before.removesuffix(joint) + after
    if _MARKER.search(rest):
        raise PlanError(
            "block-damaged",
            f"the markers of the proxyenv block in {source} do not pair up",
            hint=f"remove the lines between and with `{BEGIN}` and `{END}` by hand",
        )
    return rest


def find_block(text: str) -> str | None:
    """The body of the first whole block in *text*, with LF, or ``None``."""
    matched = _BLOCK.search(text)
    if matched is None:
        return None
    lines = matched[0].replace("\r\n", "\n").removesuffix("\n").split("\n")
    return "".join(f"{line}\n" for line in lines[1:-1])


def _get(text: str, key: str, *, source: str) -> str | None:  # noqa: ARG001 - a file has one block
    return find_block(text)


def _set(text: str, key: str, value: str, *, source: str) -> str:  # noqa: ARG001 - a file has one block
    return upsert_block(text, value, source=source)


def _unset(text: str, key: str, *, source: str) -> str:  # noqa: ARG001 - a file has one block
    return remove_block(text, source=source)


BLOCK: Final = Format(no_items, _get, _set, _unset, as_written)
"""The block as a file's only setting, whatever the key."""
