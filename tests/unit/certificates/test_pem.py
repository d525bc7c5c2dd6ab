"""Which files are taken for certificates, and which are refused whole."""

from __future__ import annotations

import base64
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import NameOID

from proxyenv.certificates.certificate import find_denial, parse_certificates
from proxyenv.certificates.parser import render_name
from proxyenv.errors import TrustError
from support.certificates import Issued, make_ca, make_crl, make_v1_root

if TYPE_CHECKING:
    from collections.abc import Callable


@cache
def ca() -> Issued:
    return make_ca("Corp Root")


@cache
def other() -> Issued:
    return make_ca("Other Root")


def labelled(kind: str, der: bytes) -> bytes:
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n".encode()


def trusted(aux: bytes) -> bytes:
    return labelled("TRUSTED CERTIFICATE", ca().der + aux)


ALIAS = bytes.fromhex("3006" + "0c04") + b"corp"
TRUSTS_SERVER_AUTH = bytes.fromhex("300c" + "300a" + "06082b06010505070301")
REJECTS_SERVER_AUTH = bytes.fromhex("300c" + "a00a" + "06082b06010505070301")


@pytest.mark.parametrize(
    "spelling",
    [
        pytest.param(lambda: ca().pem, id="plain"),
        pytest.param(lambda: ca().pem.rstrip(b"\n"), id="no final line feed"),
        pytest.param(lambda: ca().pem.replace(b"\n", b"\r\n"), id="Windows line ends"),
        pytest.param(lambda: ca().pem.replace(b"\n", b"\r"), id="old Macintosh line ends"),
        pytest.param(lambda: ca().pem.replace(b"\n", b"  \t\n"), id="trailing blanks"),
        pytest.param(lambda: ca().pem.replace(b"\n", b"\n    "), id="indented, as in YAML"),
        pytest.param(lambda: b"\xef\xbb\xbf" + ca().pem, id="UTF-8 byte order mark"),
        pytest.param(lambda: ca().pem.decode().encode("utf-16"), id="UTF-16, as PowerShell redirects"),
        pytest.param(lambda: b"# Corp root\n" + ca().pem + b"# end\n", id="comments"),
        pytest.param(lambda: "# Größe\n".encode("latin-1") + ca().pem, id="comment in Latin-1"),
        pytest.param(lambda: b"Certificate:\n    Data:\n        Version: 3\n" + ca().pem, id="openssl -text"),
        pytest.param(lambda: b"Bag Attributes\n  friendlyName: corp\n" + ca().pem, id="bag attributes"),
        pytest.param(lambda: labelled("X509 CERTIFICATE", ca().der), id="old label"),
        pytest.param(lambda: ca().der, id="DER"),
        pytest.param(lambda: ca().pem + ca().pem, id="twice the same"),
        pytest.param(lambda: trusted(b""), id="trusted certificate without settings"),
        pytest.param(lambda: trusted(ALIAS), id="trusted certificate with a name"),
    ],
)
def test_one_certificate_is_found_in(spelling: Callable[[], bytes]) -> None:
    (certificate,) = parse_certificates(spelling(), source="corp.pem")
    assert certificate.fingerprint == ca().fingerprint
    assert certificate.der == ca().der
    assert certificate.subject == "CN=Corp Root"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(lambda: ca().pem + other().pem, id="one after the other"),
        pytest.param(lambda: ca().pem.rstrip(b"\n") + other().pem, id="glued by cat"),
        pytest.param(lambda: ca().pem + other().pem + ca().pem, id="the first one again at the end"),
    ],
)
def test_two_certificates_keep_the_order_of_the_file(data: Callable[[], bytes]) -> None:
    found = parse_certificates(data(), source="corp.pem")
    assert [each.subject for each in found] == ["CN=Corp Root", "CN=Other Root"]


def test_a_known_certificate_is_not_parsed_again() -> None:
    (known,) = parse_certificates(ca().pem, source="corp.pem")
    found = parse_certificates(other().pem + ca().pem, source="corp.pem", known={known.fingerprint: known})
    assert found[1] is known


def encrypted_key() -> bytes:
    return ca().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


def encrypted_key_der() -> bytes:
    return ca().key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


def sec1_der() -> bytes:
    return ca().key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def openssh_key() -> bytes:
    return ca().key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def public_key() -> bytes:
    return ca().key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


