"""The CA of a real mitmproxy is picked from the operating system's store, where nobody named it."""

from __future__ import annotations

import base64
import ssl
import tomllib
from typing import TYPE_CHECKING, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.demo.intercepting_proxy import InterceptingProxy, Network, start_proxy
from proxyenv.demo.origin import start_origin
from support.certificates import DAY
from support.command import Ran, converse
from support.machine import in_ci
from support.system_store import with_ca_in_store
from support.wsl import in_wsl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, in_ci]

NAME: Final = "origin.demo.test"


def make_namesake(ca: x509.Certificate, number: int) -> bytes:
    """A root with the name of another, and a key of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(ca.subject)
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(number + 1)
        .not_valid_before(ca.not_valid_before_utc)
        .not_valid_after(ca.not_valid_after_utc + number * DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def proxy(mitmproxy_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[InterceptingProxy]:
    root = tmp_path_factory.mktemp("network")
    for name in ("origin", "proxy"):
        (root / name).mkdir()
    with start_origin(root / "origin", names=(NAME,)) as origin:
        network = Network(
            {f"{NAME}:443": origin.https_port, f"{NAME}:80": origin.http_port}, (443,), origin.ca
        )
        with start_proxy(mitmproxy_python, root / "proxy", network) as running:
            yield running


def set_up(home: Path, proxy: InterceptingProxy, inside: tuple[str, ...]) -> Ran:
    """A person sets up, and says yes to the plan and nothing else."""
    home.mkdir()
    options = ("--proxy", f"http://localhost:{proxy.port}", "--url", f"https://{NAME}/uuid", "--no-check")
    return converse("setup", *options, home=home, answers="y\n", inside=inside)


def test_of_50_of_one_name_the_one_that_signed(proxy: InterceptingProxy, tmp_path: Path) -> None:
    (right,) = parse_certificates(proxy.ca.read_bytes(), source="mitmproxy")
    pem = ssl.DER_cert_to_PEM_cert(right.der).encode()
    namesakes = [make_namesake(x509.load_der_x509_certificate(right.der), number) for number in range(49)]
    crowd, home = tmp_path / "crowd.pem", tmp_path / "home"
    crowd.write_bytes(b"".join((*namesakes[:30], pem, *namesakes[30:])))
    inside = with_ca_in_store(crowd, tmp_path)
    done = set_up(home, proxy, inside)
    assert done.status == 0, done.err
    said = f"holds the CA that signed what it shows: `{right.subject}` of mitmproxy, a debugging tool"
    assert said in done.err
    assert f"SHA-256 {right.fingerprint}, valid until" in done.err
    corporate = (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes()
    assert [each.der for each in parse_certificates(corporate, source="written")] == [right.der]
    saved = tomllib.loads((home / ".config/proxyenv/proxyenv.toml").read_text("utf-8"))
    assert saved["trust"] == {"ca": ["system"], "fingerprints": [right.fingerprint]}
    again = converse("refresh", "--yes", "--no-check", home=home, answers="", inside=inside)
    assert (again.status, "nothing to change" in again.err) == (0, True), again.err
    gone = converse("refresh", "--yes", "--no-check", home=home, answers="")
    assert (gone.status, f"holds no CA with the fingerprint `{right.fingerprint}`" in gone.err) == (3, True)


def test_after_a_rotation_the_printed_command_picks_again_and_takes_no_other(
    proxy: InterceptingProxy, tmp_path: Path
) -> None:
    (right,) = parse_certificates(proxy.ca.read_bytes(), source="mitmproxy")
    ca, home = x509.load_der_x509_certificate(right.der), tmp_path / "home"
    home.mkdir()
    old, new = tmp_path / "old.pem", tmp_path / "new.pem"
    old.write_bytes(make_namesake(ca, 1))
    new.write_bytes(b"".join((make_namesake(ca, 2), ssl.DER_cert_to_PEM_cert(right.der).encode())))
    (before,) = parse_certificates(old.read_bytes(), source="old")
    way = ("--proxy", f"http://localhost:{proxy.port}", "--url", f"https://{NAME}/uuid")
    given = ("--ca", "system", "--ca-fingerprint", before.fingerprint)
    (tmp_path / "old").mkdir()
    done = converse(
        "setup", *way, *given, "--yes", "--no-check", home=home, answers="",
        inside=with_ca_in_store(old, tmp_path / "old"),
    )  # fmt: skip
    assert done.status == 0, done.err
    (tmp_path / "new").mkdir()
    inside = with_ca_in_store(new, tmp_path / "new")
    rotated = converse("refresh", "--yes", "--no-check", home=home, answers="", inside=inside)
    assert rotated.status == 3
    assert f"holds no CA with the fingerprint `{before.fingerprint}`" in rotated.err
    command = rotated.err.split("hint: `")[1].split("`")[0]
    assert command == "proxyenv setup --replace-ca"
    typed = converse(*command.split()[1:], "--yes", "--no-check", home=home, answers="", inside=inside)
    assert typed.status == 0, typed.err
    saved = tomllib.loads((home / ".config/proxyenv/proxyenv.toml").read_text("utf-8"))
    assert saved["trust"] == {"ca": ["system"], "fingerprints": [right.fingerprint]}
    corporate = (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes()
    assert [each.der for each in parse_certificates(corporate, source="written")] == [right.der]
    again = converse("refresh", "--yes", "--no-check", home=home, answers="", inside=inside)
    assert (again.status, "nothing to change" in again.err) == (0, True), again.err
    lacks = converse(*command.split()[1:], "--yes", "--no-check", home=home, answers="")
    assert (lacks.status, "nothing says which one comes" in lacks.err) == (2, True), lacks.err


def test_a_ca_that_the_store_lacks_is_asked_for(proxy: InterceptingProxy, tmp_path: Path) -> None:
    (right,) = parse_certificates(proxy.ca.read_bytes(), source="mitmproxy")
    other, home = tmp_path / "other.pem", tmp_path / "home"
    other.write_bytes(make_namesake(x509.load_der_x509_certificate(right.der), 0))
    done = set_up(home, proxy, with_ca_in_store(other, tmp_path))
    assert f"(1 of that name have other keys): ask IT for `{right.subject}`" in done.err, done.err
    assert not (home / ".local/share/proxyenv/corporate-ca.pem").exists()


def test_in_wsl_the_one_that_windows_has(proxy: InterceptingProxy, tmp_path: Path) -> None:
    """The store of this Linux lacks it; what is picked stays where Windows no longer answers."""
    (right,) = parse_certificates(proxy.ca.read_bytes(), source="mitmproxy")
    other = make_namesake(x509.load_der_x509_certificate(right.der), 0)
    ders = (ssl.PEM_cert_to_DER_cert(other.decode()), right.der)
    said = "".join(f"Root {base64.b64encode(der).decode()}\r\n" for der in ders)
    (tmp_path / "wsl").mkdir()
    home = tmp_path / "home"
    done = set_up(home, proxy, in_wsl(tmp_path / "wsl", said))
    assert done.status == 0, done.err
    assert "the store Root of Windows holds the CA that signed what it shows: " in done.err
    assert f"SHA-256 {right.fingerprint}, valid until" in done.err
    corporate = (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes()
    assert [each.der for each in parse_certificates(corporate, source="written")] == [right.der]
    again = converse("refresh", "--yes", "--no-check", home=home, answers="")
    assert (again.status, "nothing to change" in again.err) == (0, True), again.err


def test_in_wsl_one_that_windows_lacks_too(proxy: InterceptingProxy, tmp_path: Path) -> None:
    (tmp_path / "wsl").mkdir()
    home = tmp_path / "home"
    (right,) = parse_certificates(proxy.ca.read_bytes(), source="mitmproxy")
    other = make_namesake(x509.load_der_x509_certificate(right.der), 0)
    encoded = base64.b64encode(ssl.PEM_cert_to_DER_cert(other.decode())).decode()
    done = set_up(home, proxy, in_wsl(tmp_path / "wsl", f"Root {encoded}\r\n"))
    assert f"ask IT for `{right.subject}`" in done.err, done.err
    assert "the store Root of Windows holds none either" in done.err
    assert not (home / ".local/share/proxyenv/corporate-ca.pem").exists()
