"""Fetch URLs by httpx as a user's program would: no argument but the URL, the environment decides."""

from __future__ import annotations

import ssl
import time
from typing import Any

import httpx

from proxyenv.verify.child.record import Record, Reporter, describe, read_job


def main() -> None:
    """Fetch what the job names.

    The job: ``fetches``, a list of ``{"url", "cafile"}``; ``cafile`` is ``None`` for what the
    environment says, or a file to verify against instead. ``timeout``: seconds.
    """
    reporter, job = Reporter(), read_job()
    for fetch in job["fetches"]:
        reporter.say("begin", **fetch)
        started = time.perf_counter()
        try:
            facts = _fetch(fetch["url"], fetch["cafile"], timeout=job["timeout"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer
            facts = {"error": describe(error)}
        reporter.say("fetched", **fetch, **facts, elapsed=time.perf_counter() - started)
    reporter.say("end")


def _fetch(url: str, cafile: str | None, *, timeout: float) -> Record:
    verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=cafile) if cafile else True
    with httpx.Client(verify=verify, timeout=timeout) as client, client.stream("GET", url) as response:
        stream = response.extensions["network_stream"]
        peer = stream.get_extra_info("server_addr")[:2]
        secure = stream.get_extra_info("ssl_object")
        certificate = secure.getpeercert() if secure else None
        response.read()
        return {
            "status": response.status_code,
            "reason": response.reason_phrase,
            "content_type": response.headers.get("content-type", ""),
            "location": response.headers.get("location", ""),
            "proxied_by": response.headers.get("via", ""),
            "uuid": find_uuid(response),
            "peer": peer,
            "issuer": certificate.get("issuer", ()) if certificate else None,
        }


def find_uuid(response: httpx.Response) -> str | None:
    """The ``uuid`` of a JSON document, or ``None``."""
    try:
        document: Any = response.json()
    except ValueError:
        return None
    uuid = document.get("uuid") if isinstance(document, dict) else None
    return str(uuid) if uuid is not None else None
