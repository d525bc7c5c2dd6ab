"""What a verb said: its exit status, and the outcomes and errors of its JSON."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "Trouble"]

SHOWN: Final = ("status", "check", "cause", "detail", "hint")

_LITERAL: Final = re.compile(r"`([^`]+)`")


class Trouble(NamedTuple):
    """The first thing that failed: an outcome, or an error."""

    check: str
    cause: str
    detail: str
    hint: str

    @property
    def words(self) -> str:
        return f"{self.detail}\nhint: {self.hint}"

    @property
    def literals(self) -> tuple[str, ...]:
        """What the hint has in backticks: commands, options, files, names."""
        return tuple(_LITERAL.findall(self.hint))


class Answer(NamedTuple):
    """What a verb said.

    Args:
        status: its exit status.
        out: standard output.
        err: standard error.
    """

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def summary(self) -> str:
        """The status, and a line for each outcome and error, for the messages of these tests."""
        if not self.out.startswith("{"):
            return f"exit status {self.status}\n{self.out}{self.err}"
        lines = (" ".join(str(each[key]) for key in SHOWN) for each in self.outcomes)
        return "\n".join((f"exit status {self.status}", *lines, *map(str, self.document["errors"]), self.err))

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        """What was checked, or what was tried before anything was written."""
        data = self.document["data"] or {}
        return [*(data.get("trial") or ()), *(data.get("report") or ())]

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """Everything that failed, in order."""
        failed = (each for each in self.outcomes if each["status"] == "failed")
        errors = self.document["errors"]
        return (
            *(Trouble("error", each["code"], each["message"], each["hint"] or "") for each in errors),
            *(_trouble(each) for each in failed),
        )

    @property
    def warnings(self) -> tuple[Trouble, ...]:
        return tuple(_trouble(each) for each in self.outcomes if each["status"] == "warning")


def _trouble(outcome: Mapping[str, Any]) -> Trouble:
    return Trouble(outcome["check"], outcome["cause"] or "", outcome["detail"], outcome["hint"] or "")
