"""Downloads a small file, through a proxy if there is one, and verifies the server."""

from __future__ import annotations

import queue
import ssl
import threading
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError
from proxyenv.model.url import describe_refusal, show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from httpx import Response

    from proxyenv.model.proxy_url import ProxyURL

LIMIT: Final = 4 * 1024 * 1024
"""The largest download, in bytes. A file of CAs has a few kilobytes."""

_SECONDS: Final = 15.0
SECONDS: Final = 60.0
"""For a whole download: a server that sends an octet every ten seconds is never late for one of them."""

_HOPS: Final = 5


class Document(NamedTuple):
    """What a server sent.

    Args:
        content: every byte.
        charset: what the server says that it is written in; ``None`` where it says nothing.
        server: the address that answered; ``None`` where that is not known.
    """

    content: bytes
    charset: str | None = None
    server: str | None = None


def download(
    url: str,
    *,
    proxy: ProxyURL | None,
    roots: Iterable[Path],
    anchors: Iterable[bytes] = (),
    seconds: float = SECONDS,
) -> bytes:
    """The contents of a URL; see :func:`fetch_document`.

    Raises:
        DiscoveryError: ``ca-unreachable``.
    """
    return fetch_document(url, proxy=proxy, roots=roots, anchors=anchors, seconds=seconds).content


def fetch_document(  # noqa: PLR0913 - what a download may differ by
    url: str,
    *,
    proxy: ProxyURL | None,
    roots: Iterable[Path],
    anchors: Iterable[bytes] = (),
    seconds: float = SECONDS,
    limit: int = LIMIT,
) -> Document:
    """The contents of a URL, and who sent them.

    Args:
        url: ``http://`` or ``https://``.
        proxy: to go through; ``None`` goes direct.
        roots: files of CAs that are already trusted, besides the public roots and those of the system.
        anchors: CAs (DER) that are trusted for this download alone.
        seconds: how long it may take, resolving names and all redirects included.
        limit: the most, in bytes.

    Raises:
        DiscoveryError: ``ca-unreachable``: no connection, a certificate that is not trusted, a status other
            than 200, a redirect from ``https://`` to ``http://``, more than *limit* bytes, or more than
            *seconds*.
    """
    answers: queue.SimpleQueue[Document | Exception] = queue.SimpleQueue()

    def fetch() -> None:
        try:
            answers.put(_fetch(url, proxy, _trusting(roots, b"".join(anchors)), limit))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            answers.put(error)

    # A daemon, since nothing can interrupt what waits for a network.
    threading.Thread(target=fetch, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise _unreachable(show_location(url), f"it takes longer than {seconds:.0f} seconds") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _fetch(url: str, proxy: ProxyURL | None, context: ssl.SSLContext, limit: int) -> Document:
    import httpx

    name = show_location(url)
    plain = {"Accept-Encoding": "identity"}  # what is packed may be a thousand times as large
    address, hide = (proxy.reveal(), proxy.mask) if proxy else (None, str)
    try:
        with httpx.Client(
            proxy=address, verify=context, trust_env=False, timeout=_SECONDS, headers=plain
        ) as client:
            for _ in range(_HOPS):
                with client.stream("GET", url) as response:
                    if response.next_request is None:
                        _require_success(response, name, hide)
                        return _read(response, name, limit)
                    following = str(response.next_request.url)
                    if url.startswith("https:") and not following.startswith("https:"):
                        raise _unreachable(name, "it redirects to a URL that is not `https://`")
                    url = following
    except httpx.HTTPError as error:
        raise _unreachable(name, hide(_reason(error))) from error
    except (httpx.InvalidURL, ValueError) as error:
        raise _unreachable(name, f"it is not a URL: {describe_refusal(error)}") from error
    raise _unreachable(name, "it redirects too often")


def _require_success(response: Response, name: str, hide: Callable[[str], str]) -> None:
    """Refuse every answer but 200; it may be a proxy's, and repeat the password that it was sent."""
    if response.status_code != 200:  # noqa: PLR2004 - OK
        said = hide(response.reason_phrase)
        raise _unreachable(name, f"the server answers {response.status_code} {said}")


def _read(response: Response, name: str, limit: int) -> Document:
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _unreachable(name, "the server sends it compressed, though it was asked not to")
    stream = response.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream else None
    data = bytearray()
    for chunk in response.iter_raw():
        data += chunk
        if len(data) > limit:
            raise _unreachable(name, f"it is larger than {limit // 1024**2} MiB")
    return Document(bytes(data), response.charset_encoding, str(address[0]) if address else None)


def _trusting(roots: Iterable[Path], anchors: bytes) -> ssl.SSLContext:
    import certifi

    context = ssl.create_default_context(cafile=certifi.where())
    context.load_default_certs()
    for path in roots:
        if path.is_file():
            context.load_verify_locations(path)
    if anchors:
        context.load_verify_locations(cadata=anchors)
    return context


def _reason(error: Exception) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not trusted here: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__


def _unreachable(name: str, reason: str) -> DiscoveryError:
    hint = "download it on another machine, and name the file with `--ca`"
    if "not trusted" in reason:
        hint = "ask IT for its SHA-256, and download it from an `http://` URL with `--ca-fingerprint SHA256`"
    return DiscoveryError("ca-unreachable", f"`{name}` cannot be downloaded: {reason}", hint=hint)
