"""What a format cannot hold is refused with the reason, never mangled."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.target import Variable


def require(variables: Iterable[Variable], pattern: str, *, where: str, reason: str) -> None:
    """Refuse the values, and the paths that guard them, in which something stands that a format cannot hold.

    Args:
        variables: to be written.
        pattern: a regular expression for what cannot be held.
        where: the format, for the message.
        reason: what *pattern* finds and why it cannot stand there, such as ``a line break, which ...``.

    Raises:
        PlanError: ``value-unrepresentable``. It names the variable and never shows the value.
    """
    for variable in variables:
        if any(re.search(pattern, text) for text in (variable.value, variable.file) if text is not None):
            raise PlanError(
                "value-unrepresentable", f"`{variable.name}` cannot be written to {where}: it holds {reason}"
            )


NOT_UTF_8 = "[\ud800-\udfff]"
"""A byte that is not UTF-8, as Python reads it from a path or a variable."""
