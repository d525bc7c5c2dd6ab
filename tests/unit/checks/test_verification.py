"""What a refused certificate means: by OpenSSL's number alone, and with the certificates that were seen."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.issuers import find_relevant
from proxyenv.certificates.refusal import find_refused
from proxyenv.checks.handshake import FLAGS, client_context
from proxyenv.checks.verification import Encounter, find_cause, judge_verification
from proxyenv.model.inspection import CertificatePath
from support.certificates import DAY, Issued, make_ca, make_leaf
from support.defects import HOST, make_case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proxyenv.checks.verification import RefusedCertificate

NOW: Final = datetime.now(UTC)
BEGUN, ENDED = datetime(2020, 1, 1, tzinfo=UTC), datetime(2020, 12, 31, tzinfo=UTC)
BUNDLE: Final = Path("/b/ca-bundle.pem")


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        pytest.param(2, "ca-without-root", id="unable-to-get-issuer"),
        pytest.param(7, "ca-wrong", id="certificate-signature-failure"),
        pytest.param(9, "certificate-expired", id="not-yet-valid"),
        pytest.param(10, "certificate-expired", id="expired"),
        pytest.param(18, "certificate-self-signed", id="self-signed-certificate"),
        pytest.param(19, "ca-missing", id="self-signed-certificate-in-chain"),
        pytest.param(20, "ca-missing", id="unable-to-get-local-issuer"),
        pytest.param(21, "ca-missing", id="unable-to-verify-leaf"),
        pytest.param(24, "ca-rejected", id="invalid-ca"),
        pytest.param(62, "host-name-mismatch", id="hostname-mismatch"),
        pytest.param(64, "host-name-mismatch", id="ip-address-mismatch"),
        pytest.param(66, "certificate-rejected", id="key-of-the-server-too-small"),
        pytest.param(67, "ca-rejected", id="key-of-a-ca-too-small"),
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


def refuse(
    sent: Sequence[bytes],
    key: bytes,
    anchors: Sequence[bytes],
    tmp_path: Path,
    *,
    runtime: str = "python3.12",
    clock: datetime | None = None,
    host: str = "localhost",
) -> RefusedCertificate:
    """What a client that trusts *anchors* is told of a server that sends *sent*, by a real handshake."""
    error = shake_hands(sent, key, anchors, tmp_path, runtime=runtime, host=host)
    path = CertificatePath(tuple(sent), find_relevant(sent, anchors), host)
    seen = Encounter(
        error.verify_code,
        error.verify_message,
        "https://a.test:443",
        "a.test",
        find_refused(error.verify_code, path, now=NOW),
        BUNDLE,
        NOW,
        clock,
    )
    return judge_verification(seen)


def shake_hands(
    sent: Sequence[bytes], key: bytes, anchors: Sequence[bytes], tmp_path: Path, *, runtime: str, host: str
) -> ssl.SSLCertVerificationError:
    file = tmp_path / "server.pem"
    file.write_bytes(key + b"".join(ssl.DER_cert_to_PEM_cert(der).encode() for der in sent))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(file)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(anchors, FLAGS[runtime]).wrap_bio(to_client, to_server, server_hostname=host)
    server = context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(20):
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLCertVerificationError as error:
            return error
        with pytest.raises(ssl.SSLWantReadError):
            server.do_handshake()
    raise AssertionError


def show(*issued: Issued) -> tuple[list[bytes], bytes]:
    """A server's certificate with the CAs that are sent along, and its key."""
    return [each.der for each in issued], issued[0].key_pem


def test_an_expired_server_certificate_is_for_its_issuer_to_renew(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    found = refuse(*show(make_leaf(root, not_before=BEGUN, not_after=ENDED)), [root.der], tmp_path)
    assert found == (
        "certificate-expired",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Root`, is refused: "
            "certificate has expired: "
            "the server's own certificate `localhost` was valid until 2020-12-31 00:00 UTC"
        ),
        "whoever issues the certificates of `a.test` has to renew this one: IT, if the proxy does",
    )


def test_an_expired_intermediate_is_told_from_the_server_certificate(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing", issuer=root, not_before=BEGUN, not_after=ENDED)
    found = refuse(*show(make_leaf(issuing), issuing), [root.der], tmp_path)
    assert found == (
        "intermediate-expired",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Issuing`, is refused: "
            "certificate has expired: "
            "the intermediate CA `Corp Issuing` (depth 1) was valid until 2020-12-31 00:00 UTC"
        ),
        (
            "ask IT to renew the intermediate CA `Corp Issuing`, which comes over the wire: "
            "what `/b/ca-bundle.pem` has is not at fault"
        ),
    )


