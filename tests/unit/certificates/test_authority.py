"""Who may be a trust anchor: a CA that is valid today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from proxyenv.certificates.anchors import find_fault
from proxyenv.certificates.certificate import parse_certificates
from support.certificates import make_ca, make_leaf, make_v1_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.certificate import LeftOut

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
END = datetime(2026, 12, 31, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def judge(der: bytes, now: datetime = NOON) -> LeftOut | None:
    (certificate,) = parse_certificates(der, source="corp.pem")
    return find_fault(certificate, source="corp.pem", now=now)


def fault(der: bytes, now: datetime = NOON) -> LeftOut:
    found = judge(der, now)
    assert found is not None
    return found


def ca(**options: bool | None) -> bytes:
    return make_ca("Corp Root", not_before=BEGIN, not_after=END, **options).der  # type: ignore[arg-type]


def intermediate() -> bytes:
    return make_ca("Corp Issuing", issuer=make_ca("Corp Root"), not_before=BEGIN, not_after=END).der


@pytest.mark.parametrize(
    ("der", "now"),
    [
        pytest.param(ca, NOON, id="a root"),
        pytest.param(intermediate, NOON, id="an intermediate"),
        pytest.param(lambda: ca(key_cert_sign=None), NOON, id="a root without keyUsage"),
        pytest.param(lambda: ca(critical=False), NOON, id="a root with basicConstraints not critical"),
        pytest.param(make_v1_root, datetime.now(UTC), id="a root of version 1"),
        pytest.param(ca, BEGIN, id="its first second"),
        pytest.param(ca, END, id="its last second"),
    ],
)
def test_a_ca_is_accepted(der: Callable[[], bytes], now: datetime) -> None:
    assert judge(der(), now) is None


ISSUER = "ask IT for the certificate of the CA that issued it, `CN=Corp Root`"
SELF = "ask IT for the certificate of the CA that the proxy signs with, not of the proxy itself"


@pytest.mark.parametrize(
    ("der", "message", "hint"),
    [
        pytest.param(
            lambda: make_leaf(make_ca("Corp Root"), "proxy.corp.test").der,
            "`CN=proxy.corp.test` in `corp.pem` is not a CA: its basicConstraints say so",
            ISSUER,
            id="a leaf",
        ),
        pytest.param(
            lambda: ca(is_ca=False),
            "`CN=Corp Root` in `corp.pem` is not a CA: its basicConstraints say so",
            SELF,
            id="a self-signed leaf",
        ),
        pytest.param(
            lambda: ca(is_ca=None),
            "`CN=Corp Root` in `corp.pem` is not a CA: it has no basicConstraints",
            SELF,
            id="no basicConstraints",
        ),
        pytest.param(
            lambda: ca(key_cert_sign=False),
            "`CN=Corp Root` in `corp.pem` is not a CA: its keyUsage lacks keyCertSign",
            SELF,
            id="a key that may not sign",
        ),
    ],
)
def test_what_is_not_a_ca_is_refused(der: Callable[[], bytes], message: str, hint: str) -> None:
    found = fault(der())
    assert (found.code, found.reason, found.hint) == ("not-a-ca", message, hint)


def test_unreadable_extensions_are_a_reason_too() -> None:
    # The key identifier's OCTET STRING becomes an INTEGER.
    der = ca().replace(bytes.fromhex("0603551d0e0416 0414"), bytes.fromhex("0603551d0e0416 0214"))
    assert "is not a CA: its extensions cannot be read" in fault(der).reason


def test_an_expired_ca_is_refused() -> None:
    found = fault(ca(), END + SECOND)
    assert found.code == "ca-expired"
    assert found.reason == (
        "`CN=Corp Root` in `corp.pem` expired on 2026-12-31 00:00 UTC; today is 2026-12-31 00:00 UTC"
    )
    assert found.hint == "ask IT for the CA that replaced `CN=Corp Root`"


def test_a_ca_of_the_future_is_refused() -> None:
    found = fault(ca(), BEGIN - SECOND)
    assert found.code == "ca-not-yet-valid"
    assert found.reason == (
        "`CN=Corp Root` in `corp.pem` is not valid before 2026-01-01 00:00 UTC; today is 2025-12-31 23:59 UTC"
    )
    assert found.hint == (
        "if the clock of this machine is right, ask IT for the CA that is in use until then"
    )


def test_dates_are_told_in_utc() -> None:
    tokyo = datetime(2027, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=9)))
    assert "today is 2027-01-01 18:04 UTC" in fault(ca(), tokyo).reason


def test_what_openssl_cannot_load_is_refused() -> None:
    # The issuer's name becomes a UTCTime, which cryptography reads as text and OpenSSL does not read.
    der = make_v1_root("Old Root").replace(b"\x0c\x08Old Root", b"\x17\x08Old Root", 1)
    der = der.replace(b"\x0c\x08Old Root", b"\x17\x08Old Root", 1)
    found = fault(der, datetime.now(UTC))
    assert found.code == "malformed-certificate"
    assert found.reason == (
        "`CN=Old Root` in `corp.pem` cannot be loaded by OpenSSL, "
        "and a bundle with it would break every client"
    )
