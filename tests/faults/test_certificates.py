"""A certificate is refused, or soon will be: which one, by whom, and what helps."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca, make_leaf
from support.faults import Faults, hold
from support.issuing import context_of, context_of_der, context_with_defect, contexts_of
from support.machine import give_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.certificates import Issued
    from support.faults import Fault
    from support.person import Person

NAMES: Final = "Certificates by name"
ONE_VERB: Final = "What one verb knows the others keep silent"
HARM: Final = "Hints that harm"

FAULTS = Faults()

DAY: Final = timedelta(days=1)
NOW: Final = datetime.now(UTC)
HOST: Final = "origin.demo.test"
SENT: Final = ("proxyenv trust fetch origin.demo.test",)
FAKETIME: Final = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
)


# The corporate CA is not the one


@FAULTS.row(
    NAMES,
    "ca-missing",
    looks=SENT,
    types="--ca FILE",
    fills={"FILE": "{ca}"},
)
def the_corporate_ca_was_not_given(person: Person) -> None:
    person.set_up(ca=None)


@FAULTS.row(
    NAMES,
    "ca-missing",
    looks=SENT,
    types="--ca FILE",
    fills={"FILE": "{moody_ca}"},
)
def the_proxy_has_another_ca_than_the_one_given(person: Person) -> None:
    ca = person.write("other.pem", make_ca("Corp Root G1").pem)
    person.set_up(proxy=person.mood(), ca=ca)


@FAULTS.row(NAMES, "ca-wrong", types="--ca FILE", fills={"FILE": "{moody_ca}"})
def the_ca_was_replaced_by_one_of_the_same_name(person: Person) -> None:
    """Two mitmproxies, both of whose CAs are called `mitmproxy`."""
    person.set_up(proxy=person.mood())


def issue(person: Person, issuer: Issued, *sends: Issued) -> str:
    """A proxy that shows leaves of *issuer*, and sends *sends* with them. Returns its address."""
    return person.issue(contexts_of(issuer, HOST, sends=sends)).authority


@FAULTS.row(
    NAMES,
    "ca-without-root",
    says=("Corp Issuing CA", "the root above it is missing", "ask IT for the root `CN=Corp Root`"),
    types="--ca FILE",
    fills={"FILE": "{root}"},
)
def only_the_issuing_ca_was_given_and_not_its_root(person: Person) -> None:
    """It is that very CA, and no older one of its name."""
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing CA", issuer=root)
    person.words["root"] = str(person.write("root.pem", root.pem))
    ca = person.write("issuing.pem", issuing.pem)
    person.set_up(proxy=issue(person, issuing, issuing), ca=ca)


@FAULTS.row(
    NAMES,
    "ca-missing",
    looks=SENT,
    says=("Corp Issuing CA",),
    types="--ca FILE",
    fills={"FILE": "{issuing_ca}"},
)
def the_proxy_does_not_send_its_issuing_ca(person: Person) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing CA", issuer=root)
    person.words["issuing_ca"] = str(person.write("both.pem", root.pem + issuing.pem))
    person.set_up(proxy=issue(person, issuing), ca=person.write("root.pem", root.pem))


@FAULTS.row(NAMES, "ca-wrong", says=("Corp Root",), types="--ca FILE", fills={"FILE": "{new}"})
def the_root_was_replaced_by_one_of_the_same_name_with_another_key(person: Person) -> None:
    old, new = make_ca("Corp Root"), make_ca("Corp Root")
    person.words["new"] = str(person.write("new.pem", new.pem))
    person.set_up(proxy=issue(person, new), ca=person.write("old.pem", old.pem))


# Dates


@FAULTS.row(NAMES, "intermediate-expired", says=("Corp Issuing CA", "expired"))
def the_issuing_ca_that_the_proxy_sends_has_expired(person: Person) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing CA", issuer=root, not_before=NOW - 90 * DAY, not_after=NOW - DAY)
    person.set_up(
        proxy=issue(person, issuing, issuing), ca=person.write("root.pem", root.pem), api=person.local_api
    )


@FAULTS.row(NAMES, "certificate-expired", says=("expired", HOST))
def the_certificate_of_the_host_has_expired(person: Person) -> None:
    root = make_ca("Corp Root")
    leaf = make_leaf(root, HOST, not_before=NOW - 90 * DAY, not_after=NOW - DAY)
    proxy = person.issue({HOST: context_of(leaf)})
    person.set_up(proxy=proxy.authority, ca=person.write("root.pem", root.pem), api=person.local_api)


@FAULTS.row(NAMES, "certificate-expired", says=("not yet valid",))
def the_certificate_of_the_host_is_not_valid_yet(person: Person) -> None:
    root = make_ca("Corp Root")
    leaf = make_leaf(root, HOST, not_before=NOW + DAY, not_after=NOW + 90 * DAY)
    proxy = person.issue({HOST: context_of(leaf)})
    person.set_up(proxy=proxy.authority, ca=person.write("root.pem", root.pem), api=person.local_api)


def set_up_with_clock(person: Person, *, valid: tuple[datetime, datetime], now: datetime) -> None:
    """Behind a proxy whose certificates are valid from one day to another, and whose clock says *now*."""
    root = make_ca("Corp Root", not_before=NOW - 3650 * DAY, not_after=NOW + 3650 * DAY)
    leaf = make_leaf(root, HOST, not_before=valid[0], not_after=valid[1])
    date = f"Date: {format_datetime(now, usegmt=True)}"
    says = f"HTTP/1.1 200 OK\r\n{date}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()

    def answers(scheme: str, _host: str, path: str) -> bytes | None:
        return says if (scheme, path) == ("http", "/") else None

    proxy = person.issue({HOST: context_of(leaf)}, answers=answers)
    person.set_up(proxy=proxy.authority, ca=person.write("root.pem", root.pem), api=person.local_api)


@FAULTS.row(NAMES, "clock-wrong", says=("this machine's clock says", "the proxy's", "`timedatectl`"))
def the_clock_is_a_year_behind(person: Person) -> None:
    """By the proxy's it is a year later, and its certificates are new."""
    set_up_with_clock(person, valid=(NOW + 300 * DAY, NOW + 400 * DAY), now=NOW + 350 * DAY)


