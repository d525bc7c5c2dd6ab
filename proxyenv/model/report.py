"""The result of ``check`` and ``status``: one outcome for each thing that was checked."""

from __future__ import annotations

from typing import Literal

from proxyenv.record import NamedTuple

Status = Literal["ok", "failed", "warning", "skipped"]


class Outcome(NamedTuple):
    """The result of one check.

    Args:
        check: its name, such as ``proxy-connect``; where one check is made several times, with what it is
            about in brackets: ``fetch [https://example.test/uuid]``.
        status: ``ok``, ``failed``, ``warning`` or ``skipped``; only ``failed`` makes the report fail.
        cause: a code of the family ``causes``; ``None`` when all is well.
        detail: what was seen, in one line; no password.
        hint: one next step, computed from what was seen, or ``None``.
        elapsed: seconds.
    """

    check: str
    status: Status
    cause: str | None = None
    detail: str = ""
    hint: str | None = None
    elapsed: float = 0.0


class Process(NamedTuple):
    """The process of the user's that a check was made for.

    Args:
        python: its interpreter.
        version: of Python, or `null` where the interpreter could not be asked.
        prefect: the version of Prefect there, or `null`.
        directory: its working directory.
        environment: `shell`: that of this shell; `new-shell`: the same with the env file added.
        plugin: whether Prefect's plugin adds to it.
    """

    python: str
    version: str | None
    prefect: str | None
    directory: str
    environment: Literal["shell", "new-shell"]
    plugin: bool


class Report(NamedTuple):
    """All outcomes, in the order of the checks, and the process that they are about, if any."""

    outcomes: tuple[Outcome, ...]
    process: Process | None = None

    @property
    def passed(self) -> bool:
        """Whether no check failed and at least one succeeded."""
        statuses = {outcome.status for outcome in self.outcomes}
        return "failed" not in statuses and "ok" in statuses
