"""Something answers: but is it the origin, is it fresh, and is it the document?"""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.company import API, PAGES
from support.faults import ELSEWHERE, Faults, hold
from support.machine import in_ci

if TYPE_CHECKING:
    from support.faults import Fault
    from support.person import Person

WHOSE: Final = "Whose answer is it?"
PORTAL: Final = "No notion of a portal"
FORM: Final = "Judged by name, not by form"
ONE_GOOD: Final = "One good document is enough"
FRESH: Final = "No freshness"
COMPARED: Final = "Read, never compared"

FAULTS = Faults()

HTML: Final = {"Content-Type": "text/html; charset=utf-8"}
JSON: Final = {"Content-Type": "application/json"}
BLOCKED: Final = (
    "<!DOCTYPE html><html><head><title>Web page blocked</title></head><body><h1>Access denied</h1>"
    "<p>The page was blocked by the company's policy.</p>"
    "<p>Incident 8f14e45f-ceea-467f-a0f6-7a1b2c3d4e5f</p></body></html>"
)
HTTPS: Final = "origin.demo.test:443"


def set_up(person: Person, *options: str, api: str = "", **moods: Any) -> None:
    """Behind a proxy in a mood, by default with the API on loopback."""
    proxy = person.mood(**moods)
    person.set_up(*options, proxy=proxy, ca=person.words["moody_ca"], api=api or person.local_api)


def pages(*urls: str) -> tuple[str, ...]:
    return tuple(word for url in urls for word in ("--url", url))


# Whose answer


@FAULTS.row(WHOSE, "proxy-gateway", says=("down.demo.test",))
def the_proxy_cannot_reach_the_document_and_says_so_in_the_tunnel(person: Person) -> None:
    person.set_up(*pages("https://down.demo.test/uuid"), api=person.local_api)


@FAULTS.row(WHOSE, "proxy-gateway", says=("down.demo.test",))
def the_proxy_cannot_reach_the_plain_document(person: Person) -> None:
    person.set_up(*pages("http://down.demo.test/uuid", PAGES[1]), api=person.local_api)


@FAULTS.row(WHOSE, "proxy-gateway", says=("nowhere.demo.test",))
def the_proxy_does_not_know_the_name(person: Person) -> None:
    person.set_up(*pages("https://nowhere.demo.test/uuid"), api=person.local_api)


@FAULTS.row(WHOSE, "proxy-gateway", says=("down.demo.test",))
def the_proxy_cannot_reach_the_api(person: Person) -> None:
    person.set_up(api="http://down.demo.test:4200/api")


@FAULTS.row(
    WHOSE,
    "proxy-denied",
    says=("other.demo.test",),
    types="--url",
    fills={"--url": "--url https://origin.demo.test/uuid"},
)
def the_proxy_denies_in_the_tunnel_and_marks_it_by_proxy_status(person: Person) -> None:
    headers = {**HTML, "Proxy-Status": "gate; error=http_request_denied"}
    set_up(
        person,
        *pages("https://other.demo.test/uuid"),
        api=API,
        answers={"other.demo.test": [403, headers, BLOCKED]},
    )


@FAULTS.row(WHOSE, "proxy-denied", untyped={"--url": "every document is denied"})
def the_proxy_denies_everything_in_the_tunnel_without_a_mark(person: Person) -> None:
    set_up(person, answers={"*": [403, HTML, BLOCKED]})


@FAULTS.row(WHOSE, "proxy-denied", says=("prefect.demo.test",))
def the_proxy_denies_the_api(person: Person) -> None:
    headers = {
        **HTML,
        "Via": "1.1 gate.corp.test (Gate/3)",
        "Proxy-Status": "gate; error=http_request_denied",
    }
    set_up(person, api=API, answers={"prefect.demo.test": [403, headers, BLOCKED]})


@FAULTS.row(WHOSE, "proxy-gateway")
def the_proxy_answers_everything_with_502_in_the_tunnel(person: Person) -> None:
    set_up(person, api=API, answers={"*": [502, {**HTML, "Server": "Gate/3"}, "<h1>Bad gateway</h1>"]})


@FAULTS.row(WHOSE, "origin-status", says=("404",))
def the_origin_itself_has_no_such_page(person: Person) -> None:
    person.set_up(*pages("https://origin.demo.test/nothing.json"), api=person.local_api)