@FAULTS.row(NAMES, "clock-wrong", says=("this machine's clock says", "the proxy's", "`timedatectl`"))
def the_clock_is_a_month_ahead(person: Person) -> None:
    set_up_with_clock(person, valid=(NOW - 90 * DAY, NOW - DAY), now=NOW - 30 * DAY)


def turn_the_clock(person: Person, offset: str) -> None:
    library = next((path for path in FAKETIME if Path(path).exists()), None)
    if library is None:
        give_up("`libfaketime` is not installed")
    person.variables |= {"LD_PRELOAD": library, "FAKETIME": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def set_the_clock(person: Person) -> None:
    person.variables.clear()


@FAULTS.row(
    NAMES,
    "ca-has-expired",
    verb=("status",),
    says=("Corp Root G1",),
    types="--ca FILE",
    fills={"FILE": "{ca}"},
)
def status_finds_the_ca_expired(person: Person) -> None:
    """It was valid when it was given."""
    soon = datetime.now(UTC) + timedelta(seconds=4)
    person.set_up(ca=person.write("root.pem", make_ca("Corp Root G1", not_after=soon).pem))
    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds() + 1))


@FAULTS.row(
    NAMES,
    "ca-has-expired",
    verb=("status",),
    says=("mitmproxy",),
    does=set_the_clock,
    untyped={"--ca FILE": "see the next row: here it is the clock that is wrong"},
    quick=True,
)
def status_years_later(person: Person) -> None:
    person.set_up(api=None)
    turn_the_clock(person, "+12y")


@FAULTS.row(
    ONE_VERB,
    "",
    verb=("status",),
    warns="ca-expires",
    status=0,
    says=("Corp Root",),
    types="--replace-ca --ca FILE",
    fills={"FILE": "{ca} --no-check"},
    untyped={"--ca FILE": "here the proxy uses the successor already"},
    quick=True,
)
def the_ca_expires_in_ten_days(person: Person) -> None:
    root = make_ca("Corp Root", not_after=NOW + 10 * DAY)
    person.set_up(ca=person.write("root.pem", root.pem), api=None)


# Names


@FAULTS.row(NAMES, "host-name-mismatch", says=("gate.corp.test", HOST))
def the_certificate_is_for_another_host(person: Person) -> None:
    root = make_ca("Corp Root")
    proxy = person.issue({HOST: context_of(make_leaf(root, "gate.corp.test"))})
    person.set_up(proxy=proxy.authority, ca=person.write("root.pem", root.pem), api=person.local_api)


# What a rule refuses


def with_defect(name: str) -> Callable[[Person], None]:
    def induce(person: Person) -> None:
        context, anchors = context_with_defect(name)
        proxy = person.issue({"origin.example.test": context})
        ca = person.write("ca.pem", anchors)
        person.set_up(
            "--url", "https://origin.example.test/uuid", proxy=proxy.authority, ca=ca, api=person.local_api
        )

    return induce


@FAULTS.row(NAMES, "certificate-rejected", says=("1024",))
def the_proxy_issues_with_a_key_of_1024_bits(person: Person) -> None:
    with_defect("rsa1024_leaf")(person)


@FAULTS.row(NAMES, "ca-rejected", says=("too weak", "2048"))
def the_root_has_a_key_of_1024_bits(person: Person) -> None:
    with_defect("rsa1024_root")(person)


@FAULTS.row(NAMES, "certificate-rejected", says=("sha1", "SHA-256"))
def the_proxy_signs_with_sha_1(person: Person) -> None:
    with_defect("sha1_leaf")(person)


@FAULTS.row(NAMES, "ca-rejected", says=("name",))
def the_root_may_not_sign_for_that_host(person: Person) -> None:
    with_defect("name_constraints_bad")(person)


@FAULTS.row(NAMES, "certificate-rejected", says=("extendedKeyUsage",))
def the_certificate_of_the_host_is_for_clients(person: Person) -> None:
    with_defect("leaf_eku_client")(person)


