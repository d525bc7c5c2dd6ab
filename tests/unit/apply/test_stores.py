"""Trust stores, with a tool that is small enough to read: its database is a file of names."""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.apply.stores import apply_stores
from proxyenv.apply.transaction import apply_plan
from proxyenv.catalog.stores import render_installation, render_removal
from proxyenv.errors import ApplyError
from proxyenv.formats.receipt import parse_receipt
from proxyenv.model.store import Store, StoredCertificate, StoreEntry
from support.child import KILLED, disturbed, kill, moments, raising
from support.homes import single
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from proxyenv.model.change import Plan
    from proxyenv.model.receipt import Receipt

TOOL = """\
#!/bin/sh
# certutil VERB -d sql:DIRECTORY -n NAME ...
database=${3#sql:}/cert9.db
case $1 in
    -A) cat > /dev/null; echo "$5" >> "$database"; echo touched >> "${3#sql:}/key4.db" ;;
    -D) grep -vx "$5" "$database" > "$database.new"; cat "$database.new" > "$database"; rm "$database.new" ;;
    -V) grep -qx "$5" "$database" ;;
esac
"""

CERTIFICATE = StoredCertificate(hashlib.sha256(b"corp").hexdigest(), "PEM\n")


@pytest.fixture
def entry(home: Path) -> StoreEntry:
    """A database in a home in which everything is set up."""
    database = home / "db"
    database.mkdir()
    for name in ("cert9.db", "key4.db"):
        (database / name).write_bytes(b"as it was\n")
        (database / name).chmod(0o600)
    tool = home.with_name("certutil")
    tool.write_text(TOOL)
    tool.chmod(0o755)
    files = (database / "cert9.db", database / "key4.db")
    apply_plan(setup_plan(single(home)))
    return StoreEntry(
        Store("nss", "nss", database, "NSS database", str(tool), witnesses=files), (CERTIFICATE,)
    )


def _install(home: Path, entry: StoreEntry) -> None:
    apply_stores(single(home).receipt_path, [render_installation(entry)], progress=lambda _: None)


def _receipt(home: Path) -> Receipt:
    return parse_receipt(single(home).receipt_path.read_text(), source="receipt.json")


def _remove(home: Path) -> None:
    changes = [render_removal(entry) for entry in _receipt(home).stores]
    apply_stores(single(home).receipt_path, changes, progress=lambda _: None)


def _uninstall_plan(home: Path) -> Plan:
    stores = tuple(render_removal(entry) for entry in _receipt(home).stores)
    return removal_plan(single(home))._replace(stores=stores)


def test_the_receipt_knows_what_was_there_and_what_was_made_of_it(home: Path, entry: StoreEntry) -> None:
    _install(home, entry)
    (known,) = _receipt(home).stores
    assert [(witness.path.name, witness.before, witness.after) for witness in known.witnesses] == [
        ("cert9.db", _sha256(b"as it was\n"), _sha256(f"as it was\n{CERTIFICATE.alias}\n".encode())),
        ("key4.db", _sha256(b"as it was\n"), _sha256(b"as it was\ntouched\n")),
    ]


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_the_tool_rewrote_gets_its_bytes_back(home: Path, entry: StoreEntry) -> None:
    before = snapshot(home)
    _install(home, entry)
    assert snapshot(home) != before
    _remove(home)
    assert snapshot(home) == before


def test_what_the_tool_replaced_by_a_link_is_a_file_again(home: Path, entry: StoreEntry) -> None:
    source = home / "source.crt"
    source.write_bytes(b"as it was\n")
    tool = home.with_name("certutil")
    linked = f'ln -sf {source} "${{3#sql:}}/key4.db"'
    tool.write_text(TOOL.replace('echo touched >> "${3#sql:}/key4.db"', linked))
    (home / "db/key4.db").chmod(0o640)
    before = snapshot(home)
    system = entry._replace(store=entry.store._replace(kind="system"))
    _install(home, system)
    assert (home / "db/key4.db").is_symlink()
    assert _receipt(home).stores[0].witnesses[1].link == str(source)
    _remove(home)
    assert snapshot(home) == before


def test_a_link_that_leads_to_other_bytes_by_now_stays(home: Path, entry: StoreEntry) -> None:
    source = home / "source.crt"
    source.write_bytes(b"as it was\n")
    linked = f'ln -sf {source} "${{3#sql:}}/key4.db"'
    home.with_name("certutil").write_text(TOOL.replace('echo touched >> "${3#sql:}/key4.db"', linked))
    _install(home, entry._replace(store=entry.store._replace(kind="system")))
    source.write_bytes(b"renewed\n")
    _remove(home)
    assert (home / "db/key4.db").readlink() == source


