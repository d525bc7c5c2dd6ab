"""What a trial means: whether the new settings are broken, and whether they are worse than today's."""

from __future__ import annotations

import pytest

from proxyenv.checks.trial import is_broken, is_worse
from proxyenv.model.report import Outcome, Report

RESOLVED = Outcome("proxy-resolve [proxy]", "ok")
CONNECTED = Outcome("proxy-connect [proxy:3128]", "ok")
TRUSTED = Outcome("tls [https://a.test:443]", "ok")
REFUSED = Outcome("proxy-connect [proxy:3128]", "failed", "proxy-refused")
DENIED = Outcome("proxy-connect [proxy:3128]", "failed", "proxy-denied")
UNKNOWN = Outcome("tls [https://a.test:443]", "failed", "ca-missing")
SKIPPED = Outcome("tls [https://a.test:443]", "skipped", "earlier-failure")
DIRECT = Outcome("proxy-resolve", "skipped", "no-proxy-configured")


WELL = (RESOLVED, CONNECTED, TRUSTED)
DEAD = (RESOLVED, REFUSED, SKIPPED)
MISTRUSTED = (RESOLVED, CONNECTED, UNKNOWN)
DENYING = (RESOLVED, DENIED, SKIPPED)


@pytest.mark.parametrize(
    ("outcomes", "broken"),
    [
        pytest.param(WELL, False, id="all is well"),
        pytest.param((DIRECT, TRUSTED), False, id="direct"),
        pytest.param((RESOLVED, CONNECTED), False, id="a proxy for http alone"),
        pytest.param(DEAD, True, id="a dead proxy"),
        pytest.param(MISTRUSTED, True, id="another CA"),
        pytest.param(DENYING, False, id="one site is denied"),
    ],
)
def test_settings_are_broken(outcomes: tuple[Outcome, ...], *, broken: bool) -> None:
    assert is_broken(Report(outcomes)) == broken


@pytest.mark.parametrize(
    ("outcomes", "today", "worse"),
    [
        pytest.param(DEAD, WELL, True, id="a dead proxy over one that works"),
        pytest.param(MISTRUSTED, WELL, True, id="another CA over the right one"),
        pytest.param(DEAD, (DIRECT, TRUSTED), True, id="a dead proxy where direct works"),
        pytest.param(DEAD, DENYING, True, id="a dead proxy over one that denies that site"),
        pytest.param(DEAD, MISTRUSTED, True, id="a dead proxy over one that only lacks its CA"),
        pytest.param(DEAD, DEAD, False, id="both are dead"),
        pytest.param(DEAD, (DIRECT, UNKNOWN), False, id="nothing works today"),
        pytest.param(MISTRUSTED, MISTRUSTED, False, id="the same origin fails today"),
        pytest.param((DIRECT, TRUSTED), WELL, False, id="another way that works"),
        pytest.param(DENYING, WELL, False, id="denied, which the check will say"),
    ],
)
def test_settings_are_worse_than_today(
    outcomes: tuple[Outcome, ...], today: tuple[Outcome, ...], *, worse: bool
) -> None:
    assert is_worse(Report(outcomes), Report(today)) == worse