@FAULTS.row(NAMES, "ca-rejected", says=("critical",))
def the_root_has_an_unknown_critical_extension(person: Person) -> None:
    with_defect("unknown_critical_ext")(person)


@FAULTS.row(NAMES, "certificate-rejected", says=("SHA-256",))
def the_issuing_ca_is_signed_with_sha_1(person: Person) -> None:
    with_defect("sha1_inter")(person)


@FAULTS.row(NAMES, "certificate-damaged", says=("its signature is not by that key",), looks=SENT)
def the_signature_of_the_certificate_is_damaged(person: Person) -> None:
    """A byte of it was changed on the way: it is no other CA of that name."""
    root = make_ca("Corp Root")
    leaf = make_leaf(root, HOST)
    broken = leaf.der[:-1] + bytes([leaf.der[-1] ^ 1])
    proxy = person.issue({HOST: context_of_der(broken, leaf.key_pem)})
    person.set_up(proxy=proxy.authority, ca=person.write("root.pem", root.pem), api=person.local_api)


# Python 3.13


@FAULTS.row(
    NAMES, "ca-rejected", verb=("check", "--python", "{python313}"), says=("basicConstraints", "3.13")
)
def python_3_13_refuses_basic_constraints_that_are_not_critical(person: Person) -> None:
    person.words["python313"] = str(person.company.python_3_13)
    with_defect("bc_not_critical")(person)


@FAULTS.row(
    NAMES, "certificate-rejected", verb=("check", "--python", "{python313}"), says=("authorityKeyIdentifier",)
)
def python_3_13_refuses_a_leaf_without_the_key_of_its_issuer(person: Person) -> None:
    person.words["python313"] = str(person.company.python_3_13)
    with_defect("leaf_no_aki")(person)


# What setup and status know as well as trust inspect


def set_up_with(name: str) -> Callable[[Person], None]:
    def induce(person: Person) -> None:
        _, anchors = context_with_defect(name)
        person.write("odd.pem", anchors)
        person.set_up("--target-python", "3.13", ca=person.words["file"], api=person.local_api)

    return induce


@FAULTS.row(ONE_VERB, "ca-rejected", verb=("status",), says=("critical", "3.13"), quick=True)
def status_knows_what_python_3_13_refuses(person: Person) -> None:
    set_up_with("bc_not_critical")(person)


@FAULTS.row(ONE_VERB, "ca-rejected", verb=("status",), says=("too weak", "2048"), quick=True)
def status_knows_a_root_of_1024_bits(person: Person) -> None:
    set_up_with("rsa1024_root")(person)


@FAULTS.row(
    ONE_VERB,
    "ca-without-root",
    verb=("status",),
    says=("Corp Issuing CA", "root above it"),
    types="--ca FILE",
    fills={"FILE": "{root} --no-check"},
    quick=True,
)
def status_knows_a_lone_intermediate(person: Person) -> None:
    root = make_ca("Corp Root")
    person.words["root"] = str(person.write("root.pem", root.pem))
    issuing = make_ca("Corp Issuing CA", issuer=root)
    person.set_up(ca=person.write("issuing.pem", issuing.pem), api=None)


# Hints that harm


def give_the_exported_ca(person: Person) -> None:
    assert person.type("proxyenv setup --no-check --ca ca.pem").status == 0


@FAULTS.refusal(
    HARM,
    "fingerprint-mismatch",
    "--ca",
    "{file}",
    "--ca-fingerprint",
    "0" * 64,
    says=("Corp Root",),
)
def the_fingerprint_is_of_another_ca(person: Person) -> None:
    person.set_up()
    person.write("root.pem", make_ca("Corp Root").pem)


@FAULTS.refusal(HARM, "ca-expired", "--ca", "{file}")
def the_only_ca_of_the_file_has_expired(person: Person) -> None:
    person.set_up()
    person.write("root.pem", make_ca("Corp Root", not_before=NOW - 90 * DAY, not_after=NOW - DAY).pem)


@FAULTS.refusal(
    HARM,
    "unexpected-block",
    "--ca",
    "{file}",
    types="openssl x509 -in {file} -out ca.pem",
    does=give_the_exported_ca,
    settled=("status",),
)
def the_file_of_the_ca_holds_its_key(person: Person) -> None:
    root = make_ca("Corp Root")
    person.set_up()
    person.write("root.pem", root.pem + root.key_pem)


@FAULTS.refusal(
    HARM,
    "no-certificate",
    "--ca",
    "{file}",
    says=("web page",),
)
def the_file_of_the_ca_is_a_web_page(person: Person) -> None:
    person.set_up()
    person.write("root.pem", "<!DOCTYPE html><html><body><h1>Log in to the intranet</h1></body></html>")


@FAULTS.refusal(
    HARM,
    "not-a-ca",
    "--ca",
    "{file}",
    says=("Corp Root",),
)
def the_file_of_the_ca_is_a_server_s_certificate(person: Person) -> None:
    person.set_up()
    person.write("leaf.pem", make_leaf(make_ca("Corp Root"), "gate.corp.test").pem)


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_the_certificate_is_named_and_what_helps(fault: Fault, person: Person) -> None:
    hold(fault, person)
