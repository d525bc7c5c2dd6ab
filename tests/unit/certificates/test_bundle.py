"""Sets of certificates: merged, insisted on, written."""

from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.certificates.bundle import merge, render_bundle, select
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.errors import TrustError
from proxyenv.model.certificate import Certificate, LeftOut
from support.certificates import make_ca

if TYPE_CHECKING:
    import random


@cache
def roots() -> tuple[Certificate, ...]:
    pem = b"".join(make_ca(f"Root {number}").pem for number in range(6))
    return tuple(sorted(parse_certificates(pem, source="roots.pem")))


def certificate(der: bytes, subject: str) -> Certificate:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Certificate(hashlib.sha256(der).hexdigest(), der, subject, subject, moment, moment)


def test_merge_sorts_and_removes_duplicates() -> None:
    first, second, third, *_ = roots()
    assert merge((third, first), (first,), (second,)) == (first, second, third)


@given(st.lists(st.integers(0, 5)), st.randoms(use_true_random=False))
def test_equal_sets_give_equal_bytes(picked: list[int], shuffler: random.Random) -> None:
    chosen = [roots()[index] for index in picked]
    shuffled = [*chosen, *chosen]
    shuffler.shuffle(shuffled)
    assert render_bundle(shuffled, title="roots") == render_bundle(set(chosen), title="roots")


@given(st.sets(st.integers(0, 5), min_size=1))
def test_a_bundle_reads_back_as_the_same_set(picked: set[int]) -> None:
    chosen = tuple(roots()[index] for index in sorted(picked))
    assert parse_certificates(render_bundle(chosen, title="roots"), source="again") == chosen


def test_a_bundle_byte_for_byte() -> None:
    short = certificate(bytes(range(60)), "CN=Short")
    assert render_bundle([short], title="corporate CAs\nmade by proxyenv") == (
        b"# corporate CAs\n"
        b"# made by proxyenv\n"
        b"\n"
        b"# subject: CN=Short\n"
        b"# SHA-256: 0ddde28e40838ef6f9853e887f597d6adb5f40eb35d5763c52e1e64d8ba3bfff\n"
        b"-----BEGIN CERTIFICATE-----\n"
        b"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v\n"
        b"MDEyMzQ1Njc4OTo7\n"
        b"-----END CERTIFICATE-----\n"
    )


def test_no_certificates_leave_the_title_alone() -> None:
    assert render_bundle([], title="corporate CAs") == b"# corporate CAs\n"


MARKERS = ["-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"]


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("x\n-----BEGIN CERTIFICATE-----\nMIIB", id="line feed and marker"),
        pytest.param("x\r-----BEGIN PRIVATE KEY-----\r", id="carriage return and key"),
        pytest.param("x\u2028-----BEGIN CERTIFICATE-----\u2028", id="Unicode line separator"),
        pytest.param("x\x0b-----BEGIN CERTIFICATE-----\x85", id="vertical tab and next line"),
        pytest.param("-----BEGIN CERTIFICATE-----", id="marker alone"),
        pytest.param(
            "x" * 242 + "-----BEGIN CERTIFICATE-----", id="marker where a reader of 255 octets splits"
        ),
        pytest.param("\x1b]0;owned\x07\x00", id="terminal control"),
        pytest.param("Größe 例え \U0001f511 \udcff", id="not ASCII"),
    ],
)
def test_neither_subject_nor_title_leaves_its_comment(hostile: str) -> None:
    genuine = roots()[0]
    bundle = render_bundle([genuine._replace(subject=hostile)], title=hostile)
    lines = bundle.decode("ascii").split("\n")
    assert all(" " <= character <= "~" for line in lines for character in line)
    assert [line for line in lines if "-----" in line] == MARKERS
    assert all(line.startswith("#") for line in lines[: lines.index(MARKERS[0])] if line)
    assert parse_certificates(bundle, source="again") == (genuine,)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=bundle.decode("ascii"))
    assert context.get_ca_certs(binary_form=True) == [genuine.der]


def test_a_hostile_subject_of_a_real_certificate_is_escaped() -> None:
    (parsed,) = parse_certificates(make_ca("é\n-----BEGIN X-----").der, source="corp.pem")
    assert parsed.subject == r"CN=\C3\A9\0A\2D\2D\2D\2D\2DBEGIN X\2D\2D\2D\2D\2D"


def spelt(fingerprint: str) -> list[str]:
    pairs = [fingerprint[index : index + 2].upper() for index in range(0, 64, 2)]
    return [fingerprint, fingerprint.upper(), ":".join(pairs), " ".join(pairs), f"  {fingerprint}\n"]


@pytest.mark.parametrize("spelling", range(5), ids=["plain", "upper case", "colons", "blanks", "padded"])
def test_what_was_asked_for_is_selected(spelling: int) -> None:
    wanted = [spelt(each.fingerprint)[spelling] for each in roots()[:2]]
    assert select(roots()[:2], wanted) == roots()[:2]


def test_nothing_asked_for_means_that_anything_goes() -> None:
    assert select(roots(), ()) == roots()


def test_a_fingerprint_that_is_not_there_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        select(roots()[:1], ["ab" * 32])
    assert caught.value.code == "fingerprint-mismatch"
    assert caught.value.message == f"no certificate has the fingerprint `{'ab' * 32}`"
    held = roots()[0]
    assert caught.value.hint == (
        f"compare with IT's list; the input holds `{held.fingerprint}` (`{held.subject}`)"
    )


def test_the_fingerprint_of_an_expired_root_leads_to_its_successor() -> None:
    held = roots()[0]
    old = LeftOut("ca-expired", f"`{held.subject}`", f"`{held.subject}` expired", "ask IT", "ab" * 32)
    with pytest.raises(TrustError) as caught:
        select(roots()[:1], ["ab" * 32], [old])
    assert caught.value.message == (
        f"the certificate with the fingerprint `{'ab' * 32}` is left out: `{held.subject}` expired"
    )
    assert caught.value.hint == (
        f"its successor is in the input too: `{held.fingerprint}`, valid until {held.not_after:%Y-%m-%d}; "
        "if IT confirms that, give it with `--ca-fingerprint`"
    )


def test_a_fingerprint_without_any_certificate_is_refused() -> None:
    with pytest.raises(TrustError) as caught:
        select((), ["ab" * 32])
    assert caught.value.hint == "no CA was given or found; name the file that holds it with `--ca`"


def test_a_certificate_that_was_not_asked_for_is_refused() -> None:
    asked, other = roots()[:2]
    with pytest.raises(TrustError) as caught:
        select((asked, other), [asked.fingerprint])
    assert caught.value.code == "fingerprint-mismatch"
    assert caught.value.message == (
        f"`{other.subject}` has the fingerprint `{other.fingerprint}`, which was not asked for"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ab" * 20, f"`{'ab' * 20}` is a SHA-1 fingerprint", id="SHA-1"),
        pytest.param("xy" * 32, f"`{'xy' * 32}` is not a SHA-256 fingerprint", id="not hexadecimal"),
        pytest.param("", "`` is not a SHA-256 fingerprint", id="nothing"),
        pytest.param("\uff11" * 64, "is not a SHA-256 fingerprint", id="full-width digits"),
    ],
)
def test_malformed_fingerprint_is_refused(text: str, message: str) -> None:
    with pytest.raises(TrustError) as caught:
        select(roots(), [text])
    assert caught.value.code == "fingerprint-mismatch"
    assert message in caught.value.message
    assert caught.value.hint == "ask IT for the SHA-256 fingerprint of the CA: 64 hexadecimal digits"
