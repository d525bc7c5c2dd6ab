"""Certificates out of containers, and nothing but certificates."""

from __future__ import annotations

import subprocess
from base64 import encodebytes
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cryptography_vectors
import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    pkcs12,
)

from proxyenv.certificates.anchors import KnownRoots, sift
from proxyenv.certificates.bundle import render_bundle
from proxyenv.certificates.certificate import find_denial, parse_certificates, parse_content
from proxyenv.certificates.container import Opening
from proxyenv.certificates.pem import PrivateKeyError
from proxyenv.errors import TrustError
from proxyenv.machine.pkcs12 import Opener, find_opener
from support.certificates import (
    Issued,
    make_ca,
    make_crl,
    make_keyless_pkcs12,
    make_leaf,
    make_pkcs7,
    make_pkcs12,
)
from support.machine import require_client
from support.pkcs12_forms import make_container, make_data

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS = Path(cryptography_vectors.__file__).parent


@cache
def ca() -> Issued:
    return make_ca("Corp Root")


@cache
def other() -> Issued:
    return make_ca("Other Root")


def locked(password: bytes) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"corp", ca().key, ca().certificate, [other().certificate], BestAvailableEncryption(password)
    )


def without_key() -> bytes:
    return make_keyless_pkcs12(ca(), other())


def labelled(label: str, der: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), encodebytes(der), label.encode())


@pytest.mark.parametrize(
    ("data", "subjects"),
    [
        pytest.param(lambda: make_pkcs7(ca(), other()), {"Corp Root", "Other Root"}, id="PKCS#7 in PEM"),
        pytest.param(
            lambda: make_pkcs7(ca(), other(), encoding=Encoding.DER),
            {"Corp Root", "Other Root"},
            id="PKCS#7 in DER",
        ),
        pytest.param(
            lambda: labelled("PKCS #7 SIGNED DATA", make_pkcs7(ca(), encoding=Encoding.DER)),
            {"Corp Root"},
            id="PKCS#7 by its old label",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", make_pkcs7(ca(), encoding=Encoding.DER)),
            {"Corp Root"},
            id="PKCS#7 labelled as a certificate",
        ),
        pytest.param(
            lambda: other().pem + make_pkcs7(ca()), {"Corp Root", "Other Root"}, id="PEM and PKCS#7"
        ),
        pytest.param(without_key, {"Corp Root", "Other Root"}, id="PKCS#12 without a key"),
        pytest.param(lambda: make_pkcs12(ca()), {"Corp Root"}, id="PKCS#12 with a key, unlocked"),
        pytest.param(
            lambda: locked(b"geheim \xc3\xa4"), {"Corp Root", "Other Root"}, id="PKCS#12 with a password"
        ),
    ],
)
def test_a_container_gives_its_certificates(data: Callable[[], bytes], subjects: set[str]) -> None:
    found = parse_certificates(data(), source="corp.p12", password="geheim ä", open_pkcs12=find_opener())
    assert {each.subject.removeprefix("CN=") for each in found} == subjects


@pytest.mark.parametrize(
    ("data", "export"),
    [
        pytest.param(
            lambda: make_pkcs12(ca()), "openssl pkcs12 -in corp.p12 -nokeys -out ca.pem", id="with a key"
        ),
        pytest.param(without_key, "", id="without a key"),
        pytest.param(lambda: ca().pem, "", id="no container"),
    ],
)
def test_a_key_is_seen_and_not_kept(data: Callable[[], bytes], export: str) -> None:
    content = parse_content(data(), source="corp.p12", open_pkcs12=find_opener())
    assert content.export == export
    bundle = render_bundle(content.certificates, title="corp")
    assert b"PRIVATE" not in bundle
    secret = ca().key.private_numbers().private_value.to_bytes(32, "big")
    assert secret in ca().key_der
    assert all(secret not in each.der for each in content.certificates)


def test_a_container_with_a_key_gives_no_anchor() -> None:
    content = parse_content(
        locked(b"geheim"), source="corp.p12", password="geheim", open_pkcs12=find_opener()
    )
    with pytest.raises(PrivateKeyError) as caught:
        sift(content, source="corp.p12", known=KnownRoots(), now=datetime.now(UTC))
    assert caught.value.code == "unexpected-block"
    assert caught.value.message == (
        "`corp.p12` is a PKCS#12 with a private key; only certificates may enter a bundle"
    )


