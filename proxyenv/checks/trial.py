"""The trial: a few short probes of settings before anything of them is written.

The proxy's name resolves, it opens a tunnel, and TLS to what the check fetches is trusted by the bundle,
which lies in a temporary place. No client is started, and nothing is fetched.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.checks.ladder import run_ladder
from proxyenv.checks.proxy import TARGET_CAUSES
from proxyenv.model.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.subject import Subject

PROBES: Final = ("proxy-resolve", "proxy-connect", "tls")


def try_settings(
    subject: Subject,
    bundle: bytes | None,
    *,
    progress: Callable[[str], None],
    ended: Callable[[str], None] = lambda _: None,
) -> Report:
    """Probe settings.

    Args:
        subject: what the settings say; a bundle that it names need not be there.
        bundle: what that bundle will hold; ``None`` takes it as it is.
        progress: called with a short line, without a password, before each probe.
        ended: called with the same line after it.

    Returns:
        One outcome for each probe.

    Raises:
        UsageError: ``url-invalid``.
    """
    if bundle is None or subject.bundle is None:
        return run_ladder(subject, progress=progress, checks=PROBES, ended=ended)
    with tempfile.TemporaryDirectory(prefix="proxyenv-trial-", ignore_cleanup_errors=True) as place:
        path = Path(place) / subject.bundle.name
        path.write_bytes(bundle)
        report = run_ladder(replace(subject, bundle=path), progress=progress, checks=PROBES, ended=ended)
        shown = str(subject.bundle)
        outcomes = (
            each._replace(
                detail=each.detail.replace(str(path), shown),
                hint=each.hint.replace(str(path), shown) if each.hint else None,
            )
            for each in report.outcomes
        )
        return Report(tuple(outcomes))


def is_broken(report: Report) -> bool:
    """Whether the settings would not work: a probe failed, and not because the proxy denies that one site."""
    return any(each.status == "failed" and each.cause not in TARGET_CAUSES for each in report.outcomes)


def is_worse(report: Report, today: Report) -> bool:
    """Whether the settings are broken, and something passes today that would no longer.

    A proxy that answers counts, and each origin whose certificate is trusted; an origin that is down, or
    denied to everybody, says nothing of the settings.
    """
    return is_broken(report) and not _find_passed(today) <= _find_passed(report)


_ANSWERED: Final = frozenset({"ok", "warning"})


def _find_passed(report: Report) -> set[str]:
    """What works: ``proxy``, and the origins."""
    passed = {each.check for each in report.outcomes if each.check.startswith("tls ") and each.status == "ok"}
    proxies = [each for each in report.outcomes if each.check.startswith("proxy-connect ")]
    if proxies and all(each.status in _ANSWERED or each.cause in TARGET_CAUSES for each in proxies):
        passed.add("proxy")
    return passed