@pytest.fixture
def both(home: Path, entry: StoreEntry) -> tuple[StoreEntry, StoreEntry]:
    """Two stores, of which the tool of the second fills the first one too, as Debian's does with Java's."""
    database = home / "second"
    database.mkdir()
    (database / "cert9.db").write_bytes(b"second\n")
    tool = home.with_name("hooked")
    first = entry.store.place
    tool.write_text(
        TOOL.replace("-A) cat", f'-A) echo hook-{CERTIFICATE.alias} >> "{first}/cert9.db"; cat')
        .replace(
            "-D) ",
            f'-D) grep -vx "hook-.*" "{first}/cert9.db" > "{first}/new"; cat "{first}/new" > '
            f'"{first}/cert9.db"; rm "{first}/new"; echo swept >> "{first}/cert9.db"; ',
        )
        .replace('; echo touched >> "${3#sql:}/key4.db"', "")
    )
    tool.chmod(0o755)
    store = entry.store._replace(
        kind="system",
        place=database,
        title="second store",
        tool=str(tool),
        witnesses=(database / "cert9.db", first / "cert9.db"),
    )
    return entry, entry._replace(store=store)


def test_stores_that_share_a_file_get_their_bytes_back_together(
    home: Path, both: tuple[StoreEntry, StoreEntry]
) -> None:
    before = snapshot(home)
    for each in both:
        _install(home, each)
    changes = [render_removal(entry) for entry in reversed(_receipt(home).stores)]
    apply_stores(single(home).receipt_path, changes, progress=lambda _: None)
    assert snapshot(home) == before


def test_stores_that_share_a_file_get_their_bytes_back_one_by_one(
    home: Path, both: tuple[StoreEntry, StoreEntry]
) -> None:
    before = snapshot(home)
    for each in both:
        _install(home, each)
    for place in (both[0].store.place, both[1].store.place):
        (known,) = (each for each in _receipt(home).stores if each.store.place == place)
        apply_stores(single(home).receipt_path, [render_removal(known)], progress=lambda _: None)
    assert snapshot(home) == before


def test_a_store_that_fails_does_not_keep_the_others_from_the_ca(home: Path, entry: StoreEntry) -> None:
    locked = home / "locked"
    locked.mkdir()
    (locked / "cert9.db").write_bytes(b"as it was\n")
    tool = home.with_name("certutil-locked")
    tool.write_text(
        "#!/bin/sh\necho 'SEC_ERROR_BAD_PASSWORD: The security password is incorrect.' >&2\nexit 255\n"
    )
    tool.chmod(0o755)
    store = entry.store._replace(place=locked, tool=str(tool), witnesses=(locked / "cert9.db",))
    changes = [render_installation(each) for each in (entry._replace(store=store), entry)]
    with pytest.raises(ApplyError) as caught:
        apply_stores(single(home).receipt_path, changes, progress=lambda _: None)
    assert caught.value.hint == (
        "the database has a primary password: remove it in the browser's settings, and run this again"
    )
    assert [known.store.place for known in _receipt(home).stores] == [entry.store.place]


def test_what_others_wrote_since_stays(home: Path, entry: StoreEntry) -> None:
    _install(home, entry)
    with (home / "db/cert9.db").open("a") as stream:
        stream.write("theirs\n")
    _remove(home)
    assert (home / "db/cert9.db").read_bytes() == b"as it was\ntheirs\n"
    assert (home / "db/key4.db").read_bytes() == b"as it was\ntouched\n"


def test_a_database_that_a_browser_has_open_is_left_to_the_tool(home: Path, entry: StoreEntry) -> None:
    _install(home, entry)
    (known,) = _receipt(home).stores
    busy = known._replace(store=known.store._replace(in_use=True))
    inode = (home / "db/cert9.db").stat().st_ino
    apply_stores(single(home).receipt_path, [render_removal(busy)], progress=lambda _: None)
    assert (home / "db/cert9.db").read_bytes() == b"as it was\n"
    assert (home / "db/cert9.db").stat().st_ino == inode


def test_a_database_that_is_gone_is_forgotten(home: Path, entry: StoreEntry) -> None:
    _install(home, entry)
    for path in (home / "db").iterdir():
        path.unlink()
    (home / "db").rmdir()
    _remove(home)
    assert _receipt(home).stores == ()


