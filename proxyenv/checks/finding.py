"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.codes import require_code

if TYPE_CHECKING:
    from proxyenv.model.report import Status


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Args:
        detail: what was seen, in one line.
        status: as in an ``Outcome``.
        cause: a code of the family ``causes``; ``None`` when all is well.
        hint: one next step, computed from what was seen, or ``None``.
    """

    detail: str
    status: Status = "ok"
    cause: str | None = None
    hint: str | None = None


def failed(cause: str, detail: str, hint: str | None = None) -> Finding:
    """A finding that makes the report fail.

    Raises:
        KeyError: *cause* is not registered; that is a bug.
    """
    require_code("causes", cause)
    return Finding(detail, "failed", cause, hint)


def warning(cause: str, detail: str, hint: str | None = None) -> Finding:
    """A finding that proves less than it should, but does not make the report fail.

    Raises:
        KeyError: *cause* is not registered; that is a bug.
    """
    require_code("causes", cause)
    return Finding(detail, "warning", cause, hint)


class BrokenError(Exception):
    """A step of a check failed; it carries the finding to the check and never leaves this package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding
