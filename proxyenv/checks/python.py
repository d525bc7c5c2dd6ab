"""Which Python it is that is checked, and what it gives every process, whoever started it."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from proxyenv.bounded import run_program
from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.interpreter import child_environment
from proxyenv.formats.parse import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.checks.interpreter import Interpreter, Record
    from proxyenv.model.subject import Subject

NEEDED: Final = ("prefect", "httpx")
"""What the probes import in an interpreter of the user's."""

_START_SECONDS: Final = 30.0
_OTHER: Final = "name the Python that runs your flows: `proxyenv check --python PATH`"


def start_python(
    subject: Subject, start: Callable[[], Interpreter]
) -> tuple[Finding, Interpreter | None, Record]:
    """Start the interpreter of *subject*, and hear what it is.

    Args:
        subject: whose interpreter.
        start: starts it with :data:`NEEDED` as its packages.

    Returns:
        What was found; the interpreter, where it can go on; and what it said, maybe nothing.
    """
    python = subject.python
    if reason := subject.refused.get(python):
        detail = f"`{python}` is not run as root: {reason}"
        return (
            failed("python-writable", detail, "run `proxyenv check` as the user who runs the flows"),
            None,
            {},
        )
    try:
        interpreter = start()
        record = next(interpreter.records(limit=_START_SECONDS), None)
    except OSError as error:
        if isinstance(error, TimeoutError):
            return failed("timeout", f"`{python}` says nothing: {error}", _OTHER), None, {}
        detail = f"`{python}` cannot be started: {error.strerror or error}"
        return failed("python-unusable", detail, _OTHER), None, {}
    if record is None or record["event"] != "python":
        return failed("python-unusable", _describe_silence(python, interpreter), _OTHER), None, {}
    finding = judge_python(python, record)
    return finding, (interpreter if finding.status == "ok" else None), record


def _describe_silence(python: str, interpreter: Interpreter) -> str:
    said = interpreter.last_complaint
    return f"`{python}` does not answer as Python does{f': {said}' if said else ''}"


def judge_python(python: str, record: Record) -> Finding:
    """What an interpreter says of itself.

    Args:
        python: its path.
        record: its first.
    """
    version, packages = record["version"], record["packages"]
    if packages is None:
        detail = f"`{python}` is Python {version}, which no Prefect 3 supports"
        return failed("python-unusable", detail, _OTHER)
    for name in NEEDED:
        if packages[name] is None:
            install = f"install it there: `{shlex.quote(python)} -m pip install prefect`"
            detail = f"`{python}`, Python {version}, does not find `{name}`"
            return failed("prefect-missing", detail, f"{install}; or {_OTHER}")
    titles = {"prefect": "Prefect", "httpx": "httpx"}
    known = (f"{titles[name]} {packages[name]}" for name in NEEDED if packages[name])
    return Finding(f"`{python}` is Python {version} with {' and '.join(known) or 'Prefect'}")


_ACTIVATION_PROBE: Final = """\
import importlib.metadata, importlib.util, json, ssl
found = importlib.metadata.entry_points(group="prefect.plugins")
notebooks = importlib.util.find_spec("ipykernel") is not None
print(json.dumps([ssl.SSLContext.__module__, "proxyenv" in {entry.name for entry in found}, notebooks]))
"""
_LOOP_PROBE: Final = """\
import asyncio, json, sys
async def main():
    import prefect
asyncio.run(main())
print(json.dumps("proxyenv.plugin" in sys.modules))
"""
_ON: Final = {"PREFECT_PLUGINS_ENABLED": "true", "PREFECT_PLUGINS_ALLOW": "proxyenv"}
_ACTIVATION_SECONDS: Final = 30.0


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


def check_activation(subject: Subject, python: str) -> Finding:
    """Whether a fresh *python* uses truststore, and finds our plugin, if it is set up to."""
    if reason := subject.refused.get(python):
        return failed("python-writable", f"`{python}` is not run as root: {reason}")
    try:
        uses_truststore, finds_plugin, notebooks = _probe(subject, python)
    except (OSError, ValueError) as error:
        detail = f"`{python}` cannot be run: {error}"
        return failed("truststore-inactive", detail, "name another environment with `--venv DIR`")
    seen = []
    if subject.runtime.truststore:
        if not uses_truststore:
            return failed(
                "truststore-inactive",
                f"`import ssl` in `{python}` does not use truststore",
                _say_how(subject, python),
            )
        seen.append("`import ssl` uses truststore")
    if subject.runtime.plugin:
        if not finds_plugin:
            return failed(
                "plugin-missing",
                f"Prefect in `{python}` does not find the plugin: proxyenv is not installed there",
                f"install proxyenv there too; in its clone: `{shlex.quote(python)} -m pip install .`",
            )
        seen.append("Prefect finds the plugin")
        if notebooks and not _runs_in_loop(subject, python):
            return Finding(
                f"{' and '.join(seen)}, but does without it where `import prefect` happens inside a running "
                "event loop, as in a notebook: `ipykernel` is installed there",
                "warning",
                "plugin-not-in-loop",
                "put `import proxyenv; proxyenv.activate()` before `import prefect` there",
            )
    return Finding(" and ".join(seen))


def _say_how(subject: Subject, python: str) -> str:
    """How an interpreter comes to use truststore: the set-up reaches it, or has never been told of it."""
    install = f"install it there: `{shlex.quote(python)} -m pip install truststore`"
    if python in subject.runtime.pythons:
        return f"{install}, then `proxyenv refresh`"
    return f"{install}, then `proxyenv setup --venv {shlex.quote(str(Path(python).parents[1]))}`"


def _probe(subject: Subject, python: str) -> tuple[bool, bool, bool]:
    """Whether ssl is truststore's, Prefect would find the plugin, and notebooks run in this Python."""
    module, finds_plugin, notebooks = _ask(subject, python, _ACTIVATION_PROBE)
    return str(module).startswith("truststore"), bool(finds_plugin), bool(notebooks)


def _runs_in_loop(subject: Subject, python: str) -> bool:
    """Whether Prefect runs its plugins where it is imported inside a running event loop; true if in doubt."""
    try:
        return bool(_ask(subject, python, _LOOP_PROBE, _ON))
    except (OSError, ValueError):
        return True


def _ask(subject: Subject, python: str, program: str, more: Mapping[str, str] = MappingProxyType({})) -> Any:  # noqa: ANN401 - JSON
    """What a program prints in a fresh interpreter, as JSON."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-check-") as scratch:
        done = run_program(
            [python, "-c", program],
            environment={**child_environment(subject, Path(scratch)), **more},
            directory=scratch,
            seconds=_ACTIVATION_SECONDS,
        )
    if done.status:
        raise ChildProcessError(f"it ended with status {done.status}")
    return parse_json(done.stdout.decode("utf-8"))