PEM_EXPORT = "export the CA certificate alone: `openssl x509 -in corp.pem -out ca.pem`"
KEY_ONLY = "this file is a private key and holds no certificate; ask IT for the certificate of the CA"
OTHERWISE = "give a file that holds only the certificates of the CA"


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        pytest.param(
            lambda: ca().pem + ca().key_pem,
            "block 2 of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="PKCS#8 key",
        ),
        pytest.param(
            lambda: ca().key_pem + ca().pem,
            "block 1 of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="key first",
        ),
        pytest.param(
            lambda: ca().pem + ca().traditional_key_pem,
            "block 2 of `corp.pem` is a `EC PRIVATE KEY`",
            PEM_EXPORT,
            id="SEC 1 key",
        ),
        pytest.param(
            lambda: ca().pem + encrypted_key(),
            "block 2 of `corp.pem` is a `ENCRYPTED PRIVATE KEY`",
            PEM_EXPORT,
            id="encrypted key",
        ),
        pytest.param(
            lambda: openssh_key() + ca().pem,
            "block 1 of `corp.pem` is a `OPENSSH PRIVATE KEY`",
            PEM_EXPORT,
            id="OpenSSH key",
        ),
        pytest.param(
            lambda: ca().pem.rstrip(b"\n") + ca().key_pem,
            "block 2 of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="key glued by cat",
        ),
        pytest.param(
            lambda: ca().pem + b"-----BEGIN RSA PRIVATE KEY\nMIIE",
            "block 2 of `corp.pem` is a `RSA PRIVATE KEY`",
            PEM_EXPORT,
            id="key with a broken marker",
        ),
        pytest.param(
            lambda: ca().pem + b"MIIE\n-----END RSA PRIVATE KEY-----\n",
            "block 1 of `corp.pem` is a `RSA PRIVATE KEY`",
            PEM_EXPORT,
            id="the end of a key alone",
        ),
        pytest.param(
            lambda: ca().pem + b"  -----begin private key-----\nMIIE\n",
            "a part of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="key in lower case",
        ),
        pytest.param(
            lambda: ca().pem + b"---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nP2/5\n",
            "a part of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="SSH.com key",
        ),
        pytest.param(
            lambda: ca().pem + b"PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 14\nAAAA\n",
            "a part of `corp.pem` is a `PRIVATE KEY`",
            PEM_EXPORT,
            id="PuTTY key",
        ),
        pytest.param(
            lambda: make_crl(ca()),
            "block 1 of `corp.pem` is a `X509 CRL`",
            OTHERWISE,
            id="revocation list",
        ),
        pytest.param(
            lambda: b"-----BEGIN \x1b[2J`x`\xc3\xa9-----\n",
            "block 1 of `corp.pem` is a `\\1B[2J`x`\\C3\\A9`",
            OTHERWISE,
            id="a kind full of control characters",
        ),
        pytest.param(lambda: ca().key_der, "`corp.pem` is a `PRIVATE KEY`", KEY_ONLY, id="PKCS#8 key in DER"),
        pytest.param(
            sec1_der,
            "`corp.pem` is a `PRIVATE KEY`",
            KEY_ONLY,
            id="SEC 1 key in DER, shorter than 128 octets",
        ),
        pytest.param(
            encrypted_key_der, "`corp.pem` is a `ENCRYPTED PRIVATE KEY`", KEY_ONLY, id="encrypted key in DER"
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", ca().key_der),
            "block 1 of `corp.pem` is a `PRIVATE KEY`",
            KEY_ONLY,
            id="key labelled as a certificate",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", public_key()),
            "block 1 of `corp.pem` is a `PUBLIC KEY`",
            OTHERWISE,
            id="public key labelled as a certificate",
        ),
        pytest.param(
            lambda: trusted(REJECTS_SERVER_AUTH),
            "block 1 of `corp.pem` is a `TRUSTED CERTIFICATE` that OpenSSL trusts, or rejects",
            "if it may be trusted for all uses: `openssl x509 -in corp.pem -out ca.pem`",
            id="certificate that OpenSSL rejects for servers",
        ),
        pytest.param(
            lambda: trusted(TRUSTS_SERVER_AUTH),
            "block 1 of `corp.pem` is a `TRUSTED CERTIFICATE` that OpenSSL trusts, or rejects",
            "if it may be trusted for all uses: `openssl x509 -in corp.pem -out ca.pem`",
            id="certificate that OpenSSL trusts for servers only",
        ),
    ],
)
def test_nothing_but_other_things_is_refused(data: Callable[[], bytes], message: str, hint: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data(), source="corp.pem")
    assert caught.value.code == "unexpected-block"
    assert caught.value.message.startswith(message)
    assert caught.value.hint == hint


def test_from_a_key_alone_no_certificate_can_be_exported() -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(ca().key_pem, source="corp.pem")
    assert caught.value.hint == KEY_ONLY


def test_the_hint_quotes_the_path_for_a_shell() -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(ca().pem + ca().key_pem, source="/tmp/my corp/$(id).pem")
    assert (
        caught.value.hint
        == "export the CA certificate alone: `openssl x509 -in '/tmp/my corp/$(id).pem' -out ca.pem`"
    )


