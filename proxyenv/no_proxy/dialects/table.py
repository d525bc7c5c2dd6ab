"""Every dialect there is, in the order of the columns of ``routes``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.no_proxy.dialects.native_clients import NATIVE_DIALECTS
from proxyenv.no_proxy.dialects.python_clients import PYTHON_DIALECTS

if TYPE_CHECKING:
    from proxyenv.no_proxy.dialects.dialect import Dialect

DIALECTS: Final[tuple[Dialect, ...]] = (*PYTHON_DIALECTS, *NATIVE_DIALECTS)
"""The Python clients, then the others."""


def render_dialects() -> str:
    """The dialects as a Markdown table, for the README."""
    rows = ["| Client | Verified with | Where its rule stands |", "|---|---|---|"]
    rows += [f"| {d.name} | {', '.join(d.verified)} | {d.source} |" for d in DIALECTS]
    return "\n".join(rows) + "\n"
