"""Whether a shell has sourced the env file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.decide.expectation import Expectation
from proxyenv.decide.premises import judge_shell
from proxyenv.model.installation import Layout
from proxyenv.model.target import Variable

LAYOUT: Final = Layout.under(Path("/opt/my proxyenv"))
EXPECTED: Final = Expectation(
    None,
    None,
    (),
    (
        Variable("http_proxy", "http://p.test:1"),
        Variable("HTTP_PROXY", "http://p.test:1"),
        Variable("https_proxy", "http://p.test:1"),
        Variable("HTTPS_PROXY", "http://p.test:1"),
        Variable("SSL_CERT_FILE", "/b.pem", file="/b.pem"),
        Variable("AWS_CA_BUNDLE", "/b.pem", file="/b.pem"),
        Variable("ALL_PROXY", None),
    ),
)
SOURCED: Final = {"HTTP_PROXY": "x", "https_proxy": "y", "SSL_CERT_FILE": "z"}


def test_a_shell_that_has_not_sourced() -> None:
    ((outcome,), broken) = judge_shell(EXPECTED, {"HOME": "/h"}, LAYOUT)
    assert (outcome.check, outcome.status, outcome.cause) == ("environment", "failed", "not-sourced")
    assert outcome.detail == (
        "this shell has not sourced the env file: it lacks `HTTP_PROXY`, `HTTPS_PROXY`, `SSL_CERT_FILE`"
    )
    assert outcome.hint == "source it, in this shell: `. '/opt/my proxyenv/env.sh'`"
    assert set(broken.values()) == {"environment"}
    assert {"fetch", "prefect-flow"} <= broken.keys()


@pytest.mark.parametrize("missing", SOURCED)
def test_a_shell_that_lacks_one(missing: str) -> None:
    environment = {name: value for name, value in SOURCED.items() if name != missing}
    ((outcome,), _) = judge_shell(EXPECTED, environment, LAYOUT)
    assert outcome.detail.endswith(f"it lacks `{missing.upper()}`")


def test_one_spelling_is_enough_and_other_clients_do_not_matter() -> None:
    assert judge_shell(EXPECTED, SOURCED, LAYOUT).outcomes == ()
