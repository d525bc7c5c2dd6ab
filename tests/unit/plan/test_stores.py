from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.errors import PlanError
from proxyenv.model.installation import Layout
from proxyenv.model.store import Store, StoredCertificate, StoreEntry, Witness
from proxyenv.plan.stores import plan_installation, plan_store_removal, require_rights
from support.machines import make_host

SYSTEM = Store("system", "debian", Path("/ca"), "system store (Debian)", "/usr/sbin/update-ca-certificates")
NSS = Store("nss", "nss", Path("/home/ada/.pki/nssdb"), "NSS database", "/usr/bin/certutil")
ONLY_NSS = ("nss",)
OLD, NEW = (StoredCertificate(digit * 64, "PEM", Path("/certs", digit)) for digit in "ab")


def _actions(changes: tuple[object, ...]) -> list[tuple[str, str]]:
    return [(change.action, change.entry.store.title) for change in changes]  # type: ignore[attr-defined] # all are


def test_a_store_without_the_ca_gets_it() -> None:
    plan = plan_installation([SYSTEM, NSS], (NEW,), (), has=lambda _, __: False)
    assert _actions(plan.changes) == [("install", "system store (Debian)"), ("install", "NSS database")]


def test_a_store_that_got_it_is_left_alone() -> None:
    plan = plan_installation([NSS], (NEW,), [StoreEntry(NSS, (NEW,))], has=lambda _, __: True)
    assert (plan.changes, plan.notes) == ((), ())


def test_a_store_that_has_it_from_somebody_else_is_left_alone_and_named() -> None:
    plan = plan_installation([NSS], (NEW,), (), has=lambda _, __: True)
    assert plan.changes == ()
    (note,) = plan.notes
    assert note == "NSS database already trusts the CA, which proxyenv did not add, and is left unchanged"


def test_a_store_that_the_tool_of_another_has_filled_is_not_called_somebody_elses() -> None:
    entry = StoreEntry(SYSTEM, (NEW,), (Witness(NSS.place, "0" * 64, "1" * 64),))
    plan = plan_installation([SYSTEM, NSS], (NEW,), [entry], has=lambda _, __: True)
    assert (plan.changes, plan.notes) == ((), ())


def test_a_store_that_lost_it_is_emptied_and_filled_again() -> None:
    plan = plan_installation([NSS], (NEW,), [StoreEntry(NSS, (NEW,))], has=lambda _, __: False)
    assert _actions(plan.changes) == [("remove", "NSS database"), ("install", "NSS database")]


def test_a_store_with_the_old_ca_loses_it_before_it_gets_the_new_one() -> None:
    plan = plan_installation([NSS], (NEW,), [StoreEntry(NSS, (OLD,))], has=lambda _, __: False)
    assert [change.entry.certificates for change in plan.changes] == [(OLD,), (NEW,)]
    assert _actions(plan.changes) == [("remove", "NSS database"), ("install", "NSS database")]


def test_a_store_without_its_tool_is_named_with_what_to_install() -> None:
    store = NSS._replace(tool=None, lack="`certutil` is missing: install `libnss3-tools`")
    plan = plan_installation([store], (NEW,), (), has=lambda _, __: False)
    assert plan.changes == ()
    assert plan.notes == ("NSS database is left unchanged: `certutil` is missing: install `libnss3-tools`",)


DATABASE: Final = NSS.place / "cert9.db"


def _nowhere(_path: Path) -> bool:
    return False


def test_stores_are_emptied_in_the_reverse_order() -> None:
    entries = [StoreEntry(SYSTEM, (NEW,)), StoreEntry(NSS, (NEW,))]
    plan = plan_store_removal(entries, ("system", "nss", "java"), found=[SYSTEM, NSS], exists=_nowhere)
    assert _actions(plan.changes) == [("remove", "NSS database"), ("remove", "system store (Debian)")]


def test_only_the_kinds_that_were_asked_for_are_emptied() -> None:
    entries = [StoreEntry(SYSTEM, (NEW,)), StoreEntry(NSS, (NEW,))]
    plan = plan_store_removal(entries, ONLY_NSS, found=[SYSTEM, NSS], exists=_nowhere)
    assert _actions(plan.changes) == [("remove", "NSS database")]


def test_whether_a_store_is_in_use_is_what_it_is_today_and_what_was_rewritten_is_what_it_was_then() -> None:
    entry = StoreEntry(NSS._replace(witnesses=(DATABASE,)), (NEW,), (Witness(DATABASE, "12", "34"),))
    (change,) = plan_store_removal(
        [entry], ONLY_NSS, found=[NSS._replace(in_use=True)], exists=_nowhere
    ).changes
    assert change.entry == entry._replace(store=NSS._replace(in_use=True, witnesses=(DATABASE,)))


def test_what_only_root_may_do_is_refused_with_the_exact_command() -> None:
    host = make_host(environment={"XDG_DATA_HOME": "/data/my files", "LANG": "C"})
    plan = plan_installation([SYSTEM._replace(needs_root=True), NSS], (NEW,), (), has=lambda _, __: False)
    with pytest.raises(PlanError) as caught:
        require_rights(host, plan.changes, python="/usr/bin/python3", verb="trust install")
    assert caught.value.code == "needs-root"
    assert caught.value.message == "system store (Debian) can only be written by root; nothing was changed"
    assert caught.value.hint == (
        "`sudo HOME=/home/ada 'XDG_DATA_HOME=/data/my files' /usr/bin/python3 -P -m proxyenv "
        "trust install --store system`; the others need no root: `proxyenv trust install --store nss`"
    )


def test_the_command_names_the_prefix_of_the_installation() -> None:
    host = make_host()._replace(layout=Layout.under(Path("/etc/proxyenv")))
    plan = plan_installation([SYSTEM._replace(needs_root=True)], (NEW,), (), has=lambda _, __: False)
    with pytest.raises(PlanError) as caught:
        require_rights(host, plan.changes, python="/usr/bin/python3", verb="trust install")
    assert (caught.value.hint or "").endswith("trust install --store system --prefix /etc/proxyenv`")


def test_what_needs_no_root_is_let_through() -> None:
    plan = plan_installation([SYSTEM, NSS], (NEW,), (), has=lambda _, __: False)
    require_rights(make_host(), plan.changes, python="/usr/bin/python3", verb="trust install")
