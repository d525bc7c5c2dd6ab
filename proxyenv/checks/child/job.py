"""The flow that proves a job of a work pool. It travels as source, and needs Prefect alone.

What it sees goes back in a Markdown artifact: a few lines for people, and the record as JSON. It judges only
whether the run has to fail; the causes are found where the record is read.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import json
import os
import platform
import socket
import ssl
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

import certifi
from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event
from prefect.runtime import flow_run as this_run
from prefect.settings import get_current_settings
from prefect.states import Completed, Failed

from proxyenv.checks.child.fetch import get_document
from proxyenv.checks.child.masking import find_own_secrets, hide_secrets
from proxyenv.checks.child.orchestrate import (
    READ_BACK,
    READ_BACK_IN_VAIN,
    ask_api,
    open_websocket,
    read_back,
)
from proxyenv.checks.child.record import Record, describe
from proxyenv.checks.child.remote import ask_git
from proxyenv.checks.child.trusted import describe_roots, find_held
from proxyenv.checks.child.userinfo import find_in_url, hide_in_list, hide_in_url, hide_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

VERSION: Final = 1
"""Of the record; a key is never given another meaning."""

_AT_ONCE: Final = 8
_BODY: Final = 1024
_HEADER: Final = 200
_RESOLVE_SECONDS: Final = 10.0
_DAY: Final = 86400.0
_FOREIGN: Final = frozenset(
    {"text", "reason", "headers", "body", "moved", "uuid", "issuer", "said", "version"}
)
"""The keys below which a record repeats what somebody else has said."""
_HEARD: Final = ("documents", "api", "websocket", "git", "roots", "task_runs")
"""The parts of a record in which they are."""
_SERVICE_ACCOUNT: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


@flow(name="proxyenv-check", validate_parameters=False, persist_result=False, log_prints=False)
def check(order: dict[str, Any], proven: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 - a state of Prefect
    """Look at this job, and write down what is seen.

    Args:
        order: ``key``, which the key of the artifact starts with; ``documents``, pairs of a URL and the form
            that it has to have; ``named``, whether each of them was asked for; ``token``, what nobody could
            guess; ``anchors``, the SHA-256 of each corporate CA; ``names``, the variables to show;
            ``limits``, see ``get_document``; ``git``, remotes; ``days``, how long before its end a corporate
            CA is announced by an event, 0 for never.
        proven: the workers that need no further run.
    """
    worker = os.environ.get("PREFECT__WORKER_NAME", "")
    if worker in proven:
        return Completed(message=f"the worker {worker} is proven")
    started = time.perf_counter()
    record: Record = {"version": VERSION, "worker": worker, "named": order["named"]}
    record |= {"token": order["token"], "anchors": order["anchors"]}
    record |= _describe_process(order)
    record |= _prove(order, record["api_url"])
    record["elapsed"] = time.perf_counter() - started
    trouble = tuple(_find_trouble(record))
    record["trouble"] = trouble
    shown = hide_all(record)
    key = f"{order['key']}-{hashlib.sha256(worker.encode()).hexdigest()[:12]}"
    create_markdown_artifact(_render(shown), key=key, description=_sum_up(shown))
    _announce(order, shown)
    if trouble:
        return Failed(message=f"{len(trouble)} failed: {', '.join(shown['trouble'])}")
    return Completed(message="everything works")


def _describe_process(order: Record) -> Record:
    """The process: interpreter, user, place, variables, roots, and what is trusted whoever asks."""
    import prefect

    settings, public = get_current_settings(), certifi.where()
    roots = {
        "httpx": os.environ.get("SSL_CERT_FILE") or public,
        "prefect": settings.api.ssl_cert_file or public,
    }
    truststore = ssl.SSLContext.__module__.startswith("truststore")
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "openssl": ssl.OPENSSL_VERSION,
        "strict": bool(ssl.create_default_context().verify_flags & ssl.VERIFY_X509_STRICT),
        "truststore": truststore,
        "prefect": prefect.__version__,
        "user": _find_user(),
        "host": socket.gethostname(),
        "place": _find_place(),
        "directory": str(Path.cwd()),
        "api_url": str(settings.api.url or ""),
        "variables": {name: os.environ[name] for name in order["names"] if name in os.environ},
        "proxies": {name: url for name, url in getproxies().items() if name in {"http", "https", "no"}},
        "roots": {
            name: describe_roots(path, order["anchors"]) for name, path in {**roots, "public": public}.items()
        },
        "held": None if truststore else find_held(roots.values()),
    }


def _find_user() -> str:
    number = getattr(os, "geteuid", lambda: "")()
    try:
        return f"{getpass.getuser()} ({number})" if number != "" else getpass.getuser()
    except (KeyError, OSError):  # a user without an entry
        return str(number)


def _find_place() -> str:
    if os.environ.get("KUBERNETES_SERVICE_HOST") and os.path.isdir(_SERVICE_ACCOUNT):  # noqa: PTH112 - never raises
        return "kubernetes"
    if os.path.exists("/.dockerenv") or os.path.exists("/run/.containerenv"):  # noqa: PTH110 - never raises
        return "container"
    return "kubernetes" if os.environ.get("KUBERNETES_SERVICE_HOST") else "host"


def _prove(order: Record, api_url: str) -> Record:
    """Every connection, most at once."""
    documents = [list(pair) for pair in order["documents"]]
    if api_url:
        documents.insert(0, [f"{api_url.rstrip('/')}/health", "api"])
    urls, token = [url for url, _ in documents], order["token"]
    logger = get_run_logger()

    @task(name="fetch", persist_result=False)
    def fetch(number: int) -> Record:
        found = _try(lambda: get_document(urls[number], order["limits"]))
        said = f"{found['length']} bytes, SHA-256 {found['digest']}" if "digest" in found else "no answer"
        get_run_logger().info("%s: %s", urlsplit(urls[number]).hostname, said)
        return found

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        logger.info("fetching %d documents", len(urls))
        beside = {url: pool.submit(_control, url, token, order["limits"]) for url in urls}
        api = pool.submit(_try, lambda: asyncio.run(ask_api())) if api_url else None
        websocket = pool.submit(_try, lambda: asyncio.run(open_websocket())) if api_url else None
        addresses = pool.submit(_find_addresses)
        git = {
            remote: pool.submit(_try, partial(ask_git, remote, order["limits"]))
            for remote in order.get("git", ())
        }
        waiting = [fetch.submit(number) for number in range(len(urls))]
        found = [each.result() for each in waiting]
        proof = {
            "documents": [
                {"url": url, "form": form, "first": first, **beside[url].result()}
                for (url, form), first in zip(documents, found, strict=True)
            ],
            "api": api.result() if api else None,
            "websocket": websocket.result() if websocket else None,
            "addresses": addresses.result(),
            "git": {remote: each.result() for remote, each in git.items()},
        }
    carried = proof["websocket"] is not None and "error" not in proof["websocket"]
    states = _try(
        lambda: {
            "states": read_back(this_run.id, len(urls), patience=READ_BACK if carried else READ_BACK_IN_VAIN)
        }
    )
    return {**proof, "task_runs": {"wanted": len(urls), **states}}


def _control(url: str, token: str, limits: Record) -> Record:
    """What a document is compared with: asked again, a path and a name that cannot exist, without the CA."""
    parts = urlsplit(url)
    head = url.partition("#")[0]
    public = ssl.create_default_context(cafile=certifi.where()) if parts.scheme == "https" else None
    asked: dict[str, Callable[[], Record]] = {
        "again": lambda: _ask_again(f"{head}{'&' if '?' in head else '?'}proxyenv={token}", token, limits),
        "elsewhere": lambda: get_document(f"{parts.scheme}://{parts.netloc}/{token}", limits),
    }
    if parts.scheme == "http":
        asked["nobody"] = lambda: get_document(f"http://{token}.invalid/{token}", limits)
    if public is not None:
        asked["control"] = lambda: get_document(url, limits, verify=public)
    return {name: _try(action) for name, action in asked.items()}


def _ask_again(url: str, token: str, limits: Record) -> Record:
    """A document, and whether it repeats what only this request holds."""
    found = get_document(url, limits, raw=True)
    return {**found, "repeats": token in found["answer"].pop("raw")}


def _try(action: Callable[[], Record]) -> Record:
    started = time.perf_counter()
    try:
        found = action()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        found = {"error": describe(error)}
    if "answer" in found:
        answer = found["answer"]
        headers = {name: value[:_HEADER] for name, value in answer["headers"].items()}
        found = {**found, "answer": {**answer, "body": answer["body"][:_BODY], "headers": headers}}
    return {**found, "elapsed": round(time.perf_counter() - started, 3)}


def _find_addresses(*, seconds: float = _RESOLVE_SECONDS) -> dict[str, list[str]]:
    """The addresses of the proxies, as this job resolves them, so far as they are known in that time."""
    found: dict[str, list[str]] = {}
    # A daemon for each, since nothing can interrupt a resolver that waits for a network that is not there.
    asking = [
        Thread(target=_look_up, args=(scheme, url, found), daemon=True)
        for scheme, url in getproxies().items()
        if scheme in {"http", "https"}
    ]
    until = time.monotonic() + seconds
    for each in asking:
        each.start()
    for each in asking:
        each.join(max(until - time.monotonic(), 0.0))
    return dict(found)


def _look_up(scheme: str, url: str, found: dict[str, list[str]]) -> None:
    with suppress(OSError, ValueError):
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.hostname:
            entries = socket.getaddrinfo(parts.hostname, parts.port or 80, type=socket.SOCK_STREAM)
            found[scheme] = sorted({str(entry[4][0]) for entry in entries})


def _find_trouble(record: Record) -> Iterator[str]:
    """What the run has to fail for, in a few words each."""
    failures = [each for each in record["documents"] if each["form"] != "api" and not _has_come(each)]
    if record["named"] or len(failures) == sum(each["form"] != "api" for each in record["documents"]):
        yield from (f"fetch {urlsplit(each['url']).hostname}" for each in failures)
    for name in ("api", "websocket"):
        if record[name] is not None and "error" in record[name]:
            yield name
    runs = record["task_runs"]
    if runs.get("states", []).count("Completed") < runs["wanted"]:
        yield "task runs"
    for remote, found in record["git"].items():
        if found.get("status") or "error" in found:
            yield f"git {urlsplit(remote).hostname or hide_in_url(remote)}"
    for client, found in record["roots"].items():
        if "error" in found:
            yield f"roots of {client}"


def _has_come(document: Record) -> bool:
    answer = document["first"].get("answer")
    return answer is not None and answer["status"] < 400  # noqa: PLR2004 - an error of HTTP


def hide_all(record: Record) -> Record:
    """The record without a password, a key, a token or a header of the client.

    The facts that are judged stay as they are, whatever words the secrets are: a URL loses its credentials
    by where they stand. What others have said is hidden wherever it holds a secret.
    """
    asked = (*(each["url"] for each in record["documents"]), *record["git"])
    secrets = {*find_own_secrets(), *(secret for url in asked for secret in find_in_url(url))}
    heard: Record = {name: _hide_foreign(record[name], secrets) for name in _HEARD if name in record}
    return {
        **record,
        **heard,
        "api_url": hide_in_url(record["api_url"]),
        "documents": [{**each, "url": hide_in_url(each["url"])} for each in heard["documents"]],
        "git": {hide_in_url(remote): found for remote, found in heard["git"].items()},
        "variables": {
            name: _hide_variable(name, said, secrets) for name, said in record["variables"].items()
        },
        "proxies": {
            name: (hide_in_list if name == "no" else hide_userinfo)(said)
            for name, said in record["proxies"].items()
        },
    }


def _hide_foreign(value: Any, secrets: Collection[str]) -> Any:  # noqa: ANN401 - JSON
    """A part of a record, in which what others have said holds no secret."""
    if isinstance(value, dict):
        return {
            name: hide_secrets(said, secrets) if name in _FOREIGN else _hide_foreign(said, secrets)
            for name, said in value.items()
        }
    return [_hide_foreign(each, secrets) for each in value] if isinstance(value, (list, tuple)) else value


def _hide_variable(name: str, value: str, secrets: Collection[str]) -> str:
    if name.lower() == "no_proxy":
        return hide_in_list(value)
    if name.lower().endswith("_proxy"):
        return hide_userinfo(value)
    if Path(value).is_absolute() and not value.startswith("//") and "://" not in value:
        return value  # an `@` in a path, such as that of a home, is no sign of a password
    shown = hide_userinfo(value)
    return shown if Path(value).is_absolute() else str(hide_secrets(shown, secrets))


def _sum_up(record: Record) -> str:
    trouble = ", ".join(record["trouble"]) or "everything works"
    return f"{record['worker'] or record['host']}: {trouble}"


def _render(record: Record) -> str:
    """Lines for people, then the record in a block of its own."""
    lines = (
        f"# {_sum_up(record)}",
        "",
        f"Python {record['python']}, Prefect {record['prefect']}, {record['user']} on {record['host']}",
        *(f"- {each['url']}: {_say(each['first'])}" for each in record["documents"]),
        "",
        "```json",
        json.dumps(record),
        "```",
    )
    return "\n".join(lines)


def _say(found: Record) -> str:
    return str(found["answer"]["status"]) if "answer" in found else str(found["error"][0]["type"])


def _announce(order: Record, record: Record) -> None:
    """Emit an event for each corporate CA that ends soon."""
    soon = time.time() + order.get("days", 0) * _DAY
    ends = {name: end for found in record["roots"].values() for name, end in found.get("ends", {}).items()}
    for fingerprint, end in ends.items() if order.get("days") else ():
        if end < soon:
            emit_event(
                "proxyenv.ca.expiring",
                resource={"prefect.resource.id": f"proxyenv.ca.{fingerprint}"},
                payload={"worker": record["worker"], "ends": end},
            )
