"""The main job from beginning to end: set up, use, prove, take back.

The programs of the user are as they would be typed or kept in a file. None of them knows of a proxy.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proxyenv.demo import evidence
from proxyenv.demo.evidence import last_line, python_program, require_flow, require_seen, run, url_of
from proxyenv.demo.stage import (
    API_URL,
    ORIGIN_NAME,
    SCHEMES,
    Stage,
    ending_in_order,
    find_differences,
    find_program,
    set_stage,
    take_snapshot,
)
from proxyenv.demo.step import AbandonedError, Recorder, RefutedError, SkippedError, Step

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping, Sequence


SETUP_LIMIT: Final = 600.0
"""Seconds; a slow machine needs a minute for the check's flow."""


@dataclass(frozen=True, slots=True)
class WrittenFiles:
    """What ``setup`` says it wrote.

    Args:
        files: base name → path.
        checks: how many checks were made, and held.
    """

    files: dict[str, Path]
    checks: int


def run_demo(*, tools: Path | None, keep: bool, say: Callable[[str], None]) -> tuple[Step, ...]:
    """Show that it works: on this machine alone, with real programs, in a throw-away home.

    Args:
        tools: where mitmproxy's environment is kept between runs; ``None`` makes a new one and removes it.
        keep: leave the throw-away directory for a look at it.
        say: gets a line for whatever begins or ends.

    Returns:
        Every step, in order. After a failure of something that the others need, there are no more.

    Raises:
        VerifyError: this machine cannot run the demonstration (``demo-tool-missing``).
        KeyboardInterrupt: it was interrupted, or asked to end; everything was stopped and removed.
    """
    recorder = Recorder(say)
    try:
        with ending_in_order(), set_stage(recorder, tools=tools, keep=keep) as stage:
            _perform(recorder, stage)
    except AbandonedError:
        say("the other steps need that one")
    return tuple(recorder.steps)


def _perform(recorder: Recorder, stage: Stage) -> None:
    made = recorder.need("setup, with its check", lambda: set_up(stage), lambda it: f"{it.checks} checks ok")
    acts: tuple[tuple[str, Callable[[], str]], ...] = (
        ("setup again changes nothing", lambda: set_up_again(stage)),
        ("curl --proxy --cacert", lambda: curl_told(stage, made)),
        ("a new shell: curl", lambda: curl_in_shell(stage, made)),
        (
            "a new shell: Python, requests",
            lambda: python_in_shell(stage, made, "requests", REQUESTS),
        ),
        ("a new shell: Python, httpx", lambda: python_in_shell(stage, made, "httpx", HTTPX)),
        ("a new shell: a Prefect flow", lambda: flow_in_shell(stage, made)),
        ("without the env file: refused", lambda: refused_without(stage)),
        ("status", lambda: status(stage)),
        ("uninstall: the home as it was", lambda: uninstall(stage)),
    )
    for name, act in acts:
        recorder.prove(name, act)


def set_up(stage: Stage) -> WrittenFiles:
    """Run ``setup`` as IT would tell somebody to, and see its check in the proxy's log."""
    since = len(stage.proxy.exchanges)
    data = _proxyenv(stage, _setup_command(stage))
    files = {Path(change["path"]).name: Path(change["path"]) for change in data["changes"]}
    for name in ("env.sh", "ca-bundle.pem"):
        if name not in files:
            raise RefutedError(f"`setup` did not name `{name}` among its changes")
    for scheme in SCHEMES:
        require_seen(stage, f"{scheme}://{ORIGIN_NAME}/uuid", since=since)
    require_seen(stage, f"{API_URL}/events/in", since=since, status=evidence.SWITCHING_PROTOCOLS)
    outcomes = data["report"]
    failed = find_refuted(outcomes)
    if failed:
        raise RefutedError(f"not ok: {', '.join(failed)}")
    return WrittenFiles(files, sum(outcome["status"] == "ok" for outcome in outcomes))


def find_refuted(outcomes: Sequence[Mapping[str, str]]) -> list[str]:
    """The checks that speak against the demonstration.

    A warning about a conflicting setting does not: the home is throw-away, so it is about the files of this
    machine, such as a CA file in npm's own configuration.
    """
    return [
        outcome["check"]
        for outcome in outcomes
        if outcome["status"] != "ok"
        and not (outcome["status"] == "warning" and outcome["check"].startswith("settings ["))
    ]


def set_up_again(stage: Stage) -> str:
    """Run the same ``setup``; nothing may change."""
    before = take_snapshot(stage.home)
    data = _proxyenv(stage, [*_setup_command(stage), "--no-check"])
    changed = [str(change["path"]) for change in data["changes"] if change["action"] != "none"]
    if changed or find_differences(before, take_snapshot(stage.home)):
        raise RefutedError(f"changed: {', '.join(changed) or 'something that it did not name'}")
    return "no change, and every file in the home as it was"


def curl_told(stage: Stage, made: WrittenFiles) -> str:
    """Curl, told the proxy and the bundle by options, in an empty environment."""
    told = ("--proxy", f"http://localhost:{stage.proxy.port}", "--cacert", str(made.files["ca-bundle.pem"]))
    urls = [url_of(scheme, "curl-told") for scheme in SCHEMES]
    return _require(stage, "curl-told", run(stage, [_curl(), "-sS", *told, *urls]))


def curl_in_shell(stage: Stage, made: WrittenFiles) -> str:
    """Curl, in a new shell that sourced ``env.sh``."""
    urls = [url_of(scheme, "curl") for scheme in SCHEMES]
    return _require(stage, "curl", run(stage, in_new_shell(made, [_curl(), "-sS", *urls])))


