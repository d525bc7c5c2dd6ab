"""A list of files with their digests, as ``sha256sum`` writes it and ``sha256sum --check`` reads it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINE: Final = re.compile(r"([0-9a-f]{64}) [ *](.+)")


def render_checksums(digests: Mapping[str, str]) -> str:
    """One line for each file, sorted by name.

    Args:
        digests: name → SHA-256, lower-case hex.
    """
    return "".join(f"{digests[name]}  {name}\n" for name in sorted(digests))


def parse_checksums(text: str) -> dict[str, str]:
    """Name → SHA-256; lines of another kind are passed over."""
    found = (_LINE.fullmatch(line) for line in text.splitlines())
    return {each[2]: each[1] for each in found if each is not None}
