"""Fetch URLs with httpx as a user's program would: the URL is the only argument, the environment decides."""

from __future__ import annotations

import json
import ssl
import sys
import time
from contextlib import suppress
from typing import Any, Final

import httpx

from proxyenv.checks.child.record import Record, Reporter, describe, read_job

_LONGEST: Final = 1 << 20  # bytes; an endless answer would fill the memory
_LONGEST_UUID: Final = 64


def main() -> None:
    """Fetch the URLs of the job.

    The job has ``fetches``, a list of ``{"url", "cafile"}``, where ``cafile`` is a file to verify against or
    ``None`` for the one in the environment; ``timeout`` in seconds; and ``plugin``, whether Prefect's plugin
    sets the environment, as it does in every process that imports Prefect.
    """
    reporter, job = Reporter(), read_job()
    if job["plugin"]:
        with suppress(ImportError):  # the Prefect checks say so
            import prefect  # noqa: F401
    for fetch in job["fetches"]:
        reporter.say("begin", **fetch)
        started = time.perf_counter()
        try:
            facts = _fetch(fetch["url"], fetch["cafile"], timeout=job["timeout"])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
            facts = {"error": describe(error)}
        reporter.say("fetched", **fetch, **facts, elapsed=time.perf_counter() - started)
    reporter.say("end")


def _fetch(url: str, cafile: str | None, *, timeout: float) -> Record:
    verify: ssl.SSLContext | bool = _trusting(cafile) if cafile else True
    with httpx.Client(verify=verify, timeout=timeout) as client, client.stream("GET", url) as response:
        stream = response.extensions["network_stream"]
        peer = stream.get_extra_info("server_addr")[:2]
        secure = stream.get_extra_info("ssl_object")
        certificate = secure.getpeercert() if secure else None
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > _LONGEST:
                raise ValueError(f"the document is longer than {_LONGEST} bytes")
        return {
            "status": response.status_code,
            "reason": response.reason_phrase,
            "content_type": response.headers.get("content-type", ""),
            "location": response.headers.get("location", ""),
            "proxied_by": response.headers.get("via", ""),
            "squid_error": response.headers.get("x-squid-error", ""),
            "uuid": find_uuid(bytes(body)),
            "peer": peer,
            "issuer": certificate.get("issuer", ()) if certificate else None,
        }


def _trusting(cafile: str) -> ssl.SSLContext:
    """A context that trusts only this file; truststore would add the operating system's roots."""
    truststore = sys.modules.get("truststore")
    if truststore is not None:
        truststore.extract_from_ssl()
    return ssl.create_default_context(cafile=cafile)


def find_uuid(body: bytes) -> str | None:
    """The ``uuid`` of a JSON document, or ``None``."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    uuid = document.get("uuid") if isinstance(document, dict) else None
    return str(uuid)[:_LONGEST_UUID] if uuid is not None else None
