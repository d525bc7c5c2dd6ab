"""Certificates as a directory in which OpenSSL finds each by the hash of its subject."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge, render_pem
from proxyenv.certificates.subject_hash import hash_subject
from proxyenv.model.tree import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.certificate import Certificate

_MODE: Final = 0o644


def render_hash_directory(certificates: Iterable[Certificate]) -> tuple[Leaf, ...]:
    """One file for each certificate, under the name that ``openssl rehash`` would link to it.

    ``HHHHHHHH.N``: the hash of the subject, and a number for those that have one hash in common,
    from 0 without a gap, since OpenSSL stops at the first that is missing. They are files and no
    links, so that the directory means the same on Windows and in a copy.

    Args:
        certificates: in any order, with or without repetitions.

    Returns:
        Each certificate once, in PEM. Equal sets give equal files.

    Raises:
        ValueError: a subject holds a string that is not what its type says.
    """
    numbers: Counter[str] = Counter()
    leaves = []
    for certificate in merge(certificates):
        name = hash_subject(certificate.der)
        leaves.append(Leaf(f"{name}.{numbers[name]}", _MODE, render_pem(certificate.der)))
        numbers[name] += 1
    return tuple(sorted(leaves))
