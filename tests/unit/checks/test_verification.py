from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from proxyenv.checks.verification import find_cause, judge_verification


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        pytest.param(7, "ca-wrong", id="certificate-signature-failure"),
        pytest.param(9, "certificate-expired", id="not-yet-valid"),
        pytest.param(10, "certificate-expired", id="expired"),
        pytest.param(18, "ca-missing", id="self-signed-certificate"),
        pytest.param(19, "ca-missing", id="self-signed-certificate-in-chain"),
        pytest.param(20, "ca-missing", id="unable-to-get-local-issuer"),
        pytest.param(21, "ca-missing", id="unable-to-verify-leaf"),
        pytest.param(24, "ca-rejected", id="invalid-ca"),
        pytest.param(62, "host-name-mismatch", id="hostname-mismatch"),
        pytest.param(64, "host-name-mismatch", id="ip-address-mismatch"),
        pytest.param(66, "ca-rejected", id="key-too-small"),
        pytest.param(79, "ca-rejected", id="invalid-ca-of-openssl-3"),
        pytest.param(85, "ca-rejected", id="missing-authority-key-identifier"),
        pytest.param(86, "ca-rejected", id="missing-subject-key-identifier"),
        pytest.param(89, "ca-rejected", id="basic-constraints-not-critical"),
        pytest.param(92, "ca-rejected", id="no-key-usage"),
        pytest.param(1, "tls-failed", id="unspecified"),
    ],
)
def test_find_cause(code: int, cause: str) -> None:
    assert find_cause(code) == cause


@pytest.mark.parametrize(("code", "cause"), [(20, "ca-wrong"), (19, "ca-wrong"), (10, "certificate-expired")])
def test_missing_ca_with_a_namesake_is_a_wrong_ca(code: int, cause: str) -> None:
    assert find_cause(code, namesake=True) == cause


def error(code: int, message: str) -> ssl.SSLCertVerificationError:
    made = ssl.SSLCertVerificationError()
    made.verify_code, made.verify_message = code, message
    return made


def test_a_missing_ca_is_named_with_the_file_that_lacks_it() -> None:
    finding = judge_verification(
        error(20, "unable to get local issuer certificate"),
        target="https://a.test:443",
        issuer="Corp CA",
        bundle=Path("/b/ca-bundle.pem"),
    )
    assert finding.detail == (
        "the certificate of `https://a.test:443`, issued by `Corp CA`, is refused: "
        "unable to get local issuer certificate"
    )
    assert finding.hint == (
        "`/b/ca-bundle.pem` does not hold the CA `Corp CA`: "
        "get its certificate from IT and give it with `--ca FILE`; "
        "`proxyenv trust fetch HOST` shows what is sent"
    )


def test_unknown_issuer_is_not_named() -> None:
    finding = judge_verification(error(20, "why"), target="https://a.test:443", issuer=None, bundle=None)
    assert finding.detail == "the certificate of `https://a.test:443` is refused: why"
    assert finding.hint == (
        "the public roots do not hold the CA that issued it: "
        "get its certificate from IT and give it with `--ca FILE`; "
        "`proxyenv trust fetch HOST` shows what is sent"
    )


def test_rejected_ca_must_be_reissued() -> None:
    finding = judge_verification(
        error(85, "Missing Authority Key Identifier"),
        target="https://a.test:443",
        issuer="Corp CA",
        bundle=None,
    )
    assert finding.cause == "ca-rejected"
    assert finding.hint == (
        "ask IT to reissue the CA `Corp CA` as RFC 5280 requires; `proxyenv trust inspect FILE` says what is "
        "wrong with it; until then use Python 3.12, which is less strict"
    )
