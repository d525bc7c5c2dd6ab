"""The Prefect checks: REST, websocket and a flow, with Prefect's own client in a fresh interpreter."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from proxyenv.checks.answer import (
    PORTAL_HINT,
    Author,
    Circumstances,
    HTTPAnswer,
    find_author,
    find_cause_of_answer,
    hint_for_refusal,
)
from proxyenv.checks.document import describe_content
from proxyenv.checks.failure import Failure, classify, parse_chain, parse_facts
from proxyenv.checks.fetch import judge_refused_environment, limits_for
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.checks.interpreter import Interpreter
from proxyenv.checks.proxy import explain_bypass, find_addresses, find_route, find_websocket_proxy
from proxyenv.checks.python import NEEDED
from proxyenv.checks.tls import find_refusal
from proxyenv.checks.tunnel import ask_for_connect
from proxyenv.checks.verification import hint_for
from proxyenv.model.subject import parse_origin, show_url
from proxyenv.model.url import find_websocket_url

if TYPE_CHECKING:
    from collections.abc import Generator

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Origin, Subject
    from proxyenv.model.url import ProxyURL

MODULE: Final = "proxyenv.checks.child.orchestrate"
IMPORT_LIMIT: Final = 120.0
"""Seconds for importing Prefect; without bytecode, on a slow disk, it takes half a minute."""

LIMIT: Final = 300.0
"""Seconds for all Prefect checks; an ephemeral server alone takes half a minute on a slow machine."""

_OWN_SETTINGS: Final = {
    "PREFECT_CLIENT_MAX_RETRIES": "0",  # the first failure counts
    "PREFECT_API_REQUEST_TIMEOUT": "30",
}
_UNSENDABLE: Final = (
    "websockets cannot send this password: ask for one in ASCII without blanks, `/`, `#`, `?`, `[` and `]`"
)
_NO_CREDENTIALS: Final = (
    "the proxy wants credentials: `proxyenv setup --proxy http://USER:PASSWORD@HOST:PORT`"
)
_AS_ABOVE: Final = "the checks above it passed, so try again; `proxyenv check -v` shows how long each took"
_GATEWAY: Final = HTTPAnswer(502)
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


def run_prefect(interpreter: Interpreter, subject: Subject, rungs: tuple[str, ...]) -> Generator[Record]:
    """Run the checks *rungs* where Prefect is imported.

    Yields:
        Its records, and at the end of a run that broke down a record ``{"event": "broken"}`` with ``cause``
        and ``detail``.
    """
    job = {"rungs": list(rungs), "urls": list(subject.urls), "limits": limits_for(subject)}
    interpreter.send(job)
    yield from _read(interpreter, limit=LIMIT)


def _read(interpreter: Interpreter, *, limit: float) -> Generator[Record]:
    ended = False
    try:
        for record in interpreter.records(limit=limit):
            ended = record["event"] == "end"
            yield record
    except TimeoutError as error:
        yield {"event": "broken", "cause": "timeout", "detail": f"the check was stopped: {error}"}
        return
    if not ended:
        said = (line.strip() for line in reversed(interpreter.complaints) if line.strip())
        detail = f"the interpreter ended early: {next(said, 'nothing on stderr')}"
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
        subject: what was set up.
        record: what :func:`await_import` returned.
    """
    if record["event"] != "imported":
        return judge_end(subject, record) or failed("prefect-broken", "`import prefect` does not end")
    profile, api = record["profile"], (record["api_url"] or "").rstrip("/")
    wanted = (subject.api_url or "").rstrip("/")
    named = f"`{show_url(api)}`" if api else "no API"
    if profile != subject.profile:
        detail = f"Prefect uses the profile `{profile}` of `{record['profiles_path']}` with {named}"
    elif api != wanted:
        detail = f"Prefect uses {named}"
    else:
        return Finding(f"Prefect uses the profile `{profile}` with {named if api else 'a temporary server'}")
    expected = f"the profile `{subject.profile}`{f' with `{show_url(wanted)}`' if wanted else ''} was set up"
    return failed(
        "shadowed", f"{detail}; {expected}", "`prefect config view` says where each setting comes from"
    )


def judge_api(subject: Subject, record: Record, seen: Circumstances = _UNSEEN) -> Finding:
    """What a REST request to the API proves."""
    api = show_url(subject.api_url or "")
    if "error" in record:
        failure = classify(parse_chain(record["error"]), otherwise="api-unreachable", seen=seen)
        refused = _explain(subject, failure)
        if refused:
            return refused
        last = parse_facts(record["answer"]) if record.get("answer") else None
        if failure.cause == "api-unreachable" and last is not None:
            return _judge_no_api(subject, last, seen)
        if failure.cause == "environment-refused":
            return judge_refused_environment(subject, subject.api_url or "", failure.detail)
        return failed(failure.cause, f"`{api}`: {failure.detail}", _api_hint(subject, failure))
    version = f"Prefect {record['version']}" if record.get("version") else "Prefect Cloud"
    found = _judge_way(find_route(subject, subject.api_url or "").proxy, record, f"`{api}` is {version}")
    return found if found.status == "failed" else _judge_versions(found, record)


