"""What a fetched document proves: that it is the server's, and that the server was reached just now.

A document may have any form, so a block page cannot be told by its form. It is told by what the same host
answers for a path that nobody could know, and what the same proxy answers for a name that cannot exist. The
same path shows that the server is reached now: no copy of it can be stored anywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.answer import (
    GATEWAY_ERRORS,
    PORTAL_HINT,
    Author,
    Circumstances,
    HTTPAnswer,
    Way,
    find_author,
    is_same_page,
    read_date,
    show_way,
)
from proxyenv.checks.child.page import read_page
from proxyenv.checks.failure import parse_facts
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.model.subject import show_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.checks.child.page import ReadPage

_STALE: Final = 60.0
_PATIENCE: Final = 5.0
"""Seconds: how long httpx waits unless it is told to."""
_OK: Final = range(200, 300)
_DOUBTFUL: Final = frozenset({403, 451, 500}) | GATEWAY_ERRORS
"""What a proxy answers as well as a server."""
OTHERWISE: Final = "name another document with `--url`"
_UNMISTAKABLE: Final = frozenset({"api", "index"})
"""Forms that no page of a proxy has; a `uuid` may be the number of an incident."""


class Evidence(NamedTuple):
    """A document, and what it is compared with.

    Args:
        url: of the document.
        answer: the document.
        digest: of its content.
        slowest: seconds of the longest wait for it.
        again: the same document, asked for with an unguessable query; ``None`` if that failed.
        again_digest: of its content.
        token: the unguessable part.
        way: how it came.
        elsewhere: what the same host answers for an unguessable path; ``None`` if that is unknown.
        nobody: what the same proxy answers for a name that cannot exist; ``None`` if that is unknown.
        repeats: whether the process that read the second answer saw the unguessable part in it.
    """

    url: str
    answer: HTTPAnswer
    digest: str
    slowest: float
    again: HTTPAnswer | None
    again_digest: str
    token: str
    way: Way
    elsewhere: HTTPAnswer | None
    nobody: HTTPAnswer | None
    repeats: bool = False

    @property
    def seen(self) -> Circumstances:
        """What is known beside the answer."""
        return Circumstances(self.way, self.nobody, self.url)


def read_evidence(  # noqa: PLR0913 - each fact by its name
    url: str,
    record: Mapping[str, Any],
    again: Mapping[str, Any],
    *,
    token: str,
    way: Way,
    elsewhere: HTTPAnswer | None,
    nobody: HTTPAnswer | None,
) -> Evidence:
    """The evidence in two records of the fresh interpreter, of which the first holds an answer."""
    second = parse_facts(again["answer"]) if "answer" in again else None
    return Evidence(
        url,
        parse_facts(record["answer"]),
        record["digest"],
        record["slowest"],
        second if second is not None and second.status in _OK else None,
        again.get("digest", ""),
        token,
        way,
        elsewhere,
        nobody,
        bool(again.get("repeats")),
    )


def judge_document(evidence: Evidence, *, form: str = "") -> Finding:
    """Whether a document with a status of success is the server's, and new.

    Args:
        evidence: the document, and what it is compared with.
        form: what it has to be: ``api``, ``index``, ``uuid`` or, where any form will do, empty.
    """
    foreign = None if evidence.way is Way.SEALED else _judge_origin(evidence, form)
    if foreign is not None:
        return foreign
    fault = _judge_form(evidence, form)
    if fault is not None:
        return fault
    proof = judge_freshness(evidence)
    if proof.status != "ok":
        return proof
    what = describe_content(evidence.answer)
    if evidence.slowest > _PATIENCE:
        return warning(
            "slow-answer",
            f"{what}, {proof.detail}; it took {evidence.slowest:.1f} s, and httpx waits {_PATIENCE:g} s",
            "give httpx more time in the flow, such as `httpx.get(url, timeout=30)`",
        )
    return Finding(f"{what}, {proof.detail}")


def _judge_origin(evidence: Evidence, form: str) -> Finding | None:
    """The finding for a page that is not the server's; ``None`` if nothing speaks against it."""
    answer, elsewhere = evidence.answer, evidence.elsewhere
    shown = show_url(evidence.url)
    author, why = find_author(answer, evidence.seen)
    if author is Author.PORTAL:
        return failed(
            "captive-portal", f"`{shown}` is answered by a portal{show_way(answer)}: {why}", PORTAL_HINT
        )
    if author is Author.PROXY:
        return failed("block-page", f"`{shown}` is answered by the proxy: {why}", _ask_for(evidence))
    unmistakable = form in _UNMISTAKABLE and has_form(form, answer)
    if unmistakable or elsewhere is None or elsewhere.status not in _OK:
        return None
    if is_same_page(answer.body, elsewhere.body, evidence.url):
        detail = (
            f"`{shown}` is answered with {describe_content(answer)}, and so is a path of that host "
            "that cannot exist"
        )
        return failed("block-page", detail, _ask_for(evidence))
    return None