def test_an_expired_root_is_replaced_in_the_bundle(tmp_path: Path) -> None:
    root = make_ca("Corp Root", not_before=BEGUN, not_after=ENDED)
    issuing = make_ca("Corp Issuing", issuer=root, not_before=BEGUN, not_after=ENDED)
    found = refuse(*show(make_leaf(issuing), issuing), [root.der], tmp_path)
    assert (found.cause, found.hint) == (
        "ca-has-expired",
        "ask IT for the CA that replaced `Corp Root`, and give it with `--ca FILE`",
    )
    assert found.detail.endswith("the root `Corp Root` (depth 2) was valid until 2020-12-31 00:00 UTC")


def test_the_clock_is_blamed_where_the_proxy_has_another(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    leaf = make_leaf(root, not_before=NOW + 10 * DAY, not_after=NOW + 20 * DAY)
    found = refuse(*show(leaf), [root.der], tmp_path, clock=NOW + 15 * DAY)
    assert (found.cause, found.hint) == (
        "clock-wrong",
        "set this machine's clock (`timedatectl` shows it), then run this again",
    )
    clocks = (f"{moment:%Y-%m-%d %H:%M} UTC" for moment in (NOW, NOW + 15 * DAY))
    assert found.detail.endswith("this machine's clock says {}, the proxy's {}".format(*clocks))


@pytest.mark.parametrize(
    ("clock", "hint"),
    [
        pytest.param(None, "is it {}? if not, set this machine's clock", id="nobody tells the time"),
        pytest.param(NOW + timedelta(minutes=1), "ask IT for what is in use until then", id="clocks agree"),
    ],
)
def test_what_is_valid_later_is_a_question_of_the_clock_first(
    clock: datetime | None, hint: str, tmp_path: Path
) -> None:
    root = make_ca("Corp Root", not_before=NOW + 10 * DAY)
    found = refuse(*show(make_leaf(root)), [root.der], tmp_path, clock=clock)
    assert found.cause == "certificate-expired"
    assert (found.hint or "").startswith(hint.format(f"{NOW:%Y-%m-%d %H:%M} UTC"))


def test_an_issuing_ca_without_its_root_is_that_very_ca(tmp_path: Path) -> None:
    issuing = make_ca("Corp Issuing", issuer=make_ca("Corp Root"))
    found = refuse(*show(make_leaf(issuing), issuing), [issuing.der], tmp_path)
    assert found == (
        "ca-without-root",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Issuing`, is refused: "
            "unable to get issuer certificate: "
            "`/b/ca-bundle.pem` has `Corp Issuing`, which issued it, but not the root `Corp Root` above it"
        ),
        "ask IT for the root `Corp Root`, and give it too with `--ca FILE`",
    )


def test_a_root_that_is_sent_above_a_known_issuing_ca_can_be_printed(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing", issuer=root)
    found = refuse(*show(make_leaf(issuing), issuing, root), [issuing.der], tmp_path)
    assert (found.cause, found.hint) == (
        "ca-without-root",
        (
            "ask IT for the root `Corp Root`, and give it too with `--ca FILE`; it is sent along: "
            f"if IT confirms the SHA-256 `{root.fingerprint}`, "
            f"`proxyenv trust fetch a.test --ca-fingerprint {root.fingerprint}` prints it"
        ),
    )


def test_a_ca_of_the_same_name_with_another_key_is_another_ca(tmp_path: Path) -> None:
    old = make_ca("Corp Root")
    found = refuse(*show(make_leaf(make_ca("Corp Root"))), [old.der], tmp_path)
    assert found == (
        "ca-wrong",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Root`, is refused: "
            "unable to get local issuer certificate: the CA of that name in `/b/ca-bundle.pem`, "
            f"SHA-256 {old.fingerprint[:16]}…, has another key: "
            "it did not sign the server's own certificate `localhost`"
        ),
        "ask IT for the CA `Corp Root` that is in use, and give it with `--ca FILE`",
    )


