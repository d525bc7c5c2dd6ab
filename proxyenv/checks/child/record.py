"""How the fresh interpreter reports: one JSON object per line, on a pipe of its own."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from proxyenv.checks.child.masking import hide_own
from proxyenv.checks.child.page import read_page

if TYPE_CHECKING:
    from collections.abc import Iterator

Record = dict[str, Any]

_LONGEST_BODY = 65536


class Reporter:
    """Reserves stdout for reports; what libraries and programs print goes to stderr instead."""

    def __init__(self) -> None:
        self._stream = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
        os.dup2(2, 1)

    def say(self, event: str, **facts: object) -> None:
        """Report *event* with *facts*, which JSON must be able to represent."""
        self._stream.write(json.dumps({"event": event, **facts}) + "\n")
        self._stream.flush()


def read_job() -> Record:
    """The job: the next line of stdin. After the last one, this process ends with the one that sent it."""
    job: Record = json.loads(sys.stdin.buffer.readline())
    is_last = not job.get("more")
    if is_last and sys.platform != "win32":  # where a pending read of a pipe holds up whoever inherits it
        threading.Thread(target=_end_with_sender, args=(os.dup(0),), daemon=True).start()
    return job


def read_jobs() -> Iterator[Record]:
    """Every job, until whoever sends them has ended; nothing ends this process then."""
    while line := sys.stdin.buffer.readline():
        yield json.loads(line)


if sys.platform != "win32":

    def _end_with_sender(stdin: int) -> None:
        """Wait for the end of stdin, which the sender holds open while it lives, and end the whole group.

        Prefect's temporary server is in that group, and would outlive a check that is killed.
        """
        while os.read(stdin, 4096):
            pass
        os.killpg(0, signal.SIGKILL)


def describe(error: BaseException) -> list[Record]:
    """An exception and everything that led to it, outermost first, as JSON values.

    Each has ``type`` and ``text``, and where the exception has them ``errno``, ``verify_code``,
    ``verify_message``, ``reason`` (of TLS) and ``answer``, see :func:`describe_answer`. What a server
    repeats of the secrets that it was sent is hidden.
    """
    return [_link(link) for link in _chain(error, set())]


def _chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if (
        error is None or id(error) in seen or isinstance(error, StopIteration)
    ):  # which json has for its own use
        return
    seen.add(id(error))
    yield error
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _chain(inner, seen)
    yield from _chain(error.__cause__ or error.__context__, seen)


def _link(error: BaseException) -> Record:
    link: Record = {
        "type": f"{type(error).__module__}.{type(error).__qualname__}",
        "text": hide_own(str(error)),
    }
    for name in ("errno", "verify_code", "verify_message", "reason"):
        value = getattr(error, name, None)
        if isinstance(value, int | str):
            link[name] = value
    response: Any = getattr(error, "response", None)
    if isinstance(getattr(response, "status_code", None), int):
        link["answer"] = describe_answer(response)
    return link


def describe_answer(
    response: Any,  # noqa: ANN401 - of two libraries
    content: bytes | None = None,
    *,
    raw: bool = False,
) -> Record:
    """A response as JSON values.

    It has ``status``, ``reason``, ``headers``, the start of ``body``, where redirects ``moved`` to, and what
    the ``page`` is, see :func:`read_page`. The secrets of this process are hidden here, while they are whole:
    whoever shows an answer cuts it. What a page is does not depend on that.

    Args:
        response: that was read.
        content: its content, where it was read as a stream.
        raw: also the start of the content as it came, to be compared; it is never shown or stored.
    """
    headers: dict[str, str] = {}
    pairs = getattr(response.headers, "multi_items", None) or response.headers.raw_items
    for name, value in pairs():
        key = str(name).lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else str(value)
    body = content
    if body is None:
        try:
            body = getattr(response, "content", None) or getattr(response, "body", None)
        except Exception:  # noqa: BLE001 - a stream that was never read
            body = None
    text = bytes((body or b"")[:_LONGEST_BODY]).decode("utf-8", "replace")
    said = {
        "reason": getattr(response, "reason_phrase", "") or "",
        "headers": headers,
        "moved": str(response.url) if getattr(response, "history", None) else "",
        "body": text,
        "page": {"uuid": read_page(text).uuid},
    }
    hidden = hide_own(said)
    hidden["page"]["forms"] = read_page(text).forms
    return {"status": response.status_code, **hidden, **({"raw": text} if raw else {})}


class Connections:
    """Every address that this process connects to, by thread: evidence that no library can distort.

    The interpreter reports them with its audit event ``socket.connect``. On Windows asyncio bypasses that
    event, so the connections of asynchronous clients remain unseen there.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[int, str, int]] = []
        sys.addaudithook(self._hear)

    def mark(self) -> int:
        """The current position, for :meth:`since`."""
        return len(self._seen)

    def since(self, mark: int, *, thread: int | None = None) -> list[tuple[str, int]]:
        """The addresses since *mark*, each once; of one thread, or of all."""
        seen = [entry[1:] for entry in self._seen[mark:] if thread is None or entry[0] == thread]
        return list(dict.fromkeys(seen))

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            host, port = arguments[1][:2]
            self._seen.append((threading.get_ident(), str(host), int(port)))