def test_a_tool_that_fails_is_quoted_and_everything_is_as_before(home: Path, entry: StoreEntry) -> None:
    tool = home.with_name("certutil")
    tool.write_text(TOOL.replace("-A)", "-A) echo 'the database is damaged' >&2; exit 7;;\n    -B)"))
    before = snapshot(home)
    with pytest.raises(ApplyError) as caught:
        _install(home, entry)
    assert caught.value.code == "store-failed"
    assert caught.value.message == (
        f"`{tool} -A -d sql:{home}/db -n {CERTIFICATE.alias} -t C,, -a` "
        "ended with status 7: the database is damaged"
    )
    assert snapshot(home) == before


def test_a_tool_that_lies_is_found_out_and_everything_is_as_before(home: Path, entry: StoreEntry) -> None:
    home.with_name("certutil").write_text(TOOL.replace("-A)", "-A) exit 0;;\n    -B)"))
    before = snapshot(home)
    with pytest.raises(ApplyError, match="does not trust the CA although its tool reported success"):
        _install(home, entry)
    assert snapshot(home) == before


def test_a_store_that_trusts_the_ca_after_all_is_named_and_forgotten(home: Path, entry: StoreEntry) -> None:
    _install(home, entry)
    tool = home.with_name("certutil")
    tool.write_text(TOOL.replace("-V)", "-V) exit 0;;\n    -W)"))
    with pytest.raises(ApplyError, match="still trusts the CA after proxyenv removed its copy"):
        _remove(home)
    assert _receipt(home).stores == ()


def test_a_tool_that_is_missing_is_named(home: Path, entry: StoreEntry) -> None:
    home.with_name("certutil").unlink()
    before = snapshot(home)
    with pytest.raises(ApplyError, match="could not be run") as caught:
        _install(home, entry)
    assert caught.value.code == "store-failed"
    assert snapshot(home) == before


def _adopt_orphans() -> set[int]:
    """Become the parent of what outlives a killed run. Returns the children that are there already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    return _children()


def _children() -> set[int]:
    """The children of this process; where there is no ``/proc``, none is known."""
    lists = Path("/proc/self/task").glob("*/children")
    return {int(process) for each in lists for process in each.read_text().split()}


def _await_tool(others: set[int]) -> None:
    """Wait until the tool has ended: it outlives a run that is killed, and may not even have started."""
    for process in _children() - others:
        os.waitpid(process, 0)


def test_a_run_that_is_killed_at_any_moment_is_undone_by_an_uninstallation(
    home: Path, entry: StoreEntry
) -> None:
    apply_plan(removal_plan(single(home)))
    before, others = snapshot(home), _adopt_orphans()
    at = 1
    while True:
        apply_plan(setup_plan(single(home)))
        status = disturbed(lambda: _install(home, entry), at=at, by=kill)
        _await_tool(others)
        apply_plan(_uninstall_plan(home))
        assert CERTIFICATE.alias.encode() not in (home / "db/cert9.db").read_bytes()
        (home / "db/key4.db").write_bytes(b"as it was\n")  # a killed run knows not what the tool made of it
        assert snapshot(home) == before, f"killed at moment {at}"
        if status != KILLED:
            break
        at += 1
    assert at > 15


def test_an_uninstallation_that_is_killed_at_any_moment_is_finished_by_the_next(
    home: Path, entry: StoreEntry
) -> None:
    apply_plan(removal_plan(single(home)))
    before, others = snapshot(home), _adopt_orphans()
    at = 1
    while True:
        apply_plan(setup_plan(single(home)))
        _install(home, entry)
        status = disturbed(lambda: apply_plan(_uninstall_plan(home)), at=at, by=kill)
        _await_tool(others)
        if single(home).receipt_path.exists():
            apply_plan(_uninstall_plan(home))
        assert (home / "db/cert9.db").read_bytes() == b"as it was\n"
        assert (home / "db/key4.db").read_bytes() == b"as it was\n", f"killed at moment {at}"
        apply_plan(setup_plan(single(home)))
        apply_plan(removal_plan(single(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        if status != KILLED:
            break
        at += 1
    assert at > 15


def test_an_interrupt_at_any_moment_puts_everything_back(home: Path, entry: StoreEntry) -> None:
    before = snapshot(home)
    last = moments(lambda: _install(home, entry))
    _remove(home)
    assert snapshot(home) == before

    def interrupted() -> None:
        with pytest.raises(KeyboardInterrupt):
            _install(home, entry)

    for at in range(1, last + 1):
        disturbed(interrupted, at=at, by=raising(KeyboardInterrupt()))
        assert snapshot(home) == before, f"interrupted at moment {at}"