@FAULTS.row(WHOSE, "origin-status", says=("503",))
def the_origin_itself_is_overloaded(person: Person) -> None:
    """The proxy is known to pass everything else on, unknown names included."""
    headers = {"Server": "nginx", "Retry-After": "30"}
    set_up(person, answers={HTTPS: [503, headers, "overloaded"], "nowhere": [502, {"Server": "Gate/3"}, ""]})


@FAULTS.row(WHOSE, "api-status", says=("500",))
def the_api_itself_fails(person: Person) -> None:
    answer = [500, {**JSON, "Server": "uvicorn"}, '{"exception_message": "Internal Server Error"}']
    set_up(person, api=API, answers={"prefect.demo.test:4200/api/health": answer})


@FAULTS.row(WHOSE, "origin-status", says=("https://sso.demo.test",), **ELSEWHERE)
def the_document_redirects_to_a_login_that_the_proxy_cannot_reach(person: Person) -> None:
    set_up(person, api=API, answers={HTTPS: [302, {"Location": "https://sso.demo.test/login"}, ""]})


@FAULTS.row(WHOSE, "proxy-gateway", says=("http://new.demo.test",))
def the_api_moved_elsewhere(person: Person) -> None:
    moved = [301, {"Location": "http://new.demo.test:4200/api/health"}, ""]
    set_up(person, api=API, answers={"prefect.demo.test": moved})


@FAULTS.row(WHOSE, "captive-portal", says=("511",))
def the_proxy_wants_a_login_on_the_network(person: Person) -> None:
    set_up(person, answers={"*": [511, HTML, "<h1>Log in to the network</h1>"]})


# A portal


@FAULTS.row(
    PORTAL,
    "captive-portal",
    says=("log in", "never trust the CA"),
    untyped={"--url": "every document is the portal's"},
)
def a_portal_sends_everything_to_its_login(person: Person) -> None:
    set_up(
        person,
        api=API,
        answers={
            "portal.demo.test": [200, HTML, "<title>Log in</title><form action=/login></form>"],
            "*": [302, {"Location": "http://portal.demo.test/login"}, ""],
        },
    )


@FAULTS.row(PORTAL, "captive-portal", says=("log in", "never trust the CA"))
def a_portal_with_a_ca_of_its_own(person: Person) -> None:
    """The next step is to log in, and not to trust whoever runs the portal."""
    login = [200, HTML, "<title>Log in</title>"]
    away = [302, {"Location": "http://portal.demo.test/login"}, ""]
    person.set_up(proxy=person.mood(answers={"portal.demo.test": login, "*": away}), api=person.local_api)


@FAULTS.row(PORTAL, "captive-portal", untyped={"--url": "every document is the portal's"})
def a_portal_shows_its_login_in_place_of_every_page(person: Person) -> None:
    set_up(person, answers={"*": [200, HTML, "<title>Guest network</title><form action=/login></form>"]})


@FAULTS.row(PORTAL, "captive-portal", says=("log in", "portal.demo.test"))
def a_portal_answers_the_wish_for_a_tunnel(person: Person) -> None:
    """Before anything is encrypted."""
    away = [302, {"Location": "http://portal.demo.test/login"}]
    set_up(
        person,
        connects={HTTPS: away},
        answers={"portal.demo.test": [200, HTML, "<title>Log in</title>"], "*": [*away, ""]},
    )


# Form, not name


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_a_block_page(person: Person) -> None:
    set_up(person, api=API, answers={"origin.demo.test": [200, HTML, BLOCKED]})


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_a_block_page_in_json_with_a_uuid(person: Person) -> None:
    body = '{"blocked": true, "reason": "policy", "uuid": "8f14e45f-ceea-467f-a0f6-7a1b2c3d4e5f"}'
    set_up(person, api=API, answers={"origin.demo.test": [200, JSON, body]})


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_a_block_page_that_calls_itself_json(person: Person) -> None:
    set_up(person, api=API, answers={"origin.demo.test": [200, JSON, BLOCKED]})


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_a_block_page_that_repeats_what_was_asked(person: Person) -> None:
    """Whatever is unguessable in the request is in this page, too."""
    body = f"{BLOCKED}<p>Address: {{url}}</p>"
    set_up(person, api=API, answers={"origin.demo.test": [200, HTML, body]})


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_json_that_repeats_what_was_asked(person: Person) -> None:
    body = '{"action": "deny", "category": "unknown", "address": "{url}"}'
    set_up(person, api=API, answers={"origin.demo.test": [200, JSON, body]})


