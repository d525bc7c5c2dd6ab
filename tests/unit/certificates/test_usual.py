"""What is read without cryptography is what cryptography says; what it doubts is never certain."""

from __future__ import annotations

import hashlib
import ssl
from functools import cache
from pathlib import Path

import certifi
import cryptography_vectors
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyenv.certificates.inspection import judge_cas
from proxyenv.certificates.parser import UNREADABLE, parse_certificate, parse_denial
from proxyenv.certificates.pem import read_blocks
from proxyenv.certificates.usual import describe_usual
from proxyenv.certificates.usual_roots import are_flawless, find_shape, may_sign
from proxyenv.errors import TrustError
from support.defects import DEFECTS, INTERMEDIATE, ROOT, make, make_case

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
VECTORS = Path(cryptography_vectors.__file__).parent / "x509"


def read_ders(path: Path) -> tuple[bytes, ...]:
    try:
        return tuple(block.der for block in read_blocks(path.read_bytes(), source=path.name).blocks)
    except TrustError:  # there is a private key in it
        return ()


@cache
def odd() -> tuple[bytes, ...]:
    files = sorted(path for path in VECTORS.rglob("*") if path.suffix in {".pem", ".crt", ".der"})
    made = (der for name in DEFECTS for der in (*make_case(name).path.anchors, *make_case(name).path.sent))
    return tuple(dict.fromkeys((*(der for path in files for der in read_ders(path)), *made)))


def hold_equal(der: bytes) -> bool:
    """Whether it was read at all; an error where cryptography says something else."""
    fingerprint = hashlib.sha256(der).hexdigest()
    usual = describe_usual(der, fingerprint)
    if usual is None:
        assert not may_sign(der)
        assert not are_flawless([der])
        return False
    assert usual == parse_certificate(der, fingerprint)
    if may_sign(der):
        assert parse_denial(der) is None
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    if are_flawless([der]):
        assert judge_cas([der], VERSIONS) == {der: tuple((version, "") for version in VERSIONS)}
    return True


@pytest.mark.one_python  # of an older certifi four are not
def test_every_public_root_is_read() -> None:
    ders = read_ders(Path(certifi.where()))
    assert [der for der in ders if not hold_equal(der)] == []


def test_odd_certificates_are_read_alike_or_not_at_all() -> None:
    read = [der for der in odd() if hold_equal(der)]
    assert len(odd()) > 300
    assert len(read) > 100


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    ders = (*read_ders(Path(certifi.where()))[::9], make(ROOT, ROOT, is_ca=True))
    data = bytearray(draw(st.sampled_from(ders)))
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(data) - 1))
        data[at : at + draw(st.integers(0, 1))] = draw(st.binary(max_size=1))
    return bytes(data)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_certificate_is_read_alike_or_not_at_all(der: bytes) -> None:
    try:
        hold_equal(der)
    except UNREADABLE as error:
        pytest.fail(f"cryptography refuses it: {error!r}")


@pytest.mark.parametrize(
    ("case", "certain"),
    [
        pytest.param("good", True, id="good"),
        pytest.param("p256_root", True, id="P-256"),
        pytest.param("p521_root", True, id="P-521"),
        pytest.param("rsa4096_root", True, id="RSA of 4096 bits"),
        pytest.param("eku_server_only", True, id="for servers only"),
        pytest.param("ku_not_critical", True, id="keyUsage that is not critical"),
        pytest.param("root_with_aki", True, id="names its own key as the issuer's"),
        pytest.param("utf8_subject", True, id="a name in UTF-8"),
        pytest.param("root_1970_2099", True, id="from 1970 to 2099"),
        pytest.param("sha1_root", False, id="SHA-1"),
        pytest.param("rsa1024_root", False, id="RSA of 1024 bits"),
        pytest.param("ed25519_root", False, id="Ed25519"),
        pytest.param("rsapss_root", False, id="RSA-PSS"),
        pytest.param("secp256k1_root", False, id="a curve of few clients"),
        pytest.param("bc_not_critical", False, id="basicConstraints that are not critical"),
        pytest.param("bc_missing", False, id="no basicConstraints"),
        pytest.param("bc_ca_false", False, id="no CA by basicConstraints"),
        pytest.param("ku_missing", False, id="no keyUsage"),
        pytest.param("ku_no_certsign", False, id="keyUsage without keyCertSign"),
        pytest.param("eku_client_only", False, id="for clients only"),
        pytest.param("root_no_ski", False, id="no key identifier"),
        pytest.param("root_aki_of_another", False, id="names another key as the issuer's"),
        pytest.param("name_constraints_ok", False, id="name constraints"),
        pytest.param("unknown_critical_ext", False, id="an unknown critical extension"),
        pytest.param("empty_issuer", False, id="an empty name"),
        pytest.param("serial_negative", False, id="a negative serial number"),
        pytest.param("v1_root", False, id="version 1"),
    ],
)
def test_a_root_without_any_doubt_needs_no_rules(case: str, certain: bool) -> None:
    (root,) = make_case(case).path.anchors
    assert are_flawless([root]) is certain


def test_two_roots_need_no_rules() -> None:
    other = make(INTERMEDIATE, INTERMEDIATE, is_ca=True)
    assert are_flawless([make(ROOT, ROOT, is_ca=True), other])


def test_roots_of_one_name_need_rules() -> None:
    """OpenSSL may take one for the issuer of the other."""
    renewed = make(ROOT, ROOT, is_ca=True)
    rotated = make_case("rsa4096_root").path.anchors[0]
    assert not are_flawless([renewed, rotated])


def test_an_intermediate_ca_needs_rules() -> None:
    between = make(INTERMEDIATE, ROOT, is_ca=True)
    assert may_sign(between)
    assert not are_flawless([between])
    assert not are_flawless([make(ROOT, ROOT, is_ca=True), between])


def test_roots_of_one_shape_get_one_verdict() -> None:
    ders = [der for der in (*odd(), *read_ders(Path(certifi.where()))) if find_shape(der) is not None]
    shapes: dict[object, set[object]] = {}
    for der in ders:
        shapes.setdefault(find_shape(der), set()).add(judge_cas([der], VERSIONS)[der])
    assert [verdicts for verdicts in shapes.values() if len(verdicts) != 1] == []
    assert len(ders) > 2 * len(shapes) > 20


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(damaged())
def test_a_damaged_root_has_another_shape_or_the_same_verdict(der: bytes) -> None:
    shape = find_shape(der)
    for sound in sound_roots().get(shape, ()) if shape else ():
        assert judge_cas([der], VERSIONS)[der] == judge_cas([sound], VERSIONS)[sound]


@cache
def sound_roots() -> dict[object, tuple[bytes, ...]]:
    """One of each shape."""
    ders = (*read_ders(Path(certifi.where()))[::9], make(ROOT, ROOT, is_ca=True))
    return {find_shape(der): (der,) for der in ders}


@pytest.mark.parametrize(
    "case",
    [
        pytest.param("root_aki_of_another", id="names another key as the issuer's"),
        pytest.param("rsa1024_root", id="RSA of 1024 bits"),
        pytest.param("v1_root", id="version 1"),
        pytest.param("empty_issuer", id="an empty name"),
        pytest.param("anchor_is_intermediate", id="a CA that another issued"),
    ],
)
def test_a_root_that_is_judged_by_more_has_no_shape(case: str) -> None:
    assert find_shape(make_case(case).path.anchors[0]) is None