def python_in_shell(stage: Stage, made: WrittenFiles, library: str, program: str) -> str:
    """A one-liner with *library*, in a new shell that sourced ``env.sh``."""
    if importlib.util.find_spec(library) is None:
        raise SkippedError(f"`{library}` is not installed")
    urls = [url_of(scheme, library) for scheme in SCHEMES]
    return _require(stage, library, run(stage, in_new_shell(made, python_program(program, *urls))))


def flow_in_shell(stage: Stage, made: WrittenFiles) -> str:
    """A flow of the user's own, in a new shell: its server too is reached through the proxy."""
    script = stage.root / "my_flow.py"
    script.write_text(FLOW, "utf-8")
    since = len(stage.proxy.exchanges)
    urls = [url_of(scheme, "flow") for scheme in SCHEMES]
    done = run(stage, in_new_shell(made, [sys.executable, str(script), *urls]))
    _require(stage, "flow", done)
    flow_run = evidence.parse_last_line(done.stdout)["flow_run"]
    return require_flow(stage, flow_run, since=since)


def refused_without(stage: Stage) -> str:
    """Through the proxy, but without the bundle: the certificate must be refused."""
    proxy, url = f"http://localhost:{stage.proxy.port}", url_of("https", "stranger")
    done = run(stage, python_program(HTTPX_TOLD, proxy, url))
    if done.returncode == 0 or "CERTIFICATE_VERIFY_FAILED" not in done.stderr:
        raise RefutedError(f"expected a refused certificate, saw: {last_line(done.stdout + done.stderr)}")
    if "/uuid?by=stranger" in stage.origin.issued.values():
        raise RefutedError("the origin was reached all the same")
    return "the intercepted certificate is not trusted, and the origin was not reached"


def status(stage: Stage) -> str:
    """``status`` finds the machine as the receipt says."""
    _proxyenv(stage, ["status"])
    return "the machine is as the receipt says"


def uninstall(stage: Stage) -> str:
    """``uninstall``, and a comparison of every byte and mode with the snapshot."""
    _proxyenv(stage, ["uninstall", "--yes"])
    differences = find_differences(stage.before, take_snapshot(stage.home))
    if differences:
        raise RefutedError("; ".join(differences))
    return f"{len(stage.before)} paths: same bytes, same modes, nothing new"


def in_new_shell(made: WrittenFiles, command: Sequence[str]) -> tuple[str, ...]:
    """The command that sources ``env.sh`` in a new shell, and then becomes *command*."""
    return ("sh", "-c", '. "$0" && exec "$@"', str(made.files["env.sh"]), *command)


def _setup_command(stage: Stage) -> list[str]:
    urls = [part for scheme in SCHEMES for part in ("--url", f"{scheme}://{ORIGIN_NAME}/uuid")]
    proxy, ca = f"localhost:{stage.proxy.port}", str(stage.proxy.ca)
    return ["setup", "--proxy", proxy, "--ca", ca, "--api-url", API_URL, *urls, "--yes"]


def _proxyenv(stage: Stage, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a verb, require exit status 0, and return its ``data``."""
    command = [sys.executable, "-m", "proxyenv", *arguments, "--output", "json"]
    done = run(stage, command, limit=SETUP_LIMIT)
    try:
        envelope = json.loads(done.stdout)
    except ValueError as error:
        said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-2:])
        raise RefutedError(f"`{arguments[0]}` ended with status {done.returncode}: {said}") from error
    if done.returncode != 0:
        raise RefutedError(f"`{arguments[0]}` ended with status {done.returncode}: {_complaints(envelope)}")
    data: dict[str, Any] = envelope["data"]
    return data


def _complaints(envelope: dict[str, Any]) -> str:
    errors = [f"{error['code']}: {error['message']}" for error in envelope.get("errors", ())]
    outcomes = (envelope.get("data") or {}).get("report") or ()
    failed = [f"{it['check']} ({it['cause']}): {it['detail']}" for it in outcomes if it["status"] == "failed"]
    return "; ".join([*errors, *failed]) or "it gave no reason"


def _require(stage: Stage, marker: str, done: subprocess.CompletedProcess[str]) -> str:
    if done.returncode != 0:
        raise RefutedError(f"status {done.returncode}: {last_line(done.stderr or done.stdout)}")
    return evidence.require_fetched(stage, marker, done.stdout)


def _curl() -> str:
    found = find_program("curl")
    if found is None:
        raise SkippedError("`curl` is not installed")
    return found


REQUESTS: Final = "import sys, requests; print(*(requests.get(url, timeout=30).text for url in sys.argv[1:]))"
"""Fetches every URL with requests, and prints what came."""

HTTPX: Final = "import sys, httpx; print(*(httpx.get(url, timeout=30).text for url in sys.argv[1:]))"
"""Fetches every URL with httpx, and prints what came."""

HTTPX_TOLD: Final = "import sys, httpx; print(httpx.Client(proxy=sys.argv[1]).get(sys.argv[2]).text)"
"""Fetches one URL through a proxy that it is told, trusting what Python trusts of itself."""

FLOW: Final = '''"""Fetch a document from each URL, each in a task of its own."""

import json
import sys

import httpx
from prefect import flow, runtime, task


@task
def fetch(url: str) -> str:
    answer = httpx.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()["uuid"]


@flow(log_prints=True)
def fetch_all(urls: list[str]) -> dict[str, object]:
    uuids = [fetch(url) for url in urls]
    print("uuids:", *uuids)
    return {"flow_run": runtime.flow_run.id, "uuids": uuids}


if __name__ == "__main__":
    print(json.dumps(fetch_all(sys.argv[1:])))
'''
"""A flow of the user's own. Its last line on stdout is JSON with ``flow_run`` and ``uuids``."""