def test_the_current_root_of_that_name_may_be_on_the_wire(tmp_path: Path) -> None:
    old, new = make_ca("Corp Root"), make_ca("Corp Root")
    found = refuse(*show(make_leaf(new), new), [old.der], tmp_path)
    assert (found.cause, found.hint) == (
        "ca-wrong",
        (
            f"it is sent along: if IT confirms the SHA-256 `{new.fingerprint}`, "
            f"`proxyenv setup --ca-fingerprint {new.fingerprint}`"
        ),
    )


def test_an_unknown_root_that_is_sent_can_be_confirmed(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    found = refuse(*show(make_leaf(root), root), [make_ca("Another").der], tmp_path)
    assert found == (
        "ca-missing",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Root`, is refused: "
            "self-signed certificate in certificate chain"
        ),
        (
            "`/b/ca-bundle.pem` does not hold the CA `Corp Root`: it is sent along: "
            f"if IT confirms the SHA-256 `{root.fingerprint}`, "
            f"`proxyenv setup --ca-fingerprint {root.fingerprint}`"
        ),
    )


def test_a_ca_that_nobody_sends_is_named(tmp_path: Path) -> None:
    issuing = make_ca("Corp Issuing", issuer=make_ca("Corp Root"))
    found = refuse(*show(make_leaf(issuing), issuing), [make_ca("Another").der], tmp_path)
    assert (found.cause, found.hint) == (
        "ca-missing",
        (
            "`/b/ca-bundle.pem` does not hold the CA `Corp Root`: get its certificate from IT and give it "
            "with `--ca FILE`; `proxyenv trust fetch a.test` shows what is sent"
        ),
    )


def test_a_server_that_signs_itself_has_no_ca(tmp_path: Path) -> None:
    case = make_case("selfsigned_leaf")
    found = refuse(case.path.sent, case.key, [make_ca("Another").der], tmp_path, host=HOST)
    assert (found.cause, found.hint) == (
        "certificate-self-signed",
        (
            "`proxyenv trust fetch a.test` shows what is sent; "
            "ask whoever runs `a.test` for a certificate that a CA issued"
        ),
    )


def damage(der: bytes) -> bytes:
    """The same certificate with another last octet of its signature, which stays a valid encoding."""
    return der[:-1] + bytes([der[-1] ^ 1])


def test_a_damaged_signature_is_not_another_ca(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing", issuer=root)
    sent, key = show(make_leaf(issuing), issuing)
    found = refuse([sent[0], damage(sent[1])], key, [root.der], tmp_path)
    assert found == (
        "certificate-damaged",
        (
            "the certificate of `https://a.test:443`, issued by `Corp Issuing`, is refused: "
            "certificate signature failure: the intermediate CA `Corp Issuing` (depth 1) names the key of "
            "`Corp Root`, but its signature is not by that key"
        ),
        "it was damaged or forged: compare it with IT's; `proxyenv trust fetch a.test` shows it",
    )


