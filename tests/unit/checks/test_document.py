from __future__ import annotations

from typing import Any

import pytest

from proxyenv.checks.answer import HTTPAnswer, Way
from proxyenv.checks.document import Evidence, has_form, judge_document

URL = "https://origin.test/uuid"
JSON = {"content-type": "application/json"}
FIRST = HTTPAnswer(200, "OK", JSON, '{"uuid": "11111111"}')
SECOND = HTTPAnswer(200, "OK", JSON, '{"uuid": "22222222"}')
MISSING = HTTPAnswer(404, "Not Found", {"server": "nginx"}, "no such document")
NOBODY = HTTPAnswer(502, "Bad Gateway", {}, "this name is unknown to the proxy")
PAGE = HTTPAnswer(200, "OK", {"content-type": "text/html"}, "<h1>A page like any other</h1>")


def evidence(**changes: Any) -> Evidence:
    """A document that changes with each request, behind a proxy that reads the connection."""
    good = Evidence(URL, FIRST, "1", 0.1, SECOND, "2", "token77", Way.READ, MISSING, NOBODY)
    return good._replace(**changes)


SAME = {"again": FIRST, "again_digest": "1"}
STATIC = {"answer": PAGE, "again": PAGE, "again_digest": "1"}


@pytest.mark.parametrize(
    ("changes", "form", "detail"),
    [
        pytest.param(
            {}, "", "200, uuid 11111111, two requests get two answers", id="a-document-that-changes"
        ),
        pytest.param({}, "uuid", "200, uuid 11111111, two requests get two answers", id="as-it-has-to-be"),
        pytest.param(
            STATIC,
            "",
            "200, text/html, the server also answers a path that nobody can have stored",
            id="a-page-that-does-not",
        ),
        pytest.param(
            {**STATIC, "again": PAGE._replace(headers={"content-type": "text/html", "age": "812"})},
            "",
            "200, text/html, a copy 812 s old, but the server also answers a path that nobody can have "
            "stored",
            id="a-copy-of-the-servers-own-cache",
        ),
        pytest.param(
            {"again": PAGE._replace(body="you asked for ?proxyenv=token77"), "again_digest": "1"},
            "",
            "200, uuid 11111111, it repeats what only this request holds",
            id="an-echo",
        ),
        pytest.param(
            {"again": None},
            "",
            "200, uuid 11111111, the server also answers a path that nobody can have stored",
            id="a-server-that-takes-no-query",
        ),
        pytest.param(
            {**SAME, "way": Way.SEALED, "elsewhere": None},
            "",
            "200, uuid 11111111, read by no proxy on the way, so none could store it",
            id="a-tunnel-that-nobody-reads",
        ),
        pytest.param(
            {**STATIC, "way": Way.SEALED, "elsewhere": PAGE},
            "",
            "200, text/html, read by no proxy on the way, so none could store it",
            id="one-page-for-every-path-that-nobody-reads",
        ),
    ],
)
def test_a_document_that_is_new(changes: dict[str, Any], form: str, detail: str) -> None:
    finding = judge_document(evidence(**changes), form=form)
    assert (finding.status, finding.cause, finding.detail) == ("ok", None, detail)


@pytest.mark.parametrize(
    ("changes", "form", "status", "cause"),
    [
        pytest.param(
            {"elsewhere": HTTPAnswer(200, "OK", JSON, '{"uuid": "33333333"}')},
            "uuid",
            "failed",
            "block-page",
            id="json-with-the-number-of-an-incident",
        ),
        pytest.param({**STATIC, "elsewhere": PAGE}, "", "failed", "block-page", id="one-page-for-every-path"),
        pytest.param(
            {**STATIC, "nobody": PAGE}, "", "failed", "captive-portal", id="one-page-for-every-name"
        ),
        pytest.param(
            {**SAME, "elsewhere": HTTPAnswer(504, "Gateway Timeout", {}, "the host does not answer")},
            "",
            "failed",
            "stale-answer",
            id="the-server-is-down",
        ),
        pytest.param(
            {**STATIC, "elsewhere": HTTPAnswer(502, "", {}, "the host is unknown to the proxy")},
            "",
            "failed",
            "stale-answer",
            id="the-proxy-itself-answers-another-path",
        ),
        pytest.param(
            {**SAME, "again": FIRST._replace(headers={"age": "3"})},
            "",
            "failed",
            "stale-answer",
            id="one-uuid-for-two-requests-with-an-age",
        ),
        pytest.param(
            {
                **SAME,
                "again": FIRST._replace(headers={"date": "Sat, 28 Nov 2026 12:00:00 GMT"}),
                "elsewhere": MISSING._replace(headers={"date": "Sat, 28 Nov 2026 12:05:00 GMT"}),
            },
            "",
            "failed",
            "stale-answer",
            id="one-uuid-for-two-requests-with-an-old-date",
        ),
        pytest.param({**SAME, "elsewhere": None}, "", "failed", "stale-answer", id="one-uuid-and-no-control"),
        pytest.param(
            {**STATIC, "elsewhere": None}, "", "warning", "stale-answer", id="nothing-to-compare-with"
        ),
        pytest.param({"slowest": 6.2}, "", "warning", "slow-answer", id="slower-than-httpx-waits"),
        pytest.param(STATIC, "uuid", "warning", "no-uuid", id="another-page-at-the-usual-place"),
        pytest.param(STATIC, "api", "failed", "api-not-prefect", id="a-page-at-the-address-of-the-api"),
    ],
)
def test_a_document_that_proves_nothing(changes: dict[str, Any], form: str, status: str, cause: str) -> None:
    finding = judge_document(evidence(**changes), form=form)
    assert (finding.status, finding.cause) == (status, cause)
    assert finding.hint


@pytest.mark.parametrize(
    ("form", "body"),
    [
        pytest.param("api", "true\n", id="health-of-an-api"),
        pytest.param(
            "index", '<a href="../p/pip-26.3-py3-none-any.whl">pip-26.3-py3-none-any.whl</a>', id="pep-503"
        ),
        pytest.param("index", '{"meta": {"api-version": "1.4"}, "files": []}', id="pep-691"),
        pytest.param("index", '<meta name="pypi:repository-version" content="1.0">', id="pep-629"),
        pytest.param("uuid", '{"uuid": 7}', id="uuid"),
    ],
)
def test_what_it_has_to_be(form: str, body: str) -> None:
    assert has_form(form, HTTPAnswer(200, body=body))


@pytest.mark.parametrize(
    ("form", "body"),
    [
        pytest.param("api", '{"status": "true"}', id="another-health"),
        pytest.param("index", '<a href="/login">Log in to download pip</a>', id="a-page-with-a-link"),
        pytest.param("uuid", "[" * 100_000, id="no-end-of-brackets"),
    ],
)
def test_what_it_is_not(form: str, body: str) -> None:
    assert not has_form(form, HTTPAnswer(200, body=body))
