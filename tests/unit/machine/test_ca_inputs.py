"""Every door reads a CA input alike: what is good is kept, the rest is left out and named."""

from __future__ import annotations

import gzip
import io
import json
import plistlib
import zipfile
from base64 import b64encode, encodebytes
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from proxyenv.errors import TrustError
from proxyenv.machine.ca_sources import Means, read_all
from proxyenv.machine.certificates import find_anchors
from proxyenv.machine.roots import find_known, read_public_roots
from support.certificates import (
    Issued,
    make_ca,
    make_crl,
    make_expired_ca,
    make_keyless_pkcs12,
    make_leaf,
    make_pkcs7,
)
from support.machines import make_host
from support.pkcs12_forms import make_container, make_mac

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.model.certificate import Certificate

NOW = datetime.now(UTC)


@cache
def ca(name: str = "Corp Root") -> Issued:
    return make_ca(name)


@cache
def public() -> tuple[Certificate, ...]:
    return read_public_roots()[0]


def labelled(label: str, der: bytes) -> bytes:
    return b"-----BEGIN %b-----\n%b-----END %b-----\n" % (label.encode(), encodebytes(der), label.encode())


def future() -> bytes:
    return make_ca("Future Root", not_before=NOW + timedelta(days=9), not_after=NOW + timedelta(days=99)).pem


def request_() -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder().subject_name(ca().certificate.subject)
    return builder.sign(ca().key, hashes.SHA256())


def public_key(encoding: Encoding, form: PublicFormat = PublicFormat.SubjectPublicKeyInfo) -> bytes:
    return ca().key.public_key().public_bytes(encoding, form)


def profile(*payloads: tuple[str, bytes]) -> bytes:
    content = [
        {"PayloadType": kind, "PayloadContent": data, "PayloadVersion": 1, "PayloadIdentifier": str(number)}
        for number, (kind, data) in enumerate(payloads)
    ]
    return plistlib.dumps({"PayloadType": "Configuration", "PayloadContent": content})


