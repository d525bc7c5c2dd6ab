"""The Prefect checks, with Prefect's own client in a fresh interpreter of the user's, and the flow itself."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import Circumstances
from proxyenv.checks.failure import classify, parse_chain
from proxyenv.checks.fetch import limits_for
from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.interpreter import Interpreter
from proxyenv.checks.prefect_api import judge_api
from proxyenv.checks.prefect_websocket import judge_websocket
from proxyenv.checks.proxy import explain_bypass, find_route, is_connected
from proxyenv.checks.python import NEEDED
from proxyenv.model.subject import show_url
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Generator

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

MODULE: Final = "proxyenv.checks.child.orchestrate"
IMPORT_LIMIT: Final = 120.0
"""Seconds for importing Prefect; without bytecode, on a slow disk, it takes half a minute."""

LIMIT: Final = 300.0
"""Seconds for all Prefect checks; an ephemeral server alone takes half a minute on a slow machine."""

_OWN_SETTINGS: Final = {
    "PREFECT_CLIENT_MAX_RETRIES": "0",  # the first failure counts
    "PREFECT_API_REQUEST_TIMEOUT": "30",
}
_AS_ABOVE: Final = "the checks above it passed, so try again; `proxyenv check -v` shows how long each took"
_UNSEEN: Final = Circumstances()
_EPHEMERAL_ADDRESS: Final = "http://127.0.0.1:8000"


def open_prefect(subject: Subject) -> Interpreter:
    """An interpreter of the user's that imports Prefect at once, and then waits for what to run."""
    return Interpreter(MODULE, None, subject=subject, extra=_OWN_SETTINGS, packages=NEEDED)


def await_import(interpreter: Interpreter) -> Record:
    """What the interpreter says once Prefect is imported: ``imported``, or why it is not."""
    for record in _read(interpreter, limit=IMPORT_LIMIT):
        if record["event"] != "begin":
            return record
    return {"event": "broken", "cause": "prefect-broken", "detail": "it said nothing"}


def run_prefect(
    interpreter: Interpreter, subject: Subject, rungs: tuple[str, ...], *, more: bool = False
) -> Generator[Record]:
    """Run the checks *rungs* where Prefect is imported.

    Args:
        interpreter: in which it is imported.
        subject: what to check.
        rungs: the checks.
        more: whether others follow, in a call of their own; then the last record is ``ready``, or ``end``
            where what was found makes the others pointless.

    Yields:
        Its records, and at the end of a run that broke down a record ``{"event": "broken"}`` with ``cause``
        and ``detail``.
    """
    job = {"rungs": list(rungs), "urls": list(subject.urls), "limits": limits_for(subject), "more": more}
    interpreter.send(job)
    yield from _read(interpreter, limit=LIMIT)


def _read(interpreter: Interpreter, *, limit: float) -> Generator[Record]:
    ended = False
    try:
        for record in interpreter.records(limit=limit):
            ended = record["event"] in {"end", "ready"}
            yield record
            if ended:
                return
    except TimeoutError as error:
        yield {"event": "broken", "cause": "timeout", "detail": f"the check was stopped: {error}"}
        return
    if not ended:
        detail = f"the interpreter ended early: {interpreter.last_complaint or 'nothing on stderr'}"
        yield {"event": "broken", "cause": "flow-failed", "detail": detail}


def describe_step(subject: Subject, check: str) -> str:
    """A short line about what begins."""
    if check == "import":
        return f"importing Prefect in `{subject.python}`"
    if check == "prefect-flow" and subject.api_url is None:
        return f"{check}: starting a temporary Prefect server, which takes half a minute"
    return check


def judge_loopback(subject: Subject) -> Finding | None:
    """The finding if an ephemeral server could not be reached anyway; ``None`` if it can.

    Prefect waits for its server with httpx, which goes through the proxy unless NO_PROXY has exactly this
    address. That takes minutes to fail, so it is not tried.
    """
    proxy = find_route(subject, _EPHEMERAL_ADDRESS).proxy
    if proxy is None:
        return None
    detail = f"Prefect's own server is at `127.0.0.1`, which NO_PROXY lacks: clients ask `{proxy.authority}`"
    return failed("server-start", detail, "add `127.0.0.1` to NO_PROXY; `localhost` does not cover it")


