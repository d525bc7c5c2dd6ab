"""Runs the tools of trust stores: the only place that starts a program which changes the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.errors import ApplyError

if TYPE_CHECKING:
    from proxyenv.model.store import Check, StoreCommand

_SECONDS: Final = 300.0
"""Debian's tool runs hooks, and one of them waits for dpkg's lock."""

_MOST_WORDS: Final = 300

if sys.platform == "win32":
    _KEPT: Final = ("PATH", "SYSTEMROOT", "TEMP")
    _FIXED: Final[dict[str, str]] = {}
else:
    _KEPT: Final = ("HOME", "TMPDIR")
    _FIXED: Final[dict[str, str]] = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
    }


def run_command(command: StoreCommand) -> None:
    """Run a command that changes a store.

    Raises:
        ApplyError: ``store-failed``: it could not be started, ended with another status than 0, or did
            not end.
    """
    done = _run(command)
    if done.returncode == 0 or command.tolerated:
        return
    said = " ".join((done.stderr or done.stdout).split())[-_MOST_WORDS:]
    hint = next((hint for reason, hint in command.hints if reason in said), None)
    raise ApplyError("store-failed", f"`{command}` ended with status {done.returncode}: {said}", hint=hint)


def passes(check: Check) -> bool:
    """Whether the store's own tool says that it trusts the certificate.

    Raises:
        ApplyError: ``store-failed``: the tool could not be started, or did not end.
    """
    done = _run(check.command)
    if done.returncode != 0:
        return False
    return check.expects == "status" or _squeezed(check.certificate.pem) in _squeezed(done.stdout)


def _squeezed(text: str) -> str:
    """Tools break lines at 64 or 76 columns, and with or without carriage returns."""
    return "".join(text.split())


def _run(command: StoreCommand) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command.argv,
            env=_environment(),
            input=command.stdin,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ApplyError("store-failed", f"`{command}` could not be run: {error}") from error


def _environment() -> dict[str, str]:
    """Only what a tool needs. `JAVA_TOOL_OPTIONS` would make `keytool` print what nobody asked for."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, **_FIXED}
