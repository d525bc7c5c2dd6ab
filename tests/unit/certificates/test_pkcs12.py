from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import pkcs12

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.pkcs12 import render_pkcs12
from support.certificates import make_ca
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.certificate import Certificate


def _parsed(*names: str) -> tuple[Certificate, ...]:
    return tuple(parse_certificates(make_ca(name).der, source="x")[0] for name in names)


def test_another_reader_finds_the_certificates_and_no_key() -> None:
    one, two = sorted(_parsed("Corp One", "Corp Two"))
    read = pkcs12.load_pkcs12(render_pkcs12([two, one]), None)
    assert read.key is None
    assert [each.certificate.fingerprint for each in read.additional_certs] != []
    names = [each.friendly_name for each in read.additional_certs]
    assert names == [f"{each.subject} [{each.fingerprint[:16]}]".encode() for each in (one, two)]


def test_equal_sets_give_equal_bytes() -> None:
    one, two = _parsed("Corp One", "Corp Two")
    assert render_pkcs12([one, two]) == render_pkcs12([two, one, two])


def test_keytool_lists_all_as_trusted_without_password(tmp_path: Path) -> None:
    certificates = _parsed("Corp Root", "Corp Root", "Ärger AG")  # Java would fold equal names into one
    (tmp_path / "roots.p12").write_bytes(render_pkcs12(certificates))
    command = [require_client("keytool"), "-list", "-keystore", str(tmp_path / "roots.p12")]
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
    )
    assert "Your keystore contains 3 entries" in done.stdout
    assert done.stdout.count("trustedCertEntry") == 3
    for certificate in certificates:
        digits = certificate.fingerprint.upper()
        assert ":".join(digits[at : at + 2] for at in range(0, 64, 2)) in done.stdout
