"""What the resolver's file says: the search domains, and which network this is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from proxyenv.machine.content import find_text

_ROOT: Final = Path("/")
_LOOPBACK: Final = ("127.", "::1")


def find_search_names(root: Path) -> tuple[str, ...]:
    """The search domains in ``resolv.conf``, lower case, without a dot at the end.

    Args:
        root: what the files of the system are below.
    """
    return _find_search_names(_read_lines(root))


def find_network(root: Path = _ROOT) -> tuple[str, ...]:
    """What tells one network from another: the search domains and the name servers, none on loopback.

    Args:
        root: what the files of the system are below.

    Returns:
        Nothing where there is no such file, as on Windows.
    """
    lines = _read_lines(root)
    servers = (words[1] for words in lines if words[0] == "nameserver" and words[1:])
    others = (each for each in servers if not each.startswith(_LOOPBACK))
    return tuple(dict.fromkeys((*_find_search_names(lines), *others)))


def _read_lines(root: Path) -> tuple[list[str], ...]:
    """The words of each line that has some."""
    lines = (find_text(root / "etc/resolv.conf") or "").splitlines()
    return tuple(words for line in lines if (words := line.split()))


def _find_search_names(lines: tuple[list[str], ...]) -> tuple[str, ...]:
    """The last of such lines counts (resolv.conf(5))."""
    named = [words for words in lines if words[0] in {"search", "domain"}]
    return tuple(word.rstrip(".").lower() for word in named[-1][1:]) if named else ()
