"""A set-up that works is not given up for one that does not, and there is a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.demo.stage import find_differences, take_snapshot
from support.certificates import make_ca
from support.company import PAGES
from support.faults import Faults, hold

if TYPE_CHECKING:
    from support.faults import Fault
    from support.person import Person

KIND: Final = "Nothing is tried before"
HARM: Final = "Hints that harm"

FAULTS = Faults()
DEAD: Final = "localhost:1"


def roll_back(person: Person) -> None:
    assert person.type("proxyenv rollback").status == 0


def still_works(person: Person) -> None:
    """Nothing is to be done."""


@FAULTS.row(
    KIND,
    "proxy-refused",
    verb=("setup", "--yes", "--proxy", DEAD),
    unchanged=True,
    does=still_works,
    settled=("status",),
)
def a_script_sets_up_a_dead_proxy_over_one_that_works(person: Person) -> None:
    person.set_up()


@FAULTS.row(
    KIND,
    "proxy-name-unknown",
    verb=("setup", "--yes", "--proxy", "proxy.invalid:3128"),
    unchanged=True,
    does=still_works,
    settled=("status",),
)
def a_script_sets_up_a_misspelt_proxy_over_one_that_works(person: Person) -> None:
    person.set_up()


@FAULTS.row(
    KIND,
    "proxy-credentials-wanted",
    verb=("setup", "--yes", "--proxy", "{locked}"),
    unchanged=True,
    types="--proxy http://USER@{locked}",
    fills={"USER": "ada"},
    password="s3cret",
    settled=("status",),
)
def a_script_sets_up_a_proxy_that_wants_a_password_over_one_that_works(person: Person) -> None:
    proxy = person.issue({}, credentials=("ada", "s3cret"))
    assert proxy.ca is not None
    person.words["locked"] = proxy.authority
    both = person.write("both.pem", person.company.proxy.ca.read_bytes() + proxy.ca.cert_pem.bytes())
    person.set_up(ca=both)


@FAULTS.row(
    KIND,
    "ca-missing",
    verb=("setup", "--yes", "--replace-ca", "--ca", "{file}"),
    unchanged=True,
    looks=("proxyenv trust fetch origin.demo.test",),
    types="--ca FILE",
    fills={"FILE": "{ca}"},
    settled=("status",),
)
def a_script_replaces_the_ca_by_one_that_is_not_the_proxy_s(person: Person) -> None:
    person.set_up()
    person.write("root.pem", make_ca("Some Other Root").pem)


@FAULTS.row(
    KIND, "proxy-refused", verb=("setup", "--yes", "--proxy", DEAD, "--ca", "{ca}", "--url", PAGES[1])
)
def the_first_set_up_is_for_a_dead_proxy(person: Person) -> None:
    """Nothing works today, so it is written all the same; the next step is another proxy."""
    person.profiles.unlink()


@FAULTS.row(KIND, "proxy-refused", does=roll_back)
def a_dead_proxy_was_written_untried_over_one_that_works(person: Person) -> None:
    person.set_up()
    assert person.ask("setup", "--yes", "--no-check", "--proxy", DEAD).status == 0


@FAULTS.refusal(
    HARM,
    "password-masked",
    "--proxy",
    "http://jdoe:****@{proxy}",
    status=2,
    says=("password",),
)
def a_masked_password_is_pasted(person: Person) -> None:
    person.set_up(proxy=f"http://jdoe:good@{person.proxy}")


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_what_works_stays(fault: Fault, person: Person) -> None:
    hold(fault, person)


def test_ca_adds_and_takes_none_away(person: Person) -> None:
    """`--ca FILE`, typed as a hint prints it, leaves the corporate CA that works."""
    person.set_up()
    other = make_ca("Some Other Root")
    done = person.type(f"proxyenv setup --no-check --ca {person.write('root.pem', other.pem)}")
    assert done.status == 0, done.err
    bundle = person.bundle.read_bytes()
    assert other.pem.strip() in bundle
    assert person.company.proxy.ca.read_bytes().strip() in bundle


def test_rollback_restores_byte_for_byte(person: Person) -> None:
    person.set_up()
    before = take_snapshot(person.home)
    assert person.ask("setup", "--yes", "--no-check", "--proxy", DEAD).status == 0
    assert find_differences(before, take_snapshot(person.home))
    assert person.type("proxyenv rollback").status == 0
    after = find_differences(before, take_snapshot(person.home))
    assert [line for line in after if ".local/state/proxyenv" not in line] == []