@pytest.mark.parametrize(
    ("password", "message"),
    [
        pytest.param(None, "`corp.p12` is encrypted: it needs a password", id="none"),
        pytest.param("falsch", "`corp.p12` is encrypted: the password is wrong", id="another one"),
        pytest.param(
            "ge\0heim",
            "`corp.p12` is encrypted: the password has a NUL character, as no such password has",
            id="with a NUL, at which cryptography panics",
        ),
        pytest.param(
            "\udcff", "`corp.p12` is encrypted: the password is not UTF-8", id="of another encoding"
        ),
    ],
)
def test_encrypted_file_needs_its_password(password: str | None, message: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(locked(b"geheim"), source="corp.p12", password=password, open_pkcs12=find_opener())
    assert (caught.value.code, caught.value.message) == ("ca-password", message)
    assert caught.value.hint == "give the password with `--ca-password-env NAME` or `--ca-password-file FILE`"


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        pytest.param(
            lambda: make_pkcs7(ca(), encoding=Encoding.DER)[:-40],
            "malformed-certificate",
            "`corp.p7b` is not a readable certificate: ",
            id="PKCS#7 cut off",
        ),
        pytest.param(
            lambda: make_crl(ca()) + labelled("PKCS7", make_pkcs7(ca(), encoding=Encoding.DER)[:60]),
            "malformed-certificate",
            "block 2 of `corp.p7b` is not a readable certificate: ",
            id="a damaged block is named by its number",
        ),
        pytest.param(
            lambda: make_pkcs7(ca()) + ca().key_pem,
            "unexpected-block",
            "block 2 of `corp.p7b` is a `PRIVATE KEY`",
            id="PKCS#7 and a key",
        ),
        pytest.param(
            lambda: labelled("CERTIFICATE", make_pkcs12(ca())),
            "unexpected-block",
            "block 1 of `corp.p7b` is a `PKCS12`",
            id="PKCS#12 labelled as a certificate",
        ),
        pytest.param(
            lambda: labelled("PKCS7", ca().key_der),
            "unexpected-block",
            "block 1 of `corp.p7b` is a `PRIVATE KEY`",
            id="a key labelled as PKCS#7",
        ),
        pytest.param(
            lambda: b"\xfe\xed\xfe\xed\x00\x00\x00\x02",
            "unexpected-block",
            "`corp.p7b` is a Java key store (`JKS`), which only Java reads",
            id="a Java key store",
        ),
        pytest.param(
            without_key,
            "unexpected-block",
            "`corp.p7b` is a `PKCS12`; only certificates may enter a bundle",
            id="PKCS#12 where nothing opens one",
        ),
    ],
)
def test_a_container_is_refused(data: Callable[[], bytes], code: str, message: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data(), source="corp.p7b")
    assert caught.value.code == code
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            lambda: make_pkcs7(ca(), encoding=Encoding.DER) + ca().key_der,
            "`corp.p7b` is not a readable certificate: it has data after the PKCS#7 structure",
            id="PKCS#7 in DER",
        ),
        pytest.param(
            lambda: labelled("PKCS7", make_pkcs7(ca(), encoding=Encoding.DER) + ca().key_der),
            "block 1 of `corp.p7b` is not a readable certificate: it has data after the PKCS#7 structure",
            id="PKCS#7 in PEM",
        ),
        pytest.param(
            lambda: without_key() + ca().key_der,
            "`corp.p7b` is not a readable certificate: it has data after the PKCS#12 structure",
            id="PKCS#12",
        ),
    ],
)
def test_a_container_with_a_key_behind_it_is_refused(data: Callable[[], bytes], message: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data(), source="corp.p7b")
    assert (caught.value.code, caught.value.message) == ("malformed-certificate", message)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            b"\x30\x05\x02\x01\x03\x04\x00",
            "`corp.p12` is not a readable certificate: it is a damaged PKCS#12",
            id="no content behind the version",
        ),
        pytest.param(
            make_container(make_data(bytes(4 * 1024 * 1024))),
            "`corp.p12` cannot be read: a PKCS#12 of more than 4 MiB is not read",
            id="more than four megabytes",
        ),
    ],
)
def test_what_is_visibly_not_to_be_opened_is_not_handed_on(data: bytes, message: str) -> None:
    asked: list[bytes] = []

    def note(content: bytes, _: tuple[bytes | None, ...]) -> Opening:
        asked.append(content)
        return Opening()

    with pytest.raises(TrustError) as caught:
        parse_certificates(data, source="corp.p12", open_pkcs12=note)
    assert (caught.value.message, asked) == (message, [])


def test_a_java_key_store_opens_by_the_command_that_is_named(tmp_path: Path) -> None:
    keytool = require_client("keytool")
    store, root = tmp_path / "corp.jks", tmp_path / "root.pem"
    root.write_bytes(ca().pem)
    command = [
        keytool,
        "-importcert",
        "-noprompt",
        "-storetype",
        "JKS",
        "-storepass",
        "changeit",
        "-alias",
        "corp",
    ]
    subprocess.run([*command, "-file", root, "-keystore", store], check=True, capture_output=True)
    with pytest.raises(TrustError) as caught:
        parse_certificates(store.read_bytes(), source=str(store))
    assert (
        caught.value.hint
        == f"export its certificates as PEM: `keytool -list -rfc -keystore {store} > ca.pem`"
    )
    listed = subprocess.run(
        [keytool, "-list", "-rfc", "-keystore", store, "-storepass", "changeit"],
        check=True,
        capture_output=True,
    ).stdout
    (found,) = parse_certificates(listed, source="ca.pem")
    assert found.fingerprint == ca().fingerprint


def test_the_own_certificate_of_a_user_is_in_the_container_too() -> None:
    leaf = make_leaf(ca(), "ada.test")
    data = pkcs12.serialize_key_and_certificates(
        b"ada", leaf.key, leaf.certificate, [ca().certificate], NoEncryption()
    )
    found = parse_certificates(data, source="ada.p12", open_pkcs12=find_opener())
    assert [find_denial(each.der) for each in found] == ["its basicConstraints say so", None]


ODD = sorted(
    path
    for folder in ("x509", "pkcs7", "pkcs12")
    for path in (VECTORS / folder).rglob("*")
    if path.suffix in {".pem", ".der", ".crt", ".p12", ".p7b"} and "crl" not in path.name.lower()
)


def test_odd_files_are_certificates_or_refused() -> None:
    counts, opener = {"read": 0, "refused": 0}, Opener(together=600)
    for path in ODD:
        try:
            content = parse_content(path.read_bytes(), source=path.name, open_pkcs12=opener)
        except TrustError:
            counts["refused"] += 1
        else:
            counts["read"] += 1
            assert b"PRIVATE" not in render_bundle(content.certificates, title=path.name)
    assert counts["read"] > 400
    assert counts["refused"] > 100
