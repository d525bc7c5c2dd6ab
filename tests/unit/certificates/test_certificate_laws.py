"""Whatever the input, the answer is a refusal or certificates; and OpenSSL loads those that are CAs."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from functools import cache

from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxyenv.certificates.anchors import find_fault
from proxyenv.certificates.bundle import render_bundle
from proxyenv.certificates.certificate import parse_certificates
from proxyenv.errors import TrustError
from support.certificates import make_ca, make_crl, make_leaf, make_pkcs7, make_pkcs12, make_v1_root


@cache
def corpus() -> tuple[bytes, ...]:
    ca = make_ca("Corp Root")
    leaf = make_leaf(ca, "origin.test")
    trusted = ca.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")
    return (
        ca.der,
        leaf.der,
        make_v1_root(),
        ca.pem,
        ca.pem + leaf.pem,
        trusted,
        ca.pem + ca.key_pem,
        ca.key_der,
        make_pkcs12(ca),
        make_crl(ca),
        make_pkcs7(ca, leaf),
        make_pkcs7(ca, encoding=Encoding.DER),
    )


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(range(12)).map(lambda index: corpus()[index])))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data) - 1))
        piece = draw(st.binary(min_size=0, max_size=3))
        data[at : at + draw(st.integers(0, 3))] = piece
        if not data:
            break
    return bytes(data)


def refused_or_loadable(data: bytes) -> None:
    try:
        certificates = parse_certificates(data, source="corp.pem")
    except TrustError:
        return
    bundle = render_bundle(certificates, title="corporate CAs")
    lines = bundle.decode("ascii").splitlines()
    markers = {line for line in lines if "--" in line}
    assert markers == {"-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"}
    assert set(parse_certificates(bundle, source="again")) == set(certificates)
    now = datetime.now(UTC)
    if any(find_fault(each, source="corp.pem", now=now) for each in certificates):
        return
    ssl.create_default_context(cadata=bundle.decode("ascii"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(mutated())
def test_a_damaged_file_is_refused_or_loadable(data: bytes) -> None:
    refused_or_loadable(data)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_refused_or_loadable(data: bytes) -> None:
    refused_or_loadable(data)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([b"-----", b"BEGIN", b"END", b" ", b"CERTIFICATE", b"\n", b"MIIB", b"KEY"])))
def test_any_row_of_markers_is_refused_or_loadable(pieces: list[bytes]) -> None:
    refused_or_loadable(b"".join(pieces))
