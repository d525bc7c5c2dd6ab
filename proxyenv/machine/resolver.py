"""What the resolver's file says: the search domains, and which network this is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.machine.content import find_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT: Final = Path("/")
_LOOPBACK: Final = ("127.", "::1")


def find_search_words(root: Path) -> tuple[str, ...]:
    """The search domains as they stand in ``resolv.conf``; the last of such lines counts (resolv.conf(5)).

    Args:
        root: what the files of the system are below.
    """
    lines = [words for words in _read_lines(root) if words[0] in {"search", "domain"}]
    return tuple(lines[-1][1:]) if lines else ()


def find_network(root: Path = _ROOT) -> tuple[str, ...]:
    """What tells one network from another: the search domains and the name servers, none on loopback.

    Args:
        root: what the files of the system are below.

    Returns:
        Nothing where there is no such file, as on Windows.
    """
    servers = (words[1] for words in _read_lines(root) if words[0] == "nameserver" and words[1:])
    named = (word.rstrip(".").lower() for word in find_search_words(root))
    return tuple(dict.fromkeys((*named, *(each for each in servers if not each.startswith(_LOOPBACK)))))


def _read_lines(root: Path) -> Iterator[list[str]]:
    for line in (find_text(root / "etc/resolv.conf") or "").splitlines():
        words = line.split()
        if words:
            yield words
