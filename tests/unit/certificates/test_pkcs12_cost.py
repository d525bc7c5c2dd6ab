"""What a PKCS#12 asks for is known before OpenSSL does it, which hears no signal meanwhile."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

import cryptography_vectors
import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.pkcs12_cipher import decrypt
from proxyenv.certificates.pkcs12_cost import count_rounds, find_encrypted
from proxyenv.errors import TrustError
from support.certificates import Issued, make_ca, make_keyless_pkcs12
from support.machine import require_client
from support.pkcs12_forms import (
    ROW,
    SALT_IN_PIECES,
    derive,
    derive_by_scrypt,
    encrypt,
    encrypt_by_rc2,
    endless,
    hide,
    make_bag_of_bags,
    make_container,
    make_data,
    make_encrypted,
    make_key_bag,
    make_mac,
    make_mac_of_its_own_key,
)

VECTORS: Final = Path(cryptography_vectors.__file__).parent / "pkcs12"
MANY: Final = 20_000_000


@cache
def ca() -> Issued:
    return make_ca("Corp Root")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make_container(make_encrypted(encrypt(derive(MANY)))), id="a part"),
        pytest.param(
            make_container(make_encrypted(encrypt(derive(MANY, SALT_IN_PIECES)))), id="a salt in pieces"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt(endless(derive(MANY))))), id="a length that is not given"
        ),
        pytest.param(
            make_container(make_encrypted(encrypt(derive_by_scrypt(16_384, 8, 160)))), id="scrypt in parallel"
        ),
        pytest.param(
            make_container(*[make_encrypted(encrypt(derive(2_000_000)))] * 10), id="many parts together"
        ),
        pytest.param(make_container(make_data(ROW(make_key_bag(encrypt(derive(MANY)))))), id="a key"),
        pytest.param(
            make_container(make_data(ROW(make_bag_of_bags(make_key_bag(encrypt(derive(MANY))))))),
            id="a key in a bag in a bag",
        ),
        pytest.param(
            make_container(hide(make_key_bag(encrypt(derive(MANY))))), id="a key in a part that is encrypted"
        ),
        pytest.param(
            make_container(hide(make_bag_of_bags(make_key_bag(encrypt(derive(MANY)))))),
            id="a key in a bag in one",
        ),
        pytest.param(make_container(mac=make_mac(MANY)), id="the MAC"),
        pytest.param(make_container(mac=make_mac(MANY, SALT_IN_PIECES)), id="the MAC, its salt in pieces"),
        pytest.param(make_container(mac=make_mac_of_its_own_key(MANY)), id="the key of the MAC"),
    ],
)
def test_a_container_that_takes_minutes_is_not_opened(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data, source="corp.p12")
    assert (caught.value.code, caught.value.message) == (
        "malformed-certificate",
        "`corp.p12` is not a readable certificate: its password takes more than 10,000,000 rounds",
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(make_container(make_encrypted(ROW(b"\x06\x01\x2a", ROW()))), id="an unknown cipher"),
        pytest.param(
            make_container(make_encrypted(encrypt(ROW(b"\x06\x01\x2a", ROW())))), id="an unknown derivation"
        ),
        pytest.param(make_container(ROW(b"\x06\x01\x2a", b"\xa0\x00")), id="an unknown part"),
        pytest.param(make_container(make_data(ROW()) + b"\0"), id="an element that is cut off"),
        pytest.param(make_container(mac=make_mac(1) * 2), id="two MACs"),
        pytest.param(
            make_container(make_encrypted(encrypt_by_rc2(1), bytes(3_000_000))),
            id="megabytes of an old cipher",
        ),
        pytest.param(
            make_container(make_encrypted(encrypt_by_rc2(4_000_000))), id="millions of rounds of the old kind"
        ),
        pytest.param(make_container(hide(b"\x04\x00")), id="no bag in a part that is encrypted"),
    ],
)
def test_a_container_whose_cost_is_not_known_is_not_opened(data: bytes) -> None:
    with pytest.raises(TrustError) as caught:
        parse_certificates(data, source="corp.p12")
    assert caught.value.message == (
        "`corp.p12` is not a readable certificate: "
        "it is a damaged PKCS#12, or one in a form that no program is known to write"
    )


@pytest.mark.parametrize(
    ("name", "rounds"),
    [
        pytest.param("cert-none-key-none.p12", 2_048, id="a MAC of OpenSSL's"),
        pytest.param("cert-rc2-key-3des.p12", 6_144, id="OpenSSL with the oldest ciphers"),
        pytest.param("cert-key-aes256cbc.p12", 6_144, id="OpenSSL with PBES2"),
        pytest.param("no-password.p12", 4_097, id="OpenSSL without a password"),
        pytest.param("java-truststore.p12", 2_048, id="a trust store of Java's"),
        pytest.param("name-all-no-pwd.p12", 0, id="nothing encrypted"),
        pytest.param("name-all-pwd.p12", 40_000, id="all encrypted"),
    ],
)
def test_the_rounds_of_all_that_is_encrypted_are_added(name: str, rounds: int) -> None:
    assert count_rounds((VECTORS / name).read_bytes()) == rounds


@pytest.mark.parametrize(
    "cipher",
    [
        "PBE-SHA1-RC4-128",
        "PBE-SHA1-RC4-40",
        "PBE-SHA1-3DES",
        "PBE-SHA1-2DES",
        "PBE-SHA1-RC2-128",
        "PBE-SHA1-RC2-40",
        "AES-128-CBC",
        "AES-192-CBC",
        "AES-256-CBC",
        "DES-EDE3-CBC",
    ],
)
def test_what_openssl_encrypts_is_looked_into(tmp_path: Path, cipher: str) -> None:
    made, written = tmp_path / "ca.pem", tmp_path / "ca.p12"
    made.write_bytes(ca().pem)
    arguments = f"pkcs12 -export -legacy -nokeys -certpbe {cipher} -in {made} -out {written} -passout"
    command = [require_client("openssl"), *arguments.split(), "pass:geheim ä"]
    subprocess.run(command, check=True, capture_output=True)
    ((algorithm, octets),) = find_encrypted(written.read_bytes())
    assert ca().der in (decrypt(algorithm, octets, "geheim ä".encode()) or b"")
    assert ca().der not in (decrypt(algorithm, octets, b"geheim") or b"")
    (found,) = parse_certificates(written.read_bytes(), source="ca.p12", password="geheim ä")
    assert found.fingerprint == ca().fingerprint


def test_what_firefox_s_library_writes_in_ber_is_read(tmp_path: Path) -> None:
    certutil, pk12util = require_client("certutil"), require_client("pk12util")
    database, noise, exported = f"sql:{tmp_path}", tmp_path / "noise", tmp_path / "corp.p12"
    noise.write_bytes(bytes(range(100)))
    made = (
        f"{certutil} -N -d {database} --empty-password",
        f"{certutil} -S -d {database} -n corp -s CN=Corp -x -t C,, -z {noise}",
        f"{pk12util} -o {exported} -n corp -d {database} -W secret",
    )
    for command in made:
        subprocess.run(command.split(), check=True, capture_output=True)
    data = exported.read_bytes()
    assert data[:2] == b"\x30\x80"
    assert count_rounds(data) > 0
    (found,) = parse_certificates(data, source="corp.p12", password="secret")
    assert found.subject == "CN=Corp"


def test_a_container_that_takes_a_second_is_opened() -> None:
    data = make_keyless_pkcs12(ca(), password=b"secret")
    (found,) = parse_certificates(data, source="corp.p12", password="secret")
    assert found.subject == "CN=Corp Root"
