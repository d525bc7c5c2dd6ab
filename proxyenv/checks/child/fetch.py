"""Fetch URLs with httpx as a user's program would: the environment decides where it connects.

What an answer means is judged elsewhere; here it is only read, within limits that hold for the whole
document: seconds, bytes on the wire, and bytes after decompression.
"""

from __future__ import annotations

import hashlib
import ssl
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import httpx

from proxyenv.checks.child.record import Record, Reporter, describe, describe_answer, read_job

if TYPE_CHECKING:
    from collections.abc import Mapping

_AT_ONCE: Final = 4
_GZIP: Final = 16 + zlib.MAX_WBITS
_FRESH: Final = {
    "Cache-Control": "no-cache, no-store, max-age=0",
    "Pragma": "no-cache",
    "Accept-Encoding": "gzip",  # which can be unpacked within a limit
}


def main() -> None:
    """Fetch the URLs of the job, some at once.

    The job has ``fetches``, a list of ``{"key", "url", "cafile"}``, where ``cafile`` is a file to verify
    against or ``None`` for the one in the environment; ``limits``, see :func:`get_document`; and ``plugin``,
    whether Prefect's plugin sets the environment, as it does in every process that imports Prefect.
    """
    reporter, job = Reporter(), read_job()
    if job["plugin"]:
        with suppress(ImportError):  # the Prefect checks say so
            import prefect  # noqa: F401
    for fetch in job["fetches"]:
        reporter.say("begin", key=fetch["key"])
    # Before anything connects: truststore is out of the way for all threads while a context is made.
    controls = {each: _trusting(each) for each in {fetch["cafile"] for fetch in job["fetches"]} if each}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        waiting = {
            pool.submit(_try, fetch["url"], job["limits"], controls.get(fetch["cafile"], True)): fetch
            for fetch in job["fetches"]
        }
        for done in as_completed(waiting):
            reporter.say("fetched", key=waiting[done]["key"], **done.result())
    reporter.say("end")


def _try(url: str, limits: Mapping[str, float], verify: ssl.SSLContext | bool) -> Record:  # noqa: FBT001 - as httpx
    started = time.perf_counter()
    try:
        facts = get_document(url, limits, verify=verify, raw=True)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        facts = {"error": describe(error)}
    return {**facts, "elapsed": time.perf_counter() - started}


def get_document(
    url: str,
    limits: Mapping[str, float],
    *,
    verify: ssl.SSLContext | bool = True,
    demand: bool = False,
    raw: bool = False,
) -> Record:
    """Get the document at *url*, and ask for no stored copy.

    Args:
        url: ``http://`` or ``https://``.
        limits: ``step`` and ``document``, seconds for one step over the network and for all; ``bytes`` that
            are read of the document, the rest is not.
        verify: a context to verify by, or ``True`` for what the environment says.
        demand: raise where the status is no success.
        raw: see :func:`describe_answer`.

    Returns:
        ``answer``, see :func:`describe_answer`; ``digest`` and ``length`` of what was read, ``whole`` if that
        is all; ``slowest``, the seconds of the longest wait; ``peer``; ``issuer`` of the certificate, if any.

    Raises:
        TimeoutError: the whole document takes longer than it may.
        Exception: whatever httpx raises.
    """
    started = time.perf_counter()
    with (
        httpx.Client(verify=verify, timeout=limits["step"]) as client,
        client.stream("GET", url, headers=_FRESH) as response,
    ):
        slowest = time.perf_counter() - started
        stream = response.extensions["network_stream"]
        peer = stream.get_extra_info("server_addr")[:2]
        secure = stream.get_extra_info("ssl_object")
        certificate = secure.getpeercert() if secure else None
        if demand:
            response.raise_for_status()
        body, whole, waited = _read(response, started, limits)
        return {
            "answer": describe_answer(response, bytes(body), raw=raw),
            "digest": hashlib.sha256(body).hexdigest(),
            "length": len(body),
            "whole": whole,
            "slowest": max(slowest, waited),
            "peer": peer,
            "issuer": certificate.get("issuer", ()) if certificate else None,
        }


def _read(response: Any, start: float, limits: Mapping[str, float]) -> tuple[bytearray, bool, float]:  # noqa: ANN401
    """The content, or its beginning; whether that is all; the longest wait."""
    deadline, limit = start + limits["document"], int(limits["bytes"])
    coding = response.headers.get("content-encoding", "").strip().lower()
    unpack = zlib.decompressobj(_GZIP) if coding in {"gzip", "x-gzip"} else None
    body, slowest, last = bytearray(), 0.0, time.perf_counter()
    for chunk in response.iter_raw():
        now = time.perf_counter()
        slowest, last = max(slowest, now - last), now
        try:
            body += unpack.decompress(chunk, limit + 1 - len(body)) if unpack else chunk
        except zlib.error as error:
            raise httpx.DecodingError(f"the content is not gzip, as its header says: {error}") from error
        if len(body) > limit:
            return body[:limit], False, slowest
        if now > deadline:
            raise TimeoutError(f"only {len(body)} bytes came in {now - start:.0f} s, and no end of them")
    return body, True, slowest


def _trusting(cafile: str) -> ssl.SSLContext:
    """A context that trusts only this file; truststore would add the operating system's roots."""
    truststore = sys.modules.get("truststore")
    if truststore is None or not issubclass(ssl.SSLContext, truststore.SSLContext):
        return ssl.create_default_context(cafile=cafile)
    truststore.extract_from_ssl()
    try:
        return ssl.create_default_context(cafile=cafile)
    finally:
        truststore.inject_into_ssl()