def _judge_no_api(subject: Subject, answer: HTTPAnswer, seen: Circumstances) -> Finding:
    """What it means that Prefect's client cannot read an answer, though its status is no error."""
    said = f"`{show_url(subject.api_url or '')}` answers {describe_content(answer)}"
    author, why = find_author(answer, seen)
    cause = find_cause_of_answer(answer, author, otherwise="api-not-prefect")
    if author in {Author.PROXY, Author.PORTAL}:
        return failed(cause, f"{said}, from {author.value}: {why}", _hint_for_answer(cause, answer, subject))
    detail = f"{said}, which is no answer of Prefect"
    if answer.moved and answer.leads_to != parse_origin(subject.api_url or "").host:
        return failed(cause, f"{detail}; it was redirected to `{answer.leads_to}`", _hint_for_move(answer))
    return failed(cause, detail, f"is it the page of the server and not its API? {_lacks_path(subject)}")


def _hint_for_answer(cause: str, answer: HTTPAnswer, subject: Subject) -> str:
    if cause == "captive-portal":
        return PORTAL_HINT
    origin = parse_origin(subject.api_url or "")
    asked = hint_for_refusal(answer, origin) or f"ask IT to allow `{origin.authority}` at the proxy"
    return f"{asked}; {_way_around(origin)}"


def _lacks_path(subject: Subject) -> str:
    url = (subject.api_url or "").rstrip("/")
    lacks = not urlsplit(url).path.strip("/")
    return f"does the URL lack its path? `--api-url {show_url(url)}/api`" if lacks else "open it in a browser"


def _judge_versions(found: Finding, record: Record) -> Finding:
    """Whether the server's version goes with the client's; a newer server does (Prefect's own rule)."""
    server, client = (parse_version(record.get(key) or "") for key in ("version", "client"))
    if not server or not client:
        return found
    detail = f"{found.detail}, and the client is Prefect {record['client']}"
    if server[0] != client[0]:
        hint = (
            f"upgrade the server to Prefect {client[0]}, or install what fits it here: "
            f"`pip install 'prefect=={server[0]}.*'`"
        )
        return failed("server-version", f"{detail}: the first numbers must be the same", hint)
    if server[:2] < client[:2]:
        hint = (
            f"upgrade the server to Prefect {record['client']} or later, or install what fits it here: "
            f"`pip install 'prefect=={record['version']}'`"
        )
        return warning("server-version", f"{detail}: the server must not be older than the client", hint)
    return found


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers at the beginning of a version, such as ``(3, 8, 8)``; empty if there is none."""
    found = re.match(r"\d{1,9}(?:\.\d{1,9}){0,3}", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def judge_websocket(subject: Subject, record: Record, seen: Circumstances = _UNSEEN) -> Finding:
    """What opening the websocket proves."""
    url = subject.api_url or ""
    origin = parse_origin(url)
    proxy = find_websocket_proxy(subject, url)
    if "error" not in record:
        return _judge_way(proxy, record, f"the websocket to `{origin.authority}` opens")
    failure = classify(parse_chain(record["error"]), otherwise="websocket-failed", seen=seen)
    if proxy and failure.cause == "websocket-failed" and failure.detail.startswith("EOFError"):
        failure = failure._replace(cause="websocket-tunnel-closed")
    refused = _explain(subject, failure)
    if refused:
        return refused
    detail = f"the websocket to `{origin.authority}` does not open: {failure.detail}"
    if failure.cause == "captive-portal":
        return failed(failure.cause, detail, PORTAL_HINT)
    return failed(failure.cause, detail, _websocket_hint(subject, failure, origin, proxy))


def _websocket_hint(subject: Subject, failure: Failure, origin: Origin, proxy: ProxyURL | None) -> str | None:
    if proxy is None:
        if failure.cause == "websocket-upgrade-dropped":
            return f"let the reverse proxy in front of `{origin.authority}` pass the `Upgrade` header on"
        return _passes(origin)
    if failure.cause.startswith("proxy-credentials"):
        if find_websocket_url(proxy) is None:
            return _UNSENDABLE
        return f"check the password of `{proxy.username}`" if proxy.username else _NO_CREDENTIALS
    asked = {
        "websocket-denied": ask_for_connect(origin, proxy),
        "proxy-denied": ask_for_connect(origin, proxy),
        "proxy-gateway": _reach_by_proxy(failure, origin),
        "websocket-upgrade-dropped": (
            f"ask IT to let {_who_read(failure, proxy)} pass the `Upgrade` header on for `{origin.host}` "
            "(squid: `http_upgrade_request_protocols websocket allow all`, in lower case), "
            "or not to decrypt TLS to that host"
        ),
        "websocket-tunnel-closed": (
            f"`{proxy.authority}` may accept only TLS in its tunnels: give the API an `https://` URL, or ask "
            f"IT for plain tunnels to `{origin.authority}` (squid: `on_unsupported_protocol tunnel all`)"
        ),
    }
    way = asked.get(failure.cause)
    if way is None and failure.cause != "websocket-failed":
        return hint_for(failure.cause, None, subject.bundle, store=subject.runtime.truststore)
    return f"{way or _passes(origin)}; {_way_around(origin)}"


def _passes(origin: Origin) -> str:
    return f"does what stands in front of `{origin.authority}` pass websockets on? Prefect 2 has none of them"


def _who_read(failure: Failure, proxy: ProxyURL) -> str:
    """Who may have dropped a header: only the proxy, if the answer shows that the proxy decrypted it."""
    answer = failure.link.answer if failure.link else None
    via = answer.headers.get("via") if answer else None
    if via:
        return f"`{proxy.authority}`, which decrypts this connection (`Via: {via}`),"
    return f"`{proxy.authority}`, or whatever stands in front of the API,"


def _way_around(origin: Origin) -> str:
    return f"or add `{origin.host}` to NO_PROXY if it can be reached directly: `--no-proxy {origin.host}`"


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
    state = f"the flow run is `{record['state']}`: " if record.get("state") else ""
    chain = " ".join(link["text"] for link in record.get("error", ()))
    if not subject.api_url and ("ephemeral" in chain or "127.0.0.1" in chain):
        hint = "name a server with `--api-url`, or run the check again on a machine that is less busy"
        return failed("server-start", f"{state}{failure.detail}", hint)
    return failed(failure.cause, f"{state}{failure.detail}", _AS_ABOVE)


def _find_unproxied(subject: Subject, documents: list[Record]) -> str | None:
    """A URL that was not fetched through the proxy although it should; unseen connections prove nothing."""
    for url, document in zip(subject.urls, documents, strict=True):
        proxy, peers = find_route(subject, url).proxy, document["peers"]
        if proxy and peers and not _reached(proxy, peers):
            return show_url(url)
    return None


def _reached(proxy: ProxyURL, peers: list[Any]) -> bool:
    addresses = find_addresses(proxy)
    return any(port == proxy.port and host in addresses for host, port in peers)


def _judge_way(proxy: ProxyURL | None, record: Record, seen: str) -> Finding:
    """Whether a successful request went where the environment says."""
    if proxy is None:
        return Finding(f"{seen}; direct")
    if not record["peers"]:
        return Finding(f"{seen}; it should go through `{proxy.authority}`, which could not be observed")
    if _reached(proxy, record["peers"]):
        return Finding(f"{seen}; connected to the proxy `{proxy.authority}`")
    return failed("not-proxied", f"{seen}, but without a connection to the proxy `{proxy.authority}`")


def _reach_by_proxy(failure: Failure, origin: Origin) -> str | None:
    answer = failure.link.answer if failure.link else None
    return hint_for_refusal(answer or _GATEWAY, origin)


def _explain(subject: Subject, failure: Failure) -> Finding | None:
    """The finding where the API's certificate is refused here too: which one it is, and why."""
    if failure.verify_code is None:
        return None
    url = subject.api_url or ""
    return find_refusal(subject, parse_origin(url), find_route(subject, url))