def judge_prefect(subject: Subject, record: Record, seen: Circumstances = _UNSEEN) -> Finding:
    """What a Prefect check proves, whichever it is.

    Args:
        subject: whose environment it had.
        record: what the fresh interpreter reported.
        seen: what is known beside the API's answers.
    """
    if record["check"] == "prefect-flow":
        return judge_flow(subject, record)
    judge = judge_api if record["check"] == "prefect-api" else judge_websocket
    return explain_bypass(subject, subject.api_url or "", judge(subject, record, seen))


def judge_end(subject: Subject, record: Record) -> Finding | None:
    """What the end of the run says about the checks that are still open; ``None`` for a normal end."""
    if record["event"] == "broken":
        return failed(record["cause"], record["detail"])
    if record["event"] != "end" or "error" not in record:
        return None
    chain = parse_chain(record["error"])
    detail = f"`import prefect` fails: {classify(chain, otherwise='prefect-broken').detail}"
    return failed(
        "prefect-broken", detail, f"see it whole: `{shlex.quote(subject.python)} -c 'import prefect'`"
    )


def judge_settings(subject: Subject, record: Record) -> Finding:
    """Whether Prefect reads there what was set up.

    Args:
        subject: what was set up; without a profile, as in a container, whichever it reads will do.
        record: what :func:`await_import` returned.
    """
    if record["event"] != "imported":
        return judge_end(subject, record) or failed("prefect-broken", "`import prefect` does not end")
    profile, api = record["profile"], (record["api_url"] or "").rstrip("/")
    wanted = (subject.api_url or "").rstrip("/")
    named = f"`{show_url(api)}`" if api else "no API"
    if subject.profile and profile != subject.profile:
        place = show_path(record["profiles_path"])
        detail = f"Prefect uses the profile `{profile}` of `{place}` with {named}"
    elif api != wanted:
        detail = f"Prefect uses {named}"
    else:
        return Finding(f"Prefect uses the profile `{profile}` with {named if api else 'a temporary server'}")
    profile = f"the profile `{subject.profile}`" if subject.profile else "Prefect"
    expected = f"{profile}{f' with `{show_url(wanted)}`' if wanted else ''} was set up"
    return failed(
        "shadowed", f"{detail}; {expected}", "`prefect config view` says where each setting comes from"
    )


def judge_flow(subject: Subject, record: Record) -> Finding:
    """What running the flow proves."""
    wanted = len(subject.urls)
    if record.get("state") != "Completed":
        return _judge_failed_flow(subject, record)
    kept = record["task_runs"].count("Completed")
    if kept < wanted:
        detail = f"the flow run is `Completed`, but the API knows only {kept} of its {wanted} task runs"
        return failed(
            "flow-lost-task-runs", detail, "task runs are sent by websocket: fix `prefect-websocket` first"
        )
    lost = _find_unproxied(subject, record["documents"])
    if lost:
        return failed("not-proxied", f"the flow fetched `{lost}` without connecting to the proxy")
    done = f"`Completed`, {kept} of {wanted} task runs read back from the API"
    return Finding(done)


def _judge_failed_flow(subject: Subject, record: Record) -> Finding:
    failure = classify(parse_chain(record.get("error", ())), otherwise="flow-failed")
    state = f"the flow run is `{subject.mask(record['state'])}`: " if record.get("state") else ""
    chain = " ".join(link["text"] for link in record.get("error", ()))
    if not subject.api_url and ("ephemeral" in chain or "127.0.0.1" in chain):
        hint = "name a server with `--api-url`, or run the check again on a machine that is less busy"
        return failed("server-start", f"{state}{failure.detail}", hint)
    return failed(failure.cause, f"{state}{failure.detail}", _AS_ABOVE)


def _find_unproxied(subject: Subject, documents: list[Record]) -> str | None:
    """A URL that was not fetched through the proxy although it should; unseen connections prove nothing."""
    for url, document in zip(subject.urls, documents, strict=True):
        proxy, peers = find_route(subject, url).proxy, document["peers"]
        if proxy and peers and not is_connected(proxy, peers):
            return show_url(url)
    return None
