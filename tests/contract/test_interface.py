"""What scripts rely on. A change here is a change for every user."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import proxyenv
from proxyenv.cli import render_envelope
from proxyenv.errors import DiscoveryError, ProxyenvError, UsageError
from support.documents import DOCUMENTS

ROOT = Path(__file__).parents[2]
SOURCES = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "proxyenv").rglob("*.py")))


def test_the_envelope() -> None:
    error = DiscoveryError("not-installed", "nothing is set up here", hint="run `proxyenv setup` first")
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
        '      "hint": "run `proxyenv setup` first"\n'
        "    }\n"
        "  ]\n"
        "}"
    )


def test_the_public_names() -> None:
    assert sorted(proxyenv.__all__) == [
        "ProxyenvError",
        "__version__",
        "activate",
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
    assert done.stdout.split() == ["proxyenv"]


def test_exit_statuses() -> None:
    assert (ProxyenvError.exit_status, UsageError.exit_status) == (3, 2)


@pytest.mark.parametrize(
    "word", ["CERT_NONE", "_create_unverified_context", "check_hostname = False", "verify=False"]
)
def test_verification_is_switched_off_nowhere(word: str) -> None:
    assert word not in SOURCES


def test_no_hint_puts_a_password_into_a_url() -> None:
    """The shell's history would keep it; `docs/passwords.md` says so, and what to write in its place."""
    assert ":PASSWORD@" not in SOURCES
    assert [each for each in DOCUMENTS if ":PASSWORD@" in (ROOT / each).read_text("utf-8")] == [
        "docs/passwords.md"
    ]
