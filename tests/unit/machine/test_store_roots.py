"""The roots of the system's store that are right and good today, and what is said of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyenv.certificates.bundle import render_pem
from proxyenv.commands.store_pick import describe_roots
from proxyenv.machine.roots import SystemRoots, read_public_roots
from proxyenv.machine.store_roots import StoreRoots, find_store_roots
from support.certificates import DAY, Issued, make_ca, make_leaf

NOW = datetime.now(UTC)
STORE = "/etc/store.pem"


def find(sent: tuple[Issued, ...], *stored: Issued) -> StoreRoots:
    store = SystemRoots(STORE, b"".join(each.pem for each in stored))
    return find_store_roots([each.der for each in sent], now=NOW, store=store)


def say(found: StoreRoots) -> list[str]:
    first, *rest = describe_roots("https://a.test", found)
    assert first == "the proxy intercepts https://a.test, and no CA was named"
    return rest


def test_the_one_that_signed_is_shown_with_its_fingerprint() -> None:
    until = datetime(2099, 1, 2, tzinfo=UTC)
    right = make_ca("Zscaler Root CA", not_after=until)
    found = find((make_leaf(right),), make_ca("Zscaler Root CA"), right)
    assert [each.fingerprint for each in found.certificates] == [right.fingerprint]
    assert say(found) == [
        "/etc/store.pem holds the CA that signed what it shows: `CN=Zscaler Root CA` of Zscaler",
        f"  SHA-256 {right.fingerprint}, valid until 2099-01-02",
        "it is taken as by `--ca system`: whoever administers this machine put it there",
    ]


def test_an_expired_one_is_named_and_not_taken() -> None:
    old = make_ca("Corp Root", not_before=NOW - 90 * DAY, not_after=NOW - DAY)
    found = find((make_leaf(old),), old, make_ca("Corp Root"))
    assert found.certificates == ()
    (line,) = say(found)
    assert line.startswith("not taken: `CN=Corp Root` in `/etc/store.pem` expired on ")


def test_one_that_is_not_valid_yet_is_not_taken() -> None:
    early = make_ca("Corp Root", not_before=NOW + DAY)
    assert find((make_leaf(early),), early).certificates == ()


def test_what_the_store_lacks_is_asked_for_by_name_and_key() -> None:
    right = make_ca("Corp Issuing", issuer=make_ca("Corp Root"))
    (line,) = say(find((make_leaf(right),), make_ca("Corp Root"), make_ca("Corp Issuing")))
    start = "/etc/store.pem holds no CA that signed it (1 of that name have other keys): ask IT for "
    assert line.startswith(f"{start}`CN=Corp Issuing` with the key identifier `")
    assert line.endswith("`, and give it with `--ca FILE`")


def test_a_root_on_the_wire_is_not_taken() -> None:
    stranger = make_ca("Corp Root")
    found = find((make_leaf(stranger), stranger), make_ca("Corp Root"))
    assert (found.certificates, found.ends.sent) == ((), (stranger.der,))


def test_a_public_root_is_no_corporate_ca() -> None:
    public = read_public_roots()[0]
    root = next(each for each in public if each.subject == each.issuer)
    store = SystemRoots(STORE, render_pem(root.der))
    found = find_store_roots([root.der], now=NOW, store=store)
    assert (found.ends.stored, found.certificates) == ((root.der,), ())
    assert [each.code for each in found.left_out] == ["public-root"]


@pytest.mark.parametrize("data", [b"", b"rubbish"])
def test_a_store_that_cannot_be_read_holds_nothing(data: bytes) -> None:
    found = find_store_roots([make_leaf(make_ca()).der], now=NOW, store=SystemRoots(STORE, data))
    assert (found.certificates, "/etc/store.pem" in found.source) == ((), True)
