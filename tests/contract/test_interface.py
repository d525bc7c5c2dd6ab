"""What scripts rely on. A change here is a change for every user."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import proxyenv
from proxyenv.cli.envelope import render_envelope
from proxyenv.errors import CODES, DiscoveryError, ProxyenvError, UsageError
from proxyenv.model.report import CAUSES

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "proxyenv").rglob("*.py")))


def test_the_envelope() -> None:
    error = DiscoveryError("not-installed", "nothing is set up here", hint="`proxyenv setup` comes first")
    text = render_envelope("status", status="error", exit_code=3, data={}, errors=(error,))
    assert text == (
        "{\n"
        '  "proxyenv": 1,\n'
        '  "command": "status",\n'
        '  "status": "error",\n'
        '  "exit_code": 3,\n'
        '  "data": {},\n'
        '  "errors": [\n'
        "    {\n"
        '      "code": "not-installed",\n'
        '      "message": "nothing is set up here",\n'
        '      "hint": "`proxyenv setup` comes first"\n'
        "    }\n"
        "  ]\n"
        "}"
    )


def test_the_public_names() -> None:
    assert sorted(proxyenv.__all__) == [
        "ProxyenvError",
        "__version__",
        "async_client",
        "async_mounts",
        "client",
        "mounts",
        "ssl_context",
    ]
    assert all(getattr(proxyenv, name) for name in proxyenv.__all__)
    with pytest.raises(AttributeError, match="no attribute `nothing`"):
        proxyenv.nothing  # noqa: B018 - the access is what is tested


def test_importing_the_package_costs_nothing() -> None:
    script = (
        "import sys; before = set(sys.modules); import proxyenv; print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script],
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["__future__", "proxyenv"]


@pytest.mark.parametrize("code", [*CODES, *CAUSES])
def test_a_code_is_kebab_case(code: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)


def test_no_code_means_two_things() -> None:
    assert CODES.keys().isdisjoint(CAUSES.keys())


@pytest.mark.parametrize("code", [*CODES, *CAUSES])
def test_every_code_is_used(code: str) -> None:
    assert SOURCES.count(f'"{code}"') > 1


def test_an_unregistered_code_is_a_bug() -> None:
    with pytest.raises(KeyError):
        ProxyenvError("no-such-code", "x")


def test_exit_statuses() -> None:
    assert (ProxyenvError.exit_status, UsageError.exit_status) == (3, 2)


@pytest.mark.parametrize(
    "word", ["CERT_NONE", "_create_unverified_context", "check_hostname = False", "verify=False"]
)
def test_verification_is_switched_off_nowhere(word: str) -> None:
    assert word not in SOURCES
