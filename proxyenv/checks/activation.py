"""The checks of truststore mode and of the plugin: what processes get that sourced no env file."""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.interpreter import child_environment

if TYPE_CHECKING:
    from proxyenv.model.subject import Subject

_PROBE: Final = """\
import importlib.metadata, json, ssl
found = importlib.metadata.entry_points(group="prefect.plugins")
print(json.dumps([ssl.SSLContext.__module__, "proxyenv" in {entry.name for entry in found}]))
"""
_SECONDS: Final = 30.0


def judge_store(subject: Subject) -> Finding:
    """Whether the operating system's store holds the corporate CAs."""
    runtime = subject.runtime
    if not runtime.anchors:
        return Finding(
            f"no corporate CA was given, so there is none to look for in {runtime.store}", "skipped"
        )
    if not runtime.lacking:
        return Finding(f"{runtime.store} holds every corporate CA")
    names = " and ".join(f"`{name}`" for name in runtime.lacking)
    return failed(
        "ca-not-in-store",
        f"{runtime.store} does not hold the CA {names}: Python verifies with that store alone",
        "run `proxyenv trust install`",
    )


def check_python(subject: Subject, python: str) -> Finding:
    """Whether a fresh *python* uses truststore, and finds our plugin, if it is set up to."""
    try:
        uses_truststore, finds_plugin = _probe(subject, python)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        detail = f"`{python}` cannot be run: {error}"
        return failed("truststore-inactive", detail, "name another environment with `--venv DIR`")
    seen = []
    if subject.runtime.truststore:
        if not uses_truststore:
            return failed(
                "truststore-inactive",
                f"`import ssl` in `{python}` does not use truststore",
                f"install it there: `{python} -m pip install truststore`, then `proxyenv refresh`",
            )
        seen.append("`import ssl` uses truststore")
    if subject.runtime.plugin:
        if not finds_plugin:
            return failed(
                "plugin-missing",
                f"Prefect in `{python}` does not find the plugin: proxyenv is not installed there",
                f"`{python} -m pip install proxyenv-bootstrap`",
            )
        seen.append("Prefect finds the plugin")
    return Finding(" and ".join(seen))


def _probe(subject: Subject, python: str) -> tuple[bool, bool]:
    with tempfile.TemporaryDirectory(prefix="proxyenv-check-") as home:
        done = subprocess.run(
            [python, "-c", _PROBE],
            env=child_environment(subject, Path(home)),
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=True,
        )
    module, finds_plugin = json.loads(done.stdout)
    return str(module).startswith("truststore"), bool(finds_plugin)
