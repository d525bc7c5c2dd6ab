"""The odd certificates that `cryptography` is tested with: no crash, and a reason."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import cryptography_vectors
import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.inspection import make_path
from proxyenv.certificates.issuers import group_by_subject
from proxyenv.checks.forecast import forecast

ODD = Path(cryptography_vectors.__file__).parent / "x509"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        pytest.param("v1_cert.pem", "version-1", id="version 1"),
        pytest.param("verisign_md2_root.pem", "signature-weak-root", id="a root signed with MD2"),
        pytest.param(
            "custom/basic_constraints_not_critical.pem", "cert-expired", id="basicConstraints not critical"
        ),
        pytest.param("custom/two_basic_constraints.pem", "cert-malformed", id="basicConstraints twice"),
        pytest.param(
            "custom/unsupported_extension_critical.pem",
            "unknown-critical",
            id="an unknown critical extension",
        ),
        pytest.param("custom/san_empty_hostname.pem", "cert-expired", id="a host without a name"),
        pytest.param("san_edipartyname.der", "cert-malformed", id="a name that nobody reads"),
        pytest.param("san_x400address.der", "cert-malformed", id="an address of X.400"),
        pytest.param(
            "belgian-eid-invalid-visiblestring.pem", "cert-expired", id="a policy in a wrong alphabet"
        ),
        pytest.param("ee-pss-sha1-cert.pem", "signature-weak", id="RSA-PSS with SHA-1"),
        pytest.param("unique_identifier.pem", "cert-expired", id="identifiers that nobody uses"),
        pytest.param("ed448/root-ed448.pem", "key-unusual", id="Ed448"),
        pytest.param("PKITS_data/certs/NegativeSerialNumberCACert.crt", "root-missing", id="an intermediate"),
        pytest.param(
            "PKITS_data/certs/basicConstraintsNotCriticalCACert.crt", "bc-not-critical", id="a CA of NIST's"
        ),
        pytest.param("PKITS_data/certs/DSACACert.crt", "key-unusual", id="DSA"),
        pytest.param(
            "PKITS_data/certs/BasicSelfIssuedNewKeyOldWithNewCACert.crt",
            "root-missing",
            id="self-issued, and signed by another key",
        ),
    ],
)
def test_an_odd_certificate_gets_a_reason(name: str, code: str) -> None:
    now = datetime.now(UTC)
    (certificate,) = parse_certificates((ODD / name).read_bytes(), source=name)
    path = make_path(certificate.der, group_by_subject([certificate.der]))
    (found,) = forecast([path], environment={}, now=now, progress=lambda _: None)
    assert code in {each.code for link in found.links for each in link.findings}
    assert len(found.verdicts) == 10


def test_every_root_and_ca_of_nist_is_foretold() -> None:
    now = datetime.now(UTC)
    paths = []
    for file in sorted((ODD / "PKITS_data/certs").glob("*CA*Cert.crt"))[::4]:
        (certificate,) = parse_certificates(file.read_bytes(), source=file.name)
        paths.append(make_path(certificate.der, group_by_subject([certificate.der])))
    found = forecast(paths, environment={}, now=now, progress=lambda _: None)
    assert len(found) > 20
    assert {each.answer for answer in found for each in answer.verdicts if each.runtime == "python3.12"} == {
        "fail"
    }