def _api_hint(subject: Subject, failure: Failure) -> str | None:  # noqa: PLR0911 - a table with conditions
    origin = parse_origin(subject.api_url or "")
    proxy = find_route(subject, subject.api_url or "").proxy
    answer = failure.link.answer if failure.link else None
    if failure.cause == "captive-portal":
        return PORTAL_HINT
    if answer is not None and answer.moved and answer.leads_to != origin.host:
        return _hint_for_move(answer)
    if failure.cause == "api-unauthorized":
        key = "check `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` of the profile"
        if proxy is None or failure.author is not Author.UNKNOWN:
            return key
        return f"{key}, or ask whether `{proxy.authority}` lets `{origin.authority}` through"
    if failure.cause == "api-status":
        return _lacks_path(subject)
    if failure.cause in {"api-unreachable", "timeout"} and proxy is None:
        return f"is the server running at `{origin.authority}`, and can it be reached without the proxy?"
    if failure.cause in {"api-unreachable", "timeout"}:
        return f"is the server running at `{origin.authority}`? {_way_around(origin)}"
    if failure.cause == "proxy-denied" and proxy is not None:
        asked = f"ask IT to allow `{origin.authority}` at `{proxy.authority}`"
        asked = ask_for_connect(origin, proxy) if origin.scheme == "https" else asked
        return f"{asked}; {_way_around(origin)}"
    if failure.cause == "proxy-gateway" and proxy is not None:
        return f"{_reach_by_proxy(failure, origin)}; {_way_around(origin)}"
    return hint_for(failure.cause, None, subject.bundle, store=subject.runtime.truststore)


def _hint_for_move(answer: HTTPAnswer) -> str:
    where = show_url(answer.moved).partition("?")[0]
    asked = "is it a log-in page, or the API's new address?"
    return f"something redirects to `{where}`: open it in a browser; {asked}"
