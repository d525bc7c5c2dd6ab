"""The right root is picked from a store by proof: never another one, and none where there is none."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.name import _ASN1Type
from cryptography.x509.oid import NameOID

from proxyenv.certificates.picking import Ends, Lacking, find_ends
from support.certificates import DAY, Issued, make_ca, make_leaf

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime.now(UTC)
NAME = "Corp Root"


def cross_sign(
    old: Issued,
    *,
    by: Issued | None = None,
    name: str = "",
    keyed: bool = True,
    upper: bool = False,
    is_ca: bool = True,
    says: Issued | None = None,
) -> Issued:
    """The key of *old* in another certificate: renewed by itself, or signed by another CA."""
    subject = old.certificate.subject
    if name or upper:
        text = name or str(subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)
        kind = _ASN1Type.PrintableString if upper else None
        text = f"{text.upper()} " if upper else text
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text, _type=kind)])
    issuer = by or old
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(old.key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - DAY)
        .not_valid_after(NOW + 900 * DAY)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    if keyed:
        key = x509.SubjectKeyIdentifier.from_public_key(old.key.public_key())
        above = x509.AuthorityKeyIdentifier.from_issuer_public_key((says or issuer).key.public_key())
        builder = builder.add_extension(key, critical=False).add_extension(above, critical=False)
    return Issued(builder.sign(issuer.key, hashes.SHA256()), old.key)


def ends(sent: Sequence[Issued], store: Sequence[Issued]) -> Ends:
    return find_ends([each.der for each in sent], [each.der for each in store])


@cache
def crowd() -> tuple[Issued, ...]:
    """200 roots: 49 of one name, each with a key of its own, and 151 others."""
    same = tuple(make_ca(NAME) for _ in range(49))
    return (*same, *(make_ca(f"Root {number}") for number in range(151)))


@pytest.mark.parametrize("number", [0, 1, 24, 48, 49, 120, 199])
def test_of_200_with_49_of_one_name_it_is_the_one(number: int) -> None:
    right = crowd()[number]
    assert ends([make_leaf(right)], crowd()) == Ends((right.der,))


def test_every_one_of_many_chains_leads_to_its_own_root() -> None:
    random, wrong = Random(5), 0  # noqa: S311 - the same chains in every run
    for _ in range(60):
        right = random.choice(crowd())
        between = [make_ca(f"Issuing {random.randrange(3)}", issuer=right)] if random.random() < 0.6 else []
        leaf = make_leaf(between[0] if between else right)
        is_sent = random.random() < 0.5
        store = random.sample(crowd(), 200) + ([] if is_sent else between)
        wrong += ends([leaf, *(between if is_sent else [])], store).stored != (right.der,)
    assert wrong == 0


def test_a_root_that_was_rotated_is_not_the_one() -> None:
    old, new = make_ca(NAME), make_ca(NAME)
    assert ends([make_leaf(new)], [old, new]).stored == (new.der,)
    assert ends([make_leaf(old)], [old, new]).stored == (old.der,)


def test_without_key_identifiers_the_signature_tells() -> None:
    keys = [Issued(make_ca(NAME).certificate, ec.generate_private_key(ec.SECP256R1())) for _ in range(5)]
    roots = [cross_sign(each, keyed=False) for each in keys]
    for right in roots:
        leaf = cross_sign(make_ca("leaf"), by=right, keyed=False, is_ca=False)
        assert ends([leaf], roots).stored == (right.der,)


def test_a_root_renewed_with_its_key_is_a_second_answer() -> None:
    old = make_ca(NAME)
    new = cross_sign(old)
    assert ends([make_leaf(old)], [old, new, *crowd()]).stored == tuple(sorted((old.der, new.der)))


def test_an_expired_one_is_an_answer_too_which_others_judge() -> None:
    old = make_ca(NAME, not_before=NOW - 90 * DAY, not_after=NOW - DAY)
    new = cross_sign(old)
    assert ends([make_leaf(old)], [old, new]).stored == tuple(sorted((old.der, new.der)))


def test_cross_signed_both_roots_are_right() -> None:
    one, two = make_ca("Corp Root 1"), make_ca("Corp Root 2")
    cross = cross_sign(two, by=one)
    leaf = make_leaf(two)
    both = tuple(sorted((one.der, two.der)))
    assert ends([leaf, cross], [one, two]).stored == both
    assert ends([leaf], [one, two, cross]).stored == both
    assert ends([leaf, cross], [two]).stored == (two.der,)
    assert ends([leaf, cross], [one]).stored == (one.der,)


def test_two_that_signed_each_other_end() -> None:
    one, two = make_ca("One"), make_ca("Two")
    pair = [cross_sign(one, by=two), cross_sign(two, by=one)]
    assert ends([make_leaf(one), *pair], [one]).stored == (one.der,)
    assert ends([make_leaf(one), *pair], crowd()).stored == ()


def test_an_intermediate_in_the_store_leads_on() -> None:
    root = make_ca(NAME)
    between = make_ca("Corp Issuing", issuer=root)
    assert ends([make_leaf(between)], [root, between, *crowd()]).stored == (root.der,)


def test_an_intermediate_that_is_nowhere_is_named_with_its_key() -> None:
    root = make_ca(NAME)
    between = make_ca("Corp Issuing", issuer=root)
    key = x509.SubjectKeyIdentifier.from_public_key(between.key.public_key()).digest.hex()
    assert ends([make_leaf(between)], [root, *crowd()]) == Ends(lacking=(Lacking("CN=Corp Issuing", key, 0),))


def test_a_root_that_is_not_there_is_said_not_guessed() -> None:
    stranger = make_ca(NAME)
    key = x509.SubjectKeyIdentifier.from_public_key(stranger.key.public_key()).digest.hex()
    assert ends([make_leaf(stranger)], crowd()) == Ends(lacking=(Lacking("CN=Corp Root", key, 49),))


def test_a_root_of_the_wire_is_no_root_of_the_store() -> None:
    stranger = make_ca(NAME)
    found = ends([make_leaf(stranger), stranger], crowd())
    assert (found.stored, found.sent) == ((), (stranger.der,))


def test_the_copy_of_the_wire_gives_way_to_that_of_the_store() -> None:
    root = make_ca(NAME)
    theirs = cross_sign(root)
    assert ends([make_leaf(root), theirs], [root]) == Ends((root.der,), (theirs.der,))


def test_a_forged_name_and_key_identifier_lead_nowhere() -> None:
    root, forger = make_ca(NAME), ec.generate_private_key(ec.SECP256R1())
    forged = Issued(root.certificate, forger)  # says everything that the root says, and has another key
    assert ends([make_leaf(forged)], [root]).stored == ()


def test_a_certificate_that_names_another_key_is_not_below_it() -> None:
    root = make_ca(NAME)
    assert ends([cross_sign(make_ca("leaf"), by=root, is_ca=False)], [root]).stored == (root.der,)
    other = cross_sign(make_ca("leaf"), by=root, is_ca=False, says=make_ca())
    assert ends([other], [root]).stored == ()


def test_what_is_no_ca_signs_nothing() -> None:
    root = make_ca(NAME)
    server = make_leaf(root, "other.test")
    assert ends([make_leaf(server), server], [root]).stored == ()


@pytest.mark.parametrize("name", ["Fortinet_CA_Untrusted", "Fortinet Untrusted CA"])
def test_the_ca_for_what_a_proxy_does_not_trust_is_never_the_one(name: str) -> None:
    root = make_ca(name)
    assert ends([make_leaf(root)], [root]).stored == ()


def test_one_name_in_two_spellings_is_one() -> None:
    root = make_ca("Corp  root")
    spelled = cross_sign(root, upper=True)
    assert ends([make_leaf(root)], [spelled]).stored == (spelled.der,)


def test_a_server_that_signed_itself_has_nothing_above_it() -> None:
    alone = make_ca("server.test", is_ca=False)
    assert ends([alone], crowd()) == Ends()


@pytest.mark.parametrize("sent", [[], [b""], [b"no certificate"], [b"\x30\x03\x02\x01\x01"]])
def test_what_is_no_certificate_leads_nowhere(sent: list[bytes]) -> None:
    assert find_ends(sent, [crowd()[0].der]) == Ends()


def test_rubbish_beside_does_not_matter() -> None:
    root = make_ca(NAME)
    leaf = make_leaf(root).der
    assert find_ends([leaf, b"", b"\x30\x00"], [b"rubbish", root.der]) == Ends((root.der,))
    assert find_ends([leaf[:-1]], [root.der]) == Ends()


def test_a_long_chain_is_cut() -> None:
    root = make_ca(NAME)
    chain = [make_ca("CA 0", issuer=root)]
    for number in range(1, 20):
        chain.append(make_ca(f"CA {number}", issuer=chain[-1]))
    sent = [make_leaf(chain[-1]), *reversed(chain)]
    assert ends(sent, [root]).stored == ()
    assert ends([make_leaf(chain[10]), *reversed(chain[:11])], [root]).stored == (root.der,)
