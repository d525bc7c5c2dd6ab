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


class Leg(NamedTuple):
    """How a process is to reach one thing.

    Args:
        kind: ``document``; or the Prefect API by ``rest`` or by ``websocket``.
        url: what is reached, without credentials; empty for the temporary server of a flow.
        via: the proxy as ``HOST:PORT``, or ``None`` where it goes direct.
        intercepted: whether the proxy issued the certificate that was seen; ``None`` where that is not known.
    """

    kind: Literal["document", "rest", "websocket"]
    url: str
    via: str | None
    intercepted: bool | None = None


class Report(NamedTuple):
    """All outcomes, in the order of the checks, and the process that they are about, if any.

    Args:
        outcomes: of all checks.
        process: whose they are.
        legs: how it is to reach what is checked.
    """

    outcomes: tuple[Outcome, ...]
    process: Process | None = None
    legs: tuple[Leg, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether no check failed and at least one succeeded."""
        statuses = {outcome.status for outcome in self.outcomes}
        return "failed" not in statuses and "ok" in statuses
