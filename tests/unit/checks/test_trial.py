"""What a trial means: whether the new settings are broken, and whether something works today."""

from __future__ import annotations

import pytest

from proxyenv.checks.trial import is_broken, is_working
from proxyenv.model.report import Outcome, Report

RESOLVED = Outcome("proxy-resolve [proxy]", "ok")
CONNECTED = Outcome("proxy-connect [proxy:3128]", "ok")
TRUSTED = Outcome("tls [https://a.test:443]", "ok")
REFUSED = Outcome("proxy-connect [proxy:3128]", "failed", "proxy-refused")
DENIED = Outcome("proxy-connect [proxy:3128]", "failed", "proxy-denied")
UNKNOWN = Outcome("tls [https://a.test:443]", "failed", "ca-missing")
SKIPPED = Outcome("tls [https://a.test:443]", "skipped", "earlier-failure")
DIRECT = Outcome("proxy-resolve", "skipped", "no-proxy-configured")


@pytest.mark.parametrize(
    ("outcomes", "broken", "working"),
    [
        pytest.param((RESOLVED, CONNECTED, TRUSTED), False, True, id="all is well"),
        pytest.param((DIRECT, TRUSTED), False, True, id="direct"),
        pytest.param((RESOLVED, CONNECTED), False, True, id="a proxy for http alone"),
        pytest.param((RESOLVED, REFUSED, SKIPPED), True, False, id="a dead proxy"),
        pytest.param((RESOLVED, CONNECTED, UNKNOWN), True, False, id="another CA"),
        pytest.param((RESOLVED, DENIED, SKIPPED), False, False, id="one site is denied: nobody knows"),
        pytest.param((RESOLVED, DENIED, SKIPPED, TRUSTED), False, True, id="another site is not"),
        pytest.param((DIRECT,), False, False, id="nothing was tried"),
    ],
)
def test_a_trial_is_judged(outcomes: tuple[Outcome, ...], *, broken: bool, working: bool) -> None:
    report = Report(outcomes)
    assert (is_broken(report), is_working(report)) == (broken, working)
