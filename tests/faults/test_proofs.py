"""What a document proves behind real proxies: where a site is denied, a copy is stored, http alone works."""

from __future__ import annotations

import ssl
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from support.behind_squid import behind, set_up_squid, squid
from support.company import API, PAGES
from support.faults import ELSEWHERE, Faults, hold
from support.machine import in_ci
from support.origins import OriginServer, server_context
from support.squid import start_squid

if TYPE_CHECKING:
    from support.faults import Fault
    from support.person import Person

ONE_GOOD: Final = "One good document is enough"
FRESH: Final = "No freshness"

FAULTS = Faults()

PUBLIC: Final = "httpbin.org"
HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
DENIED: Final = [
    403,
    {**HTML, "Proxy-Status": "gate; error=http_request_denied"},
    "<h1>Denied by policy</h1>",
]


def set_up(person: Person, *urls: str, **moods: Any) -> None:
    """For these documents, behind a mitmproxy in a mood."""
    proxy = person.mood(**moods)
    person.set_up(proxy=proxy, ca=person.words["moody_ca"], urls=urls or PAGES)


# https decides


@FAULTS.row(ONE_GOOD, "proxy-denied", says=("index.demo.test",), **ELSEWHERE)
def one_of_two_https_documents_is_denied(person: Person) -> None:
    set_up(person, PAGES[1], "https://index.demo.test/uuid", answers={"index.demo.test": DENIED})


@FAULTS.row(ONE_GOOD, "block-page", says=("http://origin.demo.test",), **ELSEWHERE)
def the_http_document_that_was_named_is_a_block_page_and_https_is_fine(person: Person) -> None:
    set_up(person, answers={"origin.demo.test:80": [200, HTML, "<h1>Denied by policy</h1>"]})


@FAULTS.row(ONE_GOOD, "timeout", says=("origin.demo.test:443",), **ELSEWHERE)
def https_hangs_and_http_is_fine(person: Person) -> None:
    set_up(person, delay={"origin.demo.test:443": 30})


@FAULTS.row(ONE_GOOD, "proxy-denied", says=("CONNECT",), untyped={"--url": "every page over https is denied"})
def squid_lets_http_through_and_opens_no_tunnel(person: Person) -> None:
    found = squid(person, "closed", tunnels=(1,), ca=None)
    plain = behind(person).plain.port
    set_up_squid(person, found.authority, f"http://origin.corp.test:{plain}/uuid", person.words["page"])


@FAULTS.row(
    ONE_GOOD,
    "proxy-denied",
    says=("squid says `ERR_ACCESS_DENIED`",),
    untyped={"--url": "every page over https is denied"},
)
def squid_denies_all_public_documents_over_https_and_the_api_is_plain(person: Person) -> None:
    found = squid(person, "decrypting")
    person.set_up(proxy=found.authority, ca=person.words["squid_ca"], api=behind(person).api, urls=())


# Copies


def ask_twice(url: str, proxy: str, ca: str) -> tuple[Any, Any]:
    trusted = ssl.create_default_context(cafile=ca)
    with httpx.Client(proxy=f"http://{proxy}", verify=trusted) as client:
        return client.get(url).json(), client.get(url).json()


@FAULTS.row(FRESH, "proxy-gateway", says=("squid says `ERR_CONNECT_FAIL`",))
def squid_answers_https_from_its_memory_and_the_origin_is_down(person: Person) -> None:
    with OriginServer(server_context(behind(person).public, "*.corp.test")) as origin:
        fill_the_memory(person, origin, "https")


@FAULTS.row(FRESH, "stale-answer", says=("503",), types="--url", fills={"--url": "--url {elsewhere}"})
def squid_answers_http_from_its_memory_and_the_origin_is_down(person: Person) -> None:
    with OriginServer() as origin:
        fill_the_memory(person, origin, "http")


def fill_the_memory(person: Person, origin: OriginServer, scheme: str) -> None:
    """Set up for a document of that origin, which a squid of its own has stored."""
    other = behind(person).origin.port
    rules = replace(behind(person).rules(caches=True), tunnels=(origin.port, other, behind(person).api_port))
    found = person.open(start_squid(rules))
    ca = str(person.write("squid.pem", behind(person).pem))
    page = f"{scheme}://origin.corp.test:{origin.port}/uuid"
    first, second = ask_twice(page, found.authority, ca)
    assert first == second
    person.words |= {"page": page, "squid_ca": ca, "elsewhere": f"https://origin.corp.test:{other}/uuid"}
    set_up_squid(person, found.authority, uses_api=True)


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_no_document_stands_for_another(fault: Fault, person: Person) -> None:
    hold(fault, person)


# What is no fault


def find(answer: Any, check: str) -> tuple[str, str, str]:
    """The status, the cause and the detail of an outcome."""
    found = next(each for each in answer.outcomes if each["check"].startswith(check))
    return found["status"], found["cause"] or "", found["detail"]


def proves(answer: Any, check: str) -> bool:
    """Whether a document was fetched, however slowly."""
    return find(answer, check)[:2] in {("ok", ""), ("warning", "slow-answer")}


@in_ci
@pytest.mark.parametrize(
    "moods",
    [
        pytest.param({"answers": {PUBLIC: DENIED}}, id="in-the-tunnel"),
        pytest.param(
            {"answers": {PUBLIC: DENIED}, "connects": {f"{PUBLIC}:443": [403, {}]}}, id="at-connect"
        ),
    ],
)
def test_mitmproxy_denies_the_public_site_and_the_api_and_the_index_stand_for_it(
    person: Person, moods: dict[str, Any]
) -> None:
    person.exports["PIP_INDEX_URL"] = "https://index.demo.test/simple"
    person.set_up(proxy=person.mood(**moods), ca=person.words["moody_ca"], urls=())
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ()), answer.summary
    assert proves(answer, f"fetch [{API}/health")
    assert proves(answer, "fetch [https://index.demo.test/simple/pip/")
    assert find(answer, f"fetch [http://{PUBLIC}")[:2] == ("warning", "proxy-denied")


@in_ci
def test_squid_denies_the_public_site_and_api_and_index_stand_for_it(person: Person) -> None:
    found, secure = squid(person, "decrypting"), behind(person).origin.port
    person.exports["PIP_INDEX_URL"] = f"https://origin.corp.test:{secure}/simple"
    person.set_up(proxy=found.authority, ca=person.words["squid_ca"], api=behind(person).api, urls=())
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ()), answer.summary
    assert proves(answer, f"fetch [{behind(person).api}/health")
    assert proves(answer, f"fetch [https://origin.corp.test:{secure}/simple/pip/")
    status, cause, detail = find(answer, f"fetch [http://{PUBLIC}")
    assert (status, cause) == ("warning", "proxy-denied")
    assert "ERR_ACCESS_DENIED" in detail


@in_ci
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_squid_answers_from_its_memory_and_the_proof_says_how_it_knows(person: Person, scheme: str) -> None:
    context = server_context(behind(person).public, "*.corp.test") if scheme == "https" else None
    origin = person.open(OriginServer(context))
    fill_the_memory(person, origin, scheme)
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ()), answer.summary
    assert "two requests get two answers" in find(answer, f"fetch [{person.words['page']}")[2]
