"""What a receipt tells beside the files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.model.receipt import AnchorRecord, Receipt
from proxyenv.model.store import Store, StoredCertificate, StoreEntry
from proxyenv.plan.removal import store_notes

OLD, NEW = "aa" * 32, "bb" * 32
STORE: Final = StoreEntry(
    Store("java", "java", Path("/j/cacerts"), "Java's", "/j/bin/keytool"),
    (StoredCertificate(OLD, "-----BEGIN", Path("/h/certs/0a1b2c3d.0")),),
)
STALE: Final = "trust stores still hold a CA that is no longer set up: `proxyenv trust install` replaces it"
LACKING: Final = "trust stores do not get the new CA by this: `proxyenv trust install` adds it"


@pytest.mark.parametrize(
    ("stores", "wanted", "notes"),
    [
        pytest.param((STORE,), {OLD}, [], id="as before"),
        pytest.param((STORE,), {NEW}, [STALE], id="the old one went"),
        pytest.param((STORE,), {OLD, NEW}, [LACKING], id="a new one came"),
        pytest.param((), {OLD, NEW}, [], id="no store was written"),
    ],
)
def test_trust_stores_are_brought_up_to_date(
    stores: tuple[StoreEntry, ...], wanted: set[str], notes: list[str]
) -> None:
    anchors = (AnchorRecord(OLD, "CN=Corp", "2030-01-01T00:00:00+00:00"),)
    receipt = Receipt("0.1.0", "done", (), anchors=anchors, stores=stores)
    assert list(store_notes(receipt, wanted)) == notes
