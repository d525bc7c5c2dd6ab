"""What has changed since proxyenv wrote, where a machine is not needed to see it."""

from __future__ import annotations

import certifi
import pytest

from proxyenv.machine.drift import judge_certifi
from proxyenv.model.receipt import Receipt


@pytest.mark.parametrize(
    ("made_from", "status"),
    [
        pytest.param(certifi.__version__, "ok", id="the same"),
        pytest.param("2011.1.1", "failed", id="an old one"),
        pytest.param("2026.²", "failed", id="a superscript"),
        pytest.param("9" * 5000, "failed", id="a number without end"),
    ],
)
def test_a_bundle_of_another_certifi_is_drift(made_from: str, status: str) -> None:
    (outcome,) = judge_certifi(Receipt("1", "done", (), certifi=made_from))
    assert (outcome.check, outcome.status) == ("bundle", status)