@FAULTS.row(FORM, "block-page", **ELSEWHERE)
def every_document_is_empty(person: Person) -> None:
    set_up(person, api=API, answers={"origin.demo.test": [200, JSON, ""]})


# One good document


@FAULTS.row(ONE_GOOD, "block-page", says=("https",), **ELSEWHERE)
def all_https_documents_are_block_pages_and_http_is_fine(person: Person) -> None:
    set_up(person, api=API, answers={HTTPS: [200, HTML, BLOCKED]})


@FAULTS.row(ONE_GOOD, "proxy-denied", says=(HTTPS,), **ELSEWHERE)
def the_proxy_denies_every_tunnel_and_http_is_fine(person: Person) -> None:
    set_up(person, api=API, connects={HTTPS: [403, {}]})


# Freshness


OLD: Final = '{"uuid": "8f14e45f-ceea-467f-a0f6-7a1b2c3d4e5f"}'
DOWN: Final = [502, {"Server": "Gate/3"}, ""]


def set_up_with_a_full_cache(person: Person, **headers: str) -> None:
    """Behind a proxy that has the documents, in front of an origin that is down."""
    stored = [200, {**JSON, **headers}, OLD]
    set_up(person, api=API, answers={"origin.demo.test/uuid": stored, "origin.demo.test": DOWN})


@FAULTS.row(FRESH, "stale-answer", says=("origin.demo.test",), **ELSEWHERE)
def the_proxy_repeats_an_old_answer(person: Person) -> None:
    set_up_with_a_full_cache(person)


@FAULTS.row(FRESH, "stale-answer", says=("origin.demo.test",), **ELSEWHERE)
def the_proxy_repeats_an_old_answer_and_says_its_age(person: Person) -> None:
    set_up_with_a_full_cache(person, **{"Age": "86400", "Cache-Control": "public, max-age=31536000"})


@FAULTS.row(FRESH, "stale-answer", says=("origin.demo.test",), **ELSEWHERE)
def the_proxy_repeats_an_old_answer_with_the_date_of_now(person: Person) -> None:
    set_up_with_a_full_cache(person, Date=formatdate(usegmt=True), Age="0")


# Versions


@FAULTS.row(COMPARED, "server-version", says=("2.20.9",))
def the_server_is_of_an_older_generation(person: Person) -> None:
    set_up(person, api=API, rewrites={"prefect.demo.test:4200/api/admin/version": [{}, '"2.20.9"']})


@FAULTS.row(COMPARED, "server-version", says=("4.0.0",))
def the_server_is_of_a_newer_generation(person: Person) -> None:
    set_up(person, api=API, rewrites={"prefect.demo.test:4200/api/admin/version": [{}, '"4.0.0"']})


@FAULTS.row(COMPARED, "", warns="server-version", status=0, says=("3.0.0",))
def the_server_is_older_than_the_client(person: Person) -> None:
    set_up(person, api=API, rewrites={"prefect.demo.test:4200/api/admin/version": [{}, '"3.0.0"']})


@FAULTS.row(COMPARED, "api-not-prefect", says=("version",))
def the_server_says_something_else_than_its_version(person: Person) -> None:
    set_up(person, api=API, rewrites={"prefect.demo.test:4200/api/admin/version": [{}, '{"detail": "no"}']})


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_it_is_told_whose_answer_it_is(fault: Fault, person: Person) -> None:
    hold(fault, person)


# What is no fault: a company whose answers look odd, and where all is well


@in_ci
def test_a_company_that_denies_the_public_site_gets_a_yes_by_its_own_documents(person: Person) -> None:
    answers = {"other.demo.test": [403, {**HTML, "Via": "1.1 gate.corp.test"}, BLOCKED]}
    set_up(person, api=API, answers=answers)
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ())


@in_ci
def test_a_document_that_is_no_json_is_a_document(person: Person) -> None:
    set_up(person, *pages("https://origin.demo.test/"), api=API)
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ())