def signed(content: bytes) -> bytes:
    """As a management server signs it: the certificates beside the content are the signer's."""
    signer = make_ca("Signer Of Profiles")
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(signer.certificate, signer.key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("corp.pem", ca().pem)
    return file.getvalue()


def identity() -> bytes:
    """The own certificate of a user, with its key and its CA."""
    leaf = make_leaf(ca(), "ada.test")
    return pkcs12.serialize_key_and_certificates(
        b"ada", leaf.key, leaf.certificate, [ca().certificate], NoEncryption()
    )


def with_public_roots() -> bytes:
    with open(certifi.where(), "rb") as file:  # noqa: PTH123 - certifi gives a text
        return file.read() + ca().pem


class Answer(NamedTuple):
    """What a door says to an input: the CAs that it takes, or the code and message of its refusal."""

    subjects: tuple[str, ...]
    refusal: tuple[str, str] | None
    left_out: tuple[str, ...]


def ask_option(path: Path, named: Path) -> Answer:
    try:
        given = read_all(
            (str(named),), host=make_host(), now=NOW, means=Means(), known=find_known(public(), ())
        )
    except TrustError as error:
        return Answer((), (error.code, error.message.replace(str(path), "FILE")), ())
    reasons = tuple(f"{each.code}: {each.reason}".replace(str(path), "FILE") for each in given.rejections)
    return Answer(tuple(each.value.subject for each in given.anchors), None, reasons)


def ask_variable(path: Path, name: str, named: Path) -> Answer:
    machine = make_host(environment={name: str(named)})
    found, rejections = find_anchors(host=machine, public_roots=public(), now=NOW, shipped=())
    told = [each for each in rejections if each.code != "ca-spelling"]
    subjects = tuple(each.value.subject for each in found)
    if not subjects and told:
        (only,) = told
        return Answer((), (only.code, only.reason.replace(str(path), "FILE")), ())
    return Answer(
        subjects, None, tuple(f"{each.code}: {each.reason}".replace(str(path), "FILE") for each in told)
    )


QUIET = ("public-root", "ca-repeated")
"""What a bundle that nobody named always holds is no news there."""

GOOD = [
    pytest.param(lambda: ca().pem, (), id="a root"),
    pytest.param(
        lambda: make_expired_ca("Old Root").pem + ca().pem,
        ("ca-expired: `CN=Old Root` in `FILE` expired on 2020-12-31 00:00 UTC; today is",),
        id="an expired root before it",
    ),
    pytest.param(
        lambda: ca().pem + future(),
        ("ca-not-yet-valid: `CN=Future Root` in `FILE` is not valid before",),
        id="a root of next week after it",
    ),
    pytest.param(
        lambda: make_leaf(ca(), "proxy.corp.test").pem + ca().pem,
        ("not-a-ca: `CN=proxy.corp.test` in `FILE` is not a CA: its basicConstraints say so",),
        id="the leaf of a chain",
    ),
    pytest.param(
        lambda: ca().pem + make_crl(ca()),
        ("unexpected-block: block 2 of `FILE` is a `X509 CRL`; only certificates may enter a bundle",),
        id="a revocation list",
    ),
    pytest.param(
        lambda: request_().public_bytes(Encoding.PEM) + ca().pem,
        ("unexpected-block: block 1 of `FILE` is a `CERTIFICATE REQUEST`; only certificates may",),
        id="a request",
    ),
    pytest.param(
        lambda: public_key(Encoding.PEM) + ca().pem,
        ("unexpected-block: block 1 of `FILE` is a `PUBLIC KEY`; only certificates may enter a bundle",),
        id="a public key",
    ),
    pytest.param(
        lambda: labelled("CERTIFICATE", b"hello") + ca().pem,
        ("malformed-certificate: block 1 of `FILE` is not a readable certificate: ",),
        id="a certificate that does not parse",
    ),
    pytest.param(
        lambda: ca().pem + make_ca().pem[:300],
        ("malformed-certificate: block 2 of `FILE` is not a readable certificate: it has no `-----END",),
        id="a certificate that is cut off",
    ),
    pytest.param(
        lambda: make_ca().pem[:300] + b"\n" + ca().pem,
        ("malformed-certificate: block 1 of `FILE` is not a readable certificate: it has no `-----END",),
        id="a certificate that is cut off before it",
    ),
    pytest.param(
        lambda: make_expired_ca("A").pem + ca().pem + make_expired_ca("B").pem,
        ("ca-expired: 2 expired: `CN=A`, `CN=B`",),
        id="two expired roots",
    ),
    pytest.param(
        lambda: b"".join(make_expired_ca(name).pem for name in "ABCDE") + ca().pem,
        ("ca-expired: 5 expired: `CN=A`, `CN=B`, `CN=C`, and 2 more",),
        id="more than can be named",
    ),
    pytest.param(
        lambda: ca().pem + ca().pem,
        ("ca-repeated: `CN=Corp Root` is in `FILE` twice",),
        id="twice the same",
    ),
    pytest.param(
        with_public_roots, (f"public-root: {len(public())} public roots, which are",), id="a merged bundle"
    ),
    pytest.param(lambda: ca().pem.decode().encode("utf-16"), (), id="UTF-16"),
    pytest.param(lambda: ca().pem.decode().encode("utf-16-le"), (), id="UTF-16 without a mark"),
    pytest.param(lambda: ca().pem.decode().encode("utf-16-be"), (), id="UTF-16, the other order"),
    pytest.param(lambda: b64encode(ca().der), (), id="base64 in one line"),
    pytest.param(lambda: encodebytes(ca().der), (), id="base64 in lines"),
    pytest.param(lambda: b64encode(ca().pem), (), id="base64 of PEM, as a Secret holds it"),
    pytest.param(lambda: ca().pem.replace(b"\n", b"\\n"), (), id="line feeds written out"),
    pytest.param(lambda: json.dumps({"ca": ca().pem.decode()}).encode(), (), id="a value in JSON"),
    pytest.param(lambda: ca().der, (), id="DER"),
    pytest.param(lambda: make_pkcs7(ca(), encoding=Encoding.DER), (), id="PKCS#7"),
    pytest.param(lambda: make_pkcs7(ca()), (), id="PKCS#7 in PEM"),
    pytest.param(lambda: make_keyless_pkcs12(ca()), (), id="PKCS#12"),
    pytest.param(lambda: profile(("com.apple.security.root", ca().der)), (), id="a profile"),
    pytest.param(lambda: profile(("com.apple.security.pem", ca().pem)), (), id="a profile with PEM"),
    pytest.param(
        lambda: signed(profile(("com.apple.security.root", ca().der))), (), id="a profile that is signed"
    ),
    pytest.param(
        lambda: profile(
            ("com.apple.wifi.managed", b""),
            ("com.apple.security.pkcs12", identity()),
            ("com.apple.security.root", ca().der),
        ),
        ("unexpected-block: payload 1 of `FILE` is a `PKCS12`; only certificates may enter a bundle",),
        id="a profile with an identity",
    ),
]


@pytest.mark.parametrize(("content", "left_out"), GOOD)
def test_what_is_good_is_kept_and_the_rest_named(
    content: Callable[[], bytes], left_out: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "certs/corp.pem"
    path.parent.mkdir()
    path.write_bytes(content())
    answers = [
        ask_option(path, path),
        ask_option(path, path.parent),
        ask_variable(path, "SSL_CERT_FILE", path),
        ask_variable(path, "REQUESTS_CA_BUNDLE", path.parent),
        ask_variable(path, "SSL_CERT_DIR", path.parent),
    ]
    for answer in answers:
        assert (answer.subjects, answer.refusal) == (("CN=Corp Root",), None)
    for answer in answers[:2]:
        assert len(answer.left_out) == len(left_out)
        assert all(map(str.startswith, answer.left_out, left_out))
    told = tuple(each for each in answers[0].left_out if not each.startswith(QUIET))
    assert [answer.left_out for answer in answers[2:]] == [told] * 3


BAD = [
    pytest.param(
        lambda: ca().pem + ca().key_pem,
        ("unexpected-block", "block 2 of `FILE` is a `PRIVATE KEY`; only certificates may enter a bundle"),
        id="a private key",
    ),
    pytest.param(
        lambda: (ca().pem + ca().key_pem).decode().encode("utf-16-le"),
        ("unexpected-block", "block 2 of `FILE` is a `PRIVATE KEY`; only certificates may enter a bundle"),
        id="a private key in UTF-16",
    ),
    pytest.param(
        lambda: b64encode(ca().key_der),
        ("unexpected-block", "`FILE` is a `PRIVATE KEY`; only certificates may enter a bundle"),
        id="a private key without markers",
    ),
    pytest.param(
        lambda: profile(("com.apple.security.pem", ca().pem + ca().key_pem)),
        ("unexpected-block", "block 2 of `FILE` is a `PRIVATE KEY`; only certificates may enter a bundle"),
        id="a private key in a profile",
    ),
    pytest.param(
        identity,
        (
            "unexpected-block",
            "`FILE` is a PKCS#12 with a private key; only certificates may enter a bundle",
        ),
        id="PKCS#12 of a user",
    ),
    pytest.param(lambda: b"", ("no-certificate", "`FILE` is empty"), id="nothing"),
    pytest.param(
        lambda: b"\n<!DOCTYPE html>\n<html><title>Sign in</title></html>",
        ("no-certificate", "`FILE` holds no certificate: it is a web page (HTML)"),
        id="a page to log in at",
    ),
    pytest.param(
        lambda: gzip.compress(ca().pem),
        ("no-certificate", "`FILE` holds no certificate: it is compressed (gzip)"),
        id="gzip",
    ),
    pytest.param(zipped, ("no-certificate", "`FILE` holds no certificate: it is compressed (zip)"), id="zip"),
    pytest.param(
        lambda: public_key(Encoding.OpenSSH, PublicFormat.OpenSSH) + b" ada@corp\n",
        ("no-certificate", "`FILE` holds no certificate: it is a public key of ssh"),
        id="a key of ssh",
    ),
    pytest.param(
        lambda: public_key(Encoding.DER),
        ("unexpected-block", "`FILE` is a `PUBLIC KEY`; only certificates may enter a bundle"),
        id="a public key in DER",
    ),
    pytest.param(
        lambda: request_().public_bytes(Encoding.DER),
        ("unexpected-block", "`FILE` is a `CERTIFICATE REQUEST`; only certificates may enter a bundle"),
        id="a request in DER",
    ),
    pytest.param(
        lambda: x509.load_pem_x509_crl(make_crl(ca())).public_bytes(Encoding.DER),
        ("unexpected-block", "`FILE` is a `X509 CRL`; only certificates may enter a bundle"),
        id="a revocation list in DER",
    ),
    pytest.param(
        lambda: b"\xfe\xed\xfe\xed\x00\x00\x00\x02",
        ("unexpected-block", "`FILE` is a Java key store (`JKS`), which only Java reads"),
        id="a Java key store",
    ),
    pytest.param(
        lambda: profile(("com.apple.wifi.managed", b"x")),
        (
            "no-certificate",
            (
                "`FILE` holds no certificate: "
                "it is a configuration profile (`.mobileconfig`) without a certificate"
            ),
        ),
        id="a profile without a CA",
    ),
    pytest.param(
        lambda: b"Certificate:\n    Data:\n        Version: 3 (0x2)\n",
        (
            "no-certificate",
            "`FILE` holds no certificate: it is the description of a certificate without the certificate",
        ),
        id="openssl -text -noout",
    ),
    pytest.param(
        lambda: ca().pem.replace(b"-----", "\u2013".encode()),
        (
            "no-certificate",
            "`FILE` holds no certificate: it is PEM whose lines `-----BEGIN CERTIFICATE-----` are damaged",
        ),
        id="hyphens that a word processor changed",
    ),
    pytest.param(
        lambda: make_leaf(ca(), "proxy.corp.test").pem,
        ("not-a-ca", "`CN=proxy.corp.test` in `FILE` is not a CA: its basicConstraints say so"),
        id="a leaf",
    ),
]


@pytest.mark.parametrize(("content", "refusal"), BAD)
def test_where_nothing_is_good_it_is_named_for_what_it_is(
    content: Callable[[], bytes], refusal: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "certs/corp.pem"
    path.parent.mkdir()
    path.write_bytes(content())
    answers = [
        ask_option(path, path),
        ask_option(path, path.parent),
        ask_variable(path, "SSL_CERT_FILE", path),
        ask_variable(path, "SSL_CERT_DIR", path.parent),
    ]
    for answer in answers[::2]:
        assert answer == Answer((), refusal, ())
    for answer in answers[1::2]:
        assert answer.refusal == refusal


def test_several_bad_things_are_one_refusal_by_what_says_most(tmp_path: Path) -> None:
    path = tmp_path / "corp.pem"
    path.write_bytes(make_crl(ca()) + make_leaf(ca(), "proxy.test").pem + make_expired_ca("Old Root").pem)
    answer = ask_option(path, path)
    assert answer.refusal is not None
    code, message = answer.refusal
    assert code == "ca-expired"
    assert message.startswith("`CN=Old Root` in `FILE` expired on 2020-12-31 00:00 UTC; today is")
    assert message.endswith("; 2 other parts are not usable either")


def test_a_bundle_of_public_roots_alone_is_no_corporate_ca(tmp_path: Path) -> None:
    path = tmp_path / "corp.pem"
    path.write_bytes(with_public_roots().removesuffix(ca().pem))
    answer = ask_option(path, path)
    assert answer.refusal is not None
    assert answer.refusal[0] == "public-root"
    assert ask_variable(path, "SSL_CERT_FILE", path) == Answer((), None, ())


def test_a_private_key_in_one_file_refuses_a_directory(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(ca().pem)
    (tmp_path / "b.pem").write_bytes(ca("Other").pem + ca("Other").key_pem)
    path = tmp_path / "b.pem"
    refusal = (
        "unexpected-block",
        "block 2 of `FILE` is a `PRIVATE KEY`; only certificates may enter a bundle",
    )
    assert ask_option(path, tmp_path) == Answer((), refusal, ())
    assert ask_variable(path, "SSL_CERT_DIR", tmp_path) == Answer((), refusal, ())


def test_a_directory_of_everything(tmp_path: Path) -> None:
    contents = {
        "a.pem": ca("A").pem,
        "b.der": ca("B").der,
        "c.p7b": make_pkcs7(ca("C")),
        "d.p12": make_keyless_pkcs12(ca("D")),
        "e.mobileconfig": profile(("com.apple.security.root", ca("E").der)),
        "0123abcd.0": ca("F").pem,
        "g.pem": b"<html>",
        "h.pem": b"",
        "i.crt": make_expired_ca("Old Root").pem,
        "l.p12": make_keyless_pkcs12(ca("L"), password=b"geheim"),
        "notes.txt": b"hello",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "j.pem").symlink_to("a.pem")
    (tmp_path / "k.pem").symlink_to("gone.pem")
    option, variable = ask_option(tmp_path, tmp_path), ask_variable(tmp_path, "SSL_CERT_DIR", tmp_path)
    assert option.subjects == ("CN=F", "CN=A", "CN=B", "CN=C", "CN=D", "CN=E")
    assert [each.partition("; today")[0] for each in option.left_out] == [
        "ca-expired: `CN=Old Root` in `FILE/i.crt` expired on 2020-12-31 00:00 UTC",
        "ca-not-found: `FILE/gone.pem` cannot be read: it does not exist",
        "ca-password: `FILE/l.p12` is encrypted: it needs a password",
        "no-certificate: 2 without a certificate: `FILE/g.pem`, `FILE/h.pem`",
    ]
    assert variable == option


def test_a_url_of_a_file_is_its_path(tmp_path: Path) -> None:
    path = tmp_path / "my corp.pem"
    path.write_bytes(ca().pem)
    for url in (path.as_uri(), f"file://localhost{path.as_uri().removeprefix('file://')}"):
        given = read_all((url,), host=make_host(), now=NOW, means=Means(), known=find_known(public(), ()))
        assert [each.provenance for each in given.anchors] == [f"`--ca` ({path})"]


def test_a_variable_with_a_url_of_a_file_is_understood_and_said_to_be_of_no_use(tmp_path: Path) -> None:
    path = tmp_path / "corp.pem"
    path.write_bytes(ca().pem)
    machine = make_host(environment={"SSL_CERT_FILE": path.as_uri()})
    found, (rejection,) = find_anchors(host=machine, public_roots=public(), now=NOW, shipped=())
    assert [each.value.subject for each in found] == ["CN=Corp Root"]
    assert (rejection.code, rejection.reason) == (
        "ca-spelling",
        f"OpenSSL, and with it curl and Python, does not load `{path}`: a `file://` URL is no path to it",
    )


def test_a_directory_larger_than_any_of_cas_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for name in ("a.pem", "b.pem"):
        with (tmp_path / name).open("wb") as file:
            file.truncate(9 * 1024 * 1024)
    with pytest.raises(Exception, match="are larger than 16 MiB") as caught:
        ask_option(tmp_path, tmp_path)
    assert getattr(caught.value, "code", None) == "ca-unreadable"


def test_a_container_that_hashes_its_password_for_hours_is_left_alone(tmp_path: Path) -> None:
    lock = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(70_000).build(b"geheim")
    data = pkcs12.serialize_key_and_certificates(None, None, None, [ca().certificate], lock)
    (tmp_path / "good.p12").write_bytes(data)
    assert ask_option(tmp_path, tmp_path / "good.p12").refusal == (
        "ca-password",
        "`FILE/good.p12` is encrypted: it needs a password",
    )
    (tmp_path / "bad.p12").write_bytes(make_container(mac=make_mac(2**31 - 1)))
    assert ask_option(tmp_path, tmp_path / "bad.p12").refusal == (
        "ca-unreadable",
        "`FILE/bad.p12` cannot be read: opening it takes more than 10 s",
    )