def cut(pem: bytes) -> bytes:
    return pem[: pem.index(b"-----END")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            lambda: cut(ca().pem),
            "block 1 of `corp.pem` is not a readable certificate: it has no `-----END CERTIFICATE-----`",
            id="cut off at the end",
        ),
        pytest.param(
            lambda: ca().pem[ca().pem.index(b"\n") :],
            "block 1 of `corp.pem` is not a readable certificate: "
            "its `-----END CERTIFICATE-----` has no matching `-----BEGIN CERTIFICATE-----`",
            id="no beginning",
        ),
        pytest.param(
            lambda: ca().pem.replace(b"END CERT", b"END X509 CERT"),
            "block 1 of `corp.pem` is not a readable certificate: "
            "its `-----END X509 CERTIFICATE-----` has no matching `-----BEGIN X509 CERTIFICATE-----`",
            id="beginning and end differ",
        ),
        pytest.param(
            lambda: ca().pem.replace(b"BEGIN CERTIFICATE-----", b"BEGIN CERTIFICATE---"),
            "block 1 of `corp.pem` is not a readable certificate: "
            "its marker is not exactly `-----BEGIN CERTIFICATE-----`",
            id="marker with a hyphen too few",
        ),
        pytest.param(
            lambda: ca().pem.replace(b"\nMII", b"\n!II"),
            "block 1 of `corp.pem` is not a readable certificate: it is not valid base64",
            id="not base64",
        ),
        pytest.param(
            lambda: b"".join(b"# " + line for line in ca().pem.splitlines(keepends=True)),
            "block 1 of `corp.pem` is not a readable certificate: it is not valid base64",
            id="commented out",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", b"hello"),
            "block 1 of `corp.pem` is not a readable certificate: ",
            id="base64 of something else",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", b""),
            "block 1 of `corp.pem` is not a readable certificate: ",
            id="empty block",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", ca().der + b"\x00"),
            "block 1 of `corp.pem` is not a readable certificate: ",
            id="something after the certificate",
        ),
        pytest.param(
            lambda: labelled("TRUSTED CERTIFICATE", ca().der[:-1]),
            "block 1 of `corp.pem` is not a readable certificate: it is cut off",
            id="trusted certificate cut off",
        ),
        pytest.param(
            # The tag of the name becomes one that cryptography looks up in vain: a bare KeyError.
            lambda: ca().der.replace(b"\x0c\x09Corp Root", b"\xae\x09Corp Root"),
            "`corp.pem` is not a readable certificate: ",
            id="a name of no known type",
        ),
        pytest.param(lambda: ca().der[:-1], "`corp.pem` is not a readable certificate: ", id="DER cut off"),
        pytest.param(
            lambda: ca().der + ca().key_der,
            "`corp.pem` is not a readable certificate: ",
            id="DER with a key behind it",
        ),
    ],
)
def test_nothing_but_a_damaged_certificate_is_refused(data: Callable[[], bytes], message: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data(), source="corp.pem")
    assert caught.value.code == "malformed-certificate"
    assert caught.value.message.startswith(message)
    assert caught.value.hint == "copy or export the file again; it was damaged or cut off on the way"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "`corp.pem` is empty", id="nothing"),
        pytest.param(b" \r\n\n", "`corp.pem` is empty", id="blanks"),
        pytest.param(b"0 s:CN=corp\n", "`corp.pem` holds no certificate", id="text that starts like DER"),
    ],
)
def test_no_certificate_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data, source="corp.pem")
    assert caught.value.code == "no-certificate"
    assert caught.value.message == message


def test_der_with_a_pem_like_subject_is_read_as_der() -> None:
    hostile = make_ca("-----BEGIN PRIVATE KEY-----")
    (certificate,) = parse_certificates(hostile.der, source="corp.der")
    assert certificate.subject == r"CN=\2D\2D\2D\2D\2DBEGIN PRIVATE KEY\2D\2D\2D\2D\2D"


def test_an_address_in_a_name_is_shown_as_such() -> None:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, "Corp Root"),
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "pki@corp.test"),
            x509.NameAttribute(NameOID.ORGANIZATION_IDENTIFIER, "VATDE-1"),
        ]
    )
    assert render_name(name) == "organizationIdentifier=VATDE-1,emailAddress=pki@corp.test,CN=Corp Root"


def test_a_version_1_root_is_a_ca() -> None:
    (certificate,) = parse_certificates(make_v1_root("Old Root"), source="old.der")
    assert certificate.subject == "CN=Old Root"
    assert find_denial(certificate.der) is None


def test_a_serial_number_of_zero_is_no_reason_to_complain(recwarn: pytest.WarningsRecorder) -> None:
    (certificate,) = parse_certificates(_with_serial_zero(), source="zero.der")
    assert find_denial(certificate.der) is None
    assert not recwarn.list


def _with_serial_zero() -> bytes:
    der = make_ca("Zero", serial=0x7F).der
    return der.replace(b"\x02\x01\x7f", b"\x02\x01\x00", 1)
