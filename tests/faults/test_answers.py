"""Something answers: but is it the origin, is it fresh, and is it the document?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pytest

from support.faults import Faults, hold

if TYPE_CHECKING:
    from support.faults import Fault, Person

WHOSE: Final = "Whose answer is it?"

FAULTS = Faults()

HTTPS: Final = "origin.demo.test:443"


def set_up(person: Person, *options: str, api: str | None = None, **moods: Any) -> None:
    """Behind a proxy in a mood, by default without an API."""
    proxy = person.mood(**moods)
    person.set_up(*options, proxy=proxy, ca=person.words["moody_ca"], api=api)


def pages(*urls: str) -> tuple[str, ...]:
    return tuple(word for url in urls for word in ("--url", url))


# Whose answer


@FAULTS.row(WHOSE, "proxy-gateway", says=("down.demo.test",))
def the_proxy_cannot_reach_the_document_and_says_so_in_the_tunnel(person: Person) -> None:
    person.set_up(*pages("https://down.demo.test/uuid"), api=None)


@FAULTS.row(WHOSE, "proxy-gateway", says=("nowhere.demo.test",))
def the_proxy_does_not_know_the_name(person: Person) -> None:
    person.set_up(*pages("https://nowhere.demo.test/uuid"), api=None)


@FAULTS.row(WHOSE, "origin-status", says=("404",))
def the_origin_itself_has_no_such_page(person: Person) -> None:
    person.set_up(*pages("https://origin.demo.test/nothing.json"), api=None)


@FAULTS.row(WHOSE, "origin-status", says=("503",))
def the_origin_itself_is_overloaded(person: Person) -> None:
    """The proxy is known to pass everything else on, unknown names included."""
    headers = {"Server": "nginx", "Retry-After": "30"}
    set_up(person, answers={HTTPS: [503, headers, "overloaded"], "nowhere": [502, {"Server": "Gate/3"}, ""]})


@FAULTS.row(WHOSE, "origin-status", says=("https://sso.demo.test",))
def the_document_redirects_to_a_login_that_the_proxy_cannot_reach(person: Person) -> None:
    set_up(person, answers={HTTPS: [302, {"Location": "https://sso.demo.test/login"}, ""]})


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_it_is_told_whose_answer_it_is(fault: Fault, person: Person) -> None:
    hold(fault, person)


# What is no fault: a company whose answers look odd, and where all is well
