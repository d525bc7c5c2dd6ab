"""Trees of certificates: by signature, whatever their names say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.certificates.issuers import find_issuer
from proxyenv.model.inspection import Inspection, Lint, RuntimeVerdict
from proxyenv.page import trees
from proxyenv.page.content import Remark, RuntimeAnswer
from proxyenv.page.trees import grow_trees
from support.certificates import make_ca, make_leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.page.content import TreeNode
    from support.certificates import Issued

NOW: Final = datetime.now(UTC)
ROOT: Final = make_ca("Root")
MIDDLE: Final = make_ca("Middle", issuer=ROOT)
LEAF: Final = make_leaf(MIDDLE, "a.test")


def inspect(der: bytes) -> Inspection:
    (certificate,) = parse_certificates(der, source="a test")
    return Inspection(certificate, "a test", ())


def outline(nodes: tuple[TreeNode, ...]) -> list[object]:
    return [[node.name, *outline(node.children)] for node in nodes]


def grow(*issued: Issued, **absent: str) -> list[object]:
    return outline(grow_trees([inspect(each.der) for each in issued], now=NOW, absent=absent))


@pytest.mark.parametrize("order", [(LEAF, MIDDLE, ROOT), (ROOT, LEAF, MIDDLE)], ids=["as sent", "mixed"])
def test_who_issued_whom(order: tuple[Issued, ...]) -> None:
    assert grow(*order) == [["CN=Root", ["CN=Middle", ["CN=a.test"]]]]


def test_what_is_there_twice_is_shown_once() -> None:
    assert grow(ROOT, MIDDLE, ROOT) == [["CN=Root", ["CN=Middle"]]]


def test_a_namesake_issued_nothing() -> None:
    assert grow(make_ca("Root"), MIDDLE) == [["CN=Root"], ["CN=Middle"]]


def test_a_long_chain_goes_on_in_another_tree() -> None:
    chain = [ROOT]
    while len(chain) < 250:
        chain.append(make_ca(f"CA {len(chain)}", issuer=chain[-1]))
    trees = grow_trees([inspect(each.der) for each in chain], now=NOW, absent={})
    assert [node.name for node in trees] == ["CN=Root", "CN=CA 100", "CN=CA 200"]
    for tree, length in zip(trees, (100, 100, 50), strict=True):
        node, count = tree, 1
        while node.children:
            (node,) = node.children
            count += 1
        assert count == length


def test_of_many_namesakes_some_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bytes] = []

    def count(der: bytes, namesakes: Iterable[bytes]) -> bytes | None:
        asked.extend(namesakes)
        return find_issuer(der, ())

    monkeypatch.setattr(trees, "find_issuer", count)
    assert len(grow(*(make_ca("Same") for _ in range(40)))) == 40
    assert len(asked) <= 40 * 16


def test_an_issuer_that_was_not_sent_has_its_name() -> None:
    nodes = grow_trees([inspect(LEAF.der)], now=NOW, absent={"CN=Middle": "was not sent"})
    assert outline(nodes) == [["CN=Middle", ["CN=a.test"]]]
    assert (nodes[0].fingerprint, nodes[0].source) == ("", "was not sent")


def cross_sign(one: Issued, other: Issued) -> bytes:
    """The first one's name and key, issued by the other."""
    builder = x509.CertificateBuilder(
        other.certificate.subject,
        one.certificate.subject,
        one.key.public_key(),
        x509.random_serial_number(),
        NOW - timedelta(days=1),
        NOW + timedelta(days=1),
    )
    return builder.sign(other.key, hashes.SHA256()).public_bytes(Encoding.DER)


def test_cas_that_signed_each_other_are_all_shown() -> None:
    one, other = make_ca("One"), make_ca("Other")
    found = [inspect(cross_sign(one, other)), inspect(cross_sign(other, one))]
    assert outline(grow_trees(found, now=NOW, absent={})) == [["CN=One"], ["CN=Other"]]


@pytest.mark.parametrize(
    ("days", "state"),
    [
        pytest.param(-9999, "not-yet", id="before it begins"),
        pytest.param(0, "valid", id="today"),
        pytest.param(9999, "expired", id="after its end"),
    ],
)
def test_whether_it_is_valid(days: int, state: str) -> None:
    (node,) = grow_trees([inspect(ROOT.der)], now=NOW + timedelta(days=days), absent={})
    assert node.state == state


def test_a_month_before_its_end_it_ends_soon() -> None:
    found = inspect(ROOT.der)
    (node,) = grow_trees([found], now=found.certificate.not_after - timedelta(days=29), absent={})
    assert node.state == "soon"


def test_what_is_said_of_it_is_kept() -> None:
    lint, verdict = Lint("cert-expired", "error", "it expired"), RuntimeVerdict("go", "fail", "no", "by rule")
    found = Inspection(inspect(ROOT.der).certificate, "x", (lint,), (verdict,), ("renew it",))
    (node,) = grow_trees([found], now=NOW, absent={})
    assert node.remarks == (Remark("error", "cert-expired", "it expired"),)
    assert node.answers == (RuntimeAnswer("Go", "fail", "no", "by rule"),)
    assert node.options == ("renew it",)