def _ask_for(evidence: Evidence) -> str:
    return f"ask IT to allow `{show_url(evidence.url)}` at the proxy, or {OTHERWISE}"


def _judge_form(evidence: Evidence, form: str) -> Finding | None:
    if has_form(form, evidence.answer):
        return None
    what = describe_content(evidence.answer)
    if form == "api":
        hint = f"open it in a browser; does `{show_url(evidence.url).removesuffix('/health')}` lack `/api`?"
        return failed("api-not-prefect", f"{what}, which is no answer of Prefect", hint)
    if form == "uuid":
        hint = "open it in a browser: is it a block page or a log-in page of the proxy?"
        return warning("no-uuid", f"{what}, no `uuid` in it", hint)
    return None


def has_form(form: str, answer: HTTPAnswer) -> bool:
    """Whether *answer* is what it has to be; nothing is where no form is asked for."""
    return form in _find_page(answer).forms


def _find_page(answer: HTTPAnswer) -> ReadPage:
    return answer.page or read_page(answer.body)


def judge_freshness(evidence: Evidence) -> Finding:  # noqa: PLR0911 - one kind of proof after the other
    """Whether the document was made for this request, or at least by a server that is reached now."""
    answer, again = evidence.answer, evidence.again
    if evidence.way is Way.SEALED:
        return Finding("read by no proxy on the way, so none could store it")
    if again is not None and (evidence.repeats or evidence.token in again.body):
        return Finding("it repeats what only this request holds")
    repeated = again is not None and evidence.again_digest == evidence.digest
    if again is not None and not repeated:
        return Finding("two requests get two answers")
    live = _is_live(evidence)
    age = _find_age(again or answer, evidence.elsewhere)
    shown = show_url(evidence.url)
    if live is False and evidence.elsewhere is not None:
        detail = (
            f"`{shown}` is answered with a stored copy: for a path that nobody can have stored the proxy has "
            f"only `{evidence.elsewhere}`"
        )
        return failed("stale-answer", detail, f"is the server down? Or {OTHERWISE}")
    if repeated and has_form("uuid", answer) and (age or not live):
        old = f", {age} s old" if age else ""
        detail = f"`{shown}` is answered with a stored copy{old}: two requests got the same `uuid`"
        return failed("stale-answer", detail, "ask IT why the proxy answers from its cache unasked")
    if live:
        stored = f"a copy {age} s old, but " if age else ""
        return Finding(f"{stored}the server also answers a path that nobody can have stored")
    detail = f"`{shown}` may be a stored copy: two requests get the same answer, and nothing else was reached"
    return warning("stale-answer", detail, OTHERWISE)


def _is_live(evidence: Evidence) -> bool | None:
    """Whether the server answered for a path that cannot be stored; ``None`` if that is unknown."""
    elsewhere = evidence.elsewhere
    if elsewhere is None:
        return None
    author = find_author(elsewhere, evidence.seen).author
    if author in {Author.PROXY, Author.PORTAL}:
        return False
    doubtful = elsewhere.status in _DOUBTFUL or elsewhere.leads_to
    if author is Author.UNKNOWN and doubtful:
        return None
    return elsewhere.status not in GATEWAY_ERRORS


def _find_age(answer: HTTPAnswer, other: HTTPAnswer | None) -> int:
    """How old a copy is, in seconds, by its ``Age`` or by its ``Date`` beside that of another answer."""
    told = answer.headers.get("age", "").strip()
    if told.isascii() and told.isdigit():
        return int(told[:9])
    mine, theirs = read_date(answer.headers), read_date(other.headers) if other else None
    if mine is None or theirs is None:
        return 0
    older = (theirs - mine).total_seconds()
    return int(older) if older > _STALE else 0


def describe_content(answer: HTTPAnswer) -> str:
    """A few words about a document: its status, and its `uuid` or its kind."""
    uuid = _find_page(answer).uuid
    if uuid is not None:
        return f"{answer.status}, uuid {uuid}"
    return f"{answer.status}, {answer.headers.get('content-type') or 'no content type'}"
