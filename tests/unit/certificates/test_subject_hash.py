from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyenv.certificates.der import encode_element
from proxyenv.certificates.hash_directory import hash_subject
from support.certificates import DAY, make_ca
from support.machine import require_client

if TYPE_CHECKING:
    from datetime import datetime

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate_for(*rdns: tuple[tuple[x509.ObjectIdentifier, str, _ASN1Type | None], ...]) -> bytes:
    """A certificate whose subject is given attribute by attribute, with the type of each string."""
    now: datetime = make_ca().certificate.not_valid_before_utc
    name = x509.Name(
        [
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(oid, value, type_, _validate=False) for oid, value, type_ in rdn]
            )
            for rdn in rdns
        ]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + DAY)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def ask_openssl(der: bytes) -> str:
    command = [require_client("openssl"), "x509", "-inform", "DER", "-noout", "-subject_hash"]
    return subprocess.run(command, input=der, capture_output=True, check=True).stdout.decode().strip()


CN, ORG, C = NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME, NameOID.COUNTRY_NAME
UTF8, PRINTABLE, T61 = _ASN1Type.UTF8String, _ASN1Type.PrintableString, _ASN1Type.T61String
BMP, UNIVERSAL, NUMERIC = _ASN1Type.BMPString, _ASN1Type.UniversalString, _ASN1Type.NumericString


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param((), "eea339da", id="no attribute at all"),
        pytest.param((((CN, "Corp Root", UTF8),),), "5f241b44", id="a plain name"),
        pytest.param((((CN, "  CORP \t root ", UTF8),),), "5f241b44", id="blanks and capitals do not count"),
        pytest.param((((CN, "Corp Root", PRINTABLE),),), "5f241b44", id="nor does the type of the string"),
        pytest.param((((CN, "Corp Root", BMP),),), "5f241b44", id="nor do two octets for each character"),
    ],
)
def test_names_that_are_equal_have_one_hash(subject: tuple[object, ...], expected: str) -> None:
    assert hash_subject(certificate_for(*subject)) == expected  # type: ignore[arg-type] # the rows above


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param((((CN, "Ärger GmbH ÄÖÜ", UTF8),),), id="only ASCII is folded"),
        pytest.param((((CN, "caf\u00e9", T61),),), id="Teletex is Latin-1"),
        pytest.param((((CN, "\u4e2d\u6587 Root", UNIVERSAL),),), id="four octets for each character"),
        pytest.param((((CN, "12 34", NUMERIC),),), id="a type that is not compared by its text"),
        pytest.param((((CN, "b", UTF8), (ORG, "A", UTF8)),), id="two attributes in one RDN"),
        pytest.param(
            (((C, "DE", PRINTABLE),), ((ORG, "Corp", UTF8),), ((CN, "Root", UTF8),)), id="three RDNs"
        ),
        pytest.param((((CN, " \t ", UTF8),),), id="nothing but blanks"),
        pytest.param((((CN, "a\u00a0b\u2003c", UTF8),),), id="blanks that are not ASCII"),
        pytest.param((((NameOID.POSTAL_ADDRESS, "x" * 300, UTF8),),), id="longer than one octet can say"),
    ],
)
def test_the_hash_is_that_of_openssl(subject: tuple[object, ...]) -> None:
    der = certificate_for(*subject)  # type: ignore[arg-type] # the rows above
    assert hash_subject(der) == ask_openssl(der)


@settings(max_examples=30, deadline=None)
@given(st.text("aZ \t\u00e9\u4e2d", min_size=1, max_size=12), st.sampled_from([UTF8, BMP, UNIVERSAL]))
def test_the_hash_is_that_of_openssl_for_any_text(text: str, kind: _ASN1Type) -> None:
    der = certificate_for(((CN, text, kind),))
    assert hash_subject(der) == ask_openssl(der)


@pytest.mark.parametrize(
    "der",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x30\x00", id="an empty sequence"),
        pytest.param(encode_element(0x30, encode_element(0x30, b"\x02\x01\x01")), id="only a serial number"),
    ],
)
def test_what_is_no_certificate_has_no_hash(der: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        hash_subject(der)