def test_a_damaged_copy_in_the_bundle_is_given_again(tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    issuing = make_ca("Corp Issuing", issuer=root)
    found = refuse(*show(make_leaf(issuing)), [root.der, damage(issuing.der)], tmp_path)
    assert (found.cause, found.hint) == (
        "certificate-damaged",
        "give the file that IT hands out again, with `--ca FILE`: this copy is damaged",
    )


@pytest.mark.parametrize(
    ("names", "told"),
    [
        pytest.param(("gate.test",), "it is for `gate.test`", id="one name"),
        pytest.param(
            ("b.test", "c.test", "d.test", "e.test", "192.0.2.7"),
            "it is for `b.test`, `c.test`, `d.test` and 2 more",
            id="many names",
        ),
    ],
)
def test_whom_a_certificate_is_for_is_said(names: tuple[str, ...], told: str, tmp_path: Path) -> None:
    root = make_ca("Corp Root")
    found = refuse(*show(make_leaf(root, *names)), [root.der], tmp_path)
    assert (found.cause, found.hint) == (
        "host-name-mismatch",
        "use a name that it is for; or something else answers for `a.test`, such as a log-in page",
    )
    assert found.detail == (
        "the certificate of `https://a.test:443`, issued by `Corp Root`, is refused: "
        f"Hostname mismatch, certificate is not valid for 'localhost': {told}"
    )


def test_a_certificate_without_names_needs_one(tmp_path: Path) -> None:
    case = make_case("leaf_cn_only")
    found = refuse(case.path.sent, case.key, case.path.anchors, tmp_path, host="other.test")
    assert (found.cause, found.hint) == (
        "host-name-mismatch",
        "ask whoever runs `a.test` for a certificate with that name as its subjectAltName",
    )


@pytest.mark.parametrize(
    ("name", "cause", "hint"),
    [
        pytest.param(
            "rsa1024_root",
            "ca-rejected",
            "ask IT to reissue `Lab Root` with RSA of at least 2048 bits, or P-256",
            id="key size of the CA",
        ),
        pytest.param(
            "rsa1024_leaf",
            "certificate-rejected",
            "ask IT to reissue the certificates of `a.test` with RSA of at least 2048 bits, or P-256",
            id="key size of the server",
        ),
        pytest.param(
            "sha1_inter",
            "certificate-rejected",
            "ask IT to reissue `Lab Intermediate` with signatures with SHA-256",
            id="digest",
        ),
        pytest.param(
            "bc_not_critical",
            "ca-rejected",
            "ask IT to reissue `Lab Root` with `basicConstraints = critical, CA:TRUE` "
            "(it has them without `critical`); until then use Python 3.12, which is less strict",
            id="RFC 5280, strict",
        ),
        pytest.param(
            "root_no_ski_leaf_no_aki",
            "certificate-rejected",
            "ask IT to reissue the certificates of `a.test` with `authorityKeyIdentifier = keyid:always`, "
            "and `Lab Root` with `subjectKeyIdentifier = hash`; "
            "until then use Python 3.12, which is less strict",
            id="faults of two certificates",
        ),
        pytest.param(
            "ku_no_certsign",
            "ca-rejected",
            "ask IT to reissue `Lab Root` with `keyUsage = critical, keyCertSign, cRLSign`",
            id="RFC 5280, every Python",
        ),
        pytest.param(
            "name_constraints_bad",
            "ca-rejected",
            "ask IT to reissue `Lab Root` with name constraints that allow the host",
            id="name constraints",
        ),
        pytest.param(
            "leaf_eku_client",
            "certificate-rejected",
            "ask IT to reissue the certificates of `a.test` with `extendedKeyUsage = serverAuth`, "
            "or without it",
            id="purpose",
        ),
    ],
)
def test_each_fault_of_form_has_its_own_hint(name: str, cause: str, hint: str, tmp_path: Path) -> None:
    case = make_case(name)
    found = refuse(case.path.sent, case.key, case.path.anchors, tmp_path, runtime="python3.13", host=HOST)
    assert (found.cause, found.hint) == (cause, hint)


def test_without_the_certificates_the_number_decides() -> None:
    seen = Encounter(20, "why", "https://a.test:443", "a.test", None, None, NOW)
    assert judge_verification(seen) == (
        "ca-missing",
        "the certificate of `https://a.test:443` is refused: why",
        (
            "the public roots do not hold the CA that issued it: "
            "get its certificate from IT and give it with `--ca FILE`; "
            "`proxyenv trust fetch a.test` shows what is sent"
        ),
    )
    assert judge_verification(seen._replace(bundle=BUNDLE, store=True)).hint == (
        "`/b/ca-bundle.pem` does not hold the CA that issued it: run `proxyenv trust install`"
    )


def test_what_the_proxy_does_not_trust_is_no_missing_ca(tmp_path: Path) -> None:
    untrusted = make_ca("Fortinet Untrusted CA")
    leaf = make_leaf(untrusted, HOST)
    for sent in ((leaf.der,), (leaf.der, untrusted.der)):
        seen = refuse(sent, leaf.key_pem, [make_ca().der], tmp_path)
        assert seen.cause == "certificate-rejected"
        assert seen.hint == "ask IT why the proxy does not trust `a.test`; never trust that CA"
