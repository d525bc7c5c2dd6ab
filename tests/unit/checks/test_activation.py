"""The rungs of truststore mode and of the plugin."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from proxyenv.checks.ladder import run_ladder
from proxyenv.checks.python import check_activation, judge_store
from proxyenv.model.subject import Runtime, Subject

SUBJECT: Final = Subject(
    python=sys.executable,
    environment={},
    directory=Path("/"),
    http_proxy=None,
    https_proxy=None,
    no_proxy=(),
    bundle=None,
    profile="proxyenv",
    api_url=None,
    urls=(),
    runtime=Runtime(truststore=True, store="the operating system's store, `/etc/ssl/certs`,", anchors=1),
)


def with_runtime(**changes: object) -> Subject:
    return replace(SUBJECT, runtime=replace(SUBJECT.runtime, **changes))  # type: ignore[arg-type]


def test_a_store_that_holds_the_ca() -> None:
    finding = judge_store(SUBJECT)
    assert (finding.status, finding.detail) == (
        "ok",
        "the operating system's store, `/etc/ssl/certs`, holds every corporate CA",
    )


def test_a_store_that_lacks_it() -> None:
    finding = judge_store(with_runtime(lacking=("CN=Corp",)))
    assert (finding.status, finding.cause) == ("failed", "ca-not-in-store")
    assert finding.hint == "run `proxyenv trust install`"


def test_without_a_ca_nothing_is_said_of_the_store() -> None:
    assert judge_store(with_runtime(anchors=0)).status == "skipped"


def test_a_python_without_the_hook() -> None:
    finding = check_activation(SUBJECT, sys.executable)
    assert (finding.status, finding.cause) == ("failed", "truststore-inactive")


def test_a_python_that_is_gone() -> None:
    finding = check_activation(SUBJECT, "/nowhere/bin/python")
    assert (finding.status, finding.cause) == ("failed", "truststore-inactive")
    assert finding.detail.startswith("`/nowhere/bin/python` cannot be run: ")


def test_ladder_runs_them_first_if_wanted() -> None:
    wanted = with_runtime(pythons=(sys.executable,))
    checks = {"system-store", "activation"}
    report = run_ladder(wanted, progress=lambda _: None, nonce="q7d0c4e19a", checks=checks)
    assert [outcome.check for outcome in report.outcomes] == [
        "system-store",
        f"activation [{sys.executable}]",
    ]
    assert (
        run_ladder(
            replace(SUBJECT, runtime=Runtime()), progress=lambda _: None, nonce="q7d0c4e19a", checks=checks
        ).outcomes
        == ()
    )
