"""Words for a person: what may not steer a terminal, paths as people write them, errors with their hints."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.errors import ProxyenvError


def printable(words: str) -> str:
    """*words* with every control character escaped: what a proxy or a file says must not steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


def shorten(path: Path, home: Path) -> str:
    """A path as people write it."""
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def render_error(error: ProxyenvError) -> Iterator[str]:
    """The message, and after a blank line the hint."""
    yield f"error[{error.code}]: {printable(error.message)}"
    if error.hint:
        yield ""
        yield f"hint: {printable(error.hint)}"
