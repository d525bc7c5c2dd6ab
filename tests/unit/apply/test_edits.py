"""Somebody saves a file at the very moment in which it is replaced: what they saved stays."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.apply.atomic import put
from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError
from proxyenv.model.change import FileState
from support.acls import pack_acl, set_acl, set_default_acl
from support.child import in_child
from support.homes import spread
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.change import Plan
    from support.plans import Installation

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="hooks into the exchange of Linux")

LINE: Final = b"export EDITED=yes\n"
ATTRIBUTE: Final = "user.note"
ACL: Final = "system.posix_acl_access"
ONE_MORE_READER: Final = bytes.fromhex(
    "02000000"  # the version, then the owner, a user, the group, the mask, others
    "01000600ffffffff 02000400d2040000 04000400ffffffff 10000400ffffffff 20000000ffffffff".replace(" ", "")
)


if sys.platform == "linux":

    def set_attributes(path: Path) -> None:
        os.setxattr(path, ATTRIBUTE, b"mine")
        os.setxattr(path, ACL, ONE_MORE_READER)

    def get_attributes(path: Path) -> dict[str, bytes]:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}

else:

    def set_attributes(path: Path) -> None:
        raise NotImplementedError

    def get_attributes(path: Path) -> dict[str, bytes]:
        raise NotImplementedError


def save_by_rename(path: Path) -> None:
    other = path.with_name("saved")
    other.write_bytes(path.read_bytes() + LINE)
    other.chmod(0o640)
    other.replace(path)


def save_in_place(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(LINE)


def edited(plan: Plan, path: Path, save: Callable[[Path], None]) -> str:
    """Carry out *plan*, and save *path* after the last look at it: the code of the refusal."""

    def act() -> str:
        waiting = [path]

        def audit(event: str, arguments: tuple[object, ...]) -> None:
            if event == "os.rename" and waiting and path.name in f"{arguments[0]}{arguments[1]}":
                save(waiting.pop())

        sys.addaudithook(audit)
        try:
            apply_plan(plan)
        except ApplyError as error:
            return error.code
        return ""

    return in_child(act)


@pytest.mark.parametrize("save", [save_by_rename, save_in_place])
@pytest.mark.parametrize("name", [".bashrc", ".profile"])
@pytest.mark.parametrize("make_plan", [setup_plan, removal_plan])
def test_what_is_saved_while_a_file_is_replaced_stays(
    home: Path, make_plan: Callable[[Installation], Plan], name: str, save: Callable[[Path], None]
) -> None:
    path = home / name
    if make_plan is removal_plan:
        apply_plan(setup_plan(spread(home)))
    elif not path.exists():
        pytest.skip("nothing that could be edited is there yet")
    before = snapshot(home)
    assert edited(make_plan(spread(home)), path, save) == "changed-meanwhile"
    after = snapshot(home)
    _, content = before.pop(name)
    assert isinstance(content, bytes)
    assert after.pop(name)[1] == content + LINE
    assert after == before


@pytest.mark.parametrize(
    ("mode", "acl"),
    [
        pytest.param(0o664, None, id="no ACL, and its group may write"),
        pytest.param(0o664, pack_acl(users={1234: 4}, group=6, mask=6), id="an ACL of its own"),
    ],
)
def test_a_file_does_not_get_the_acl_of_its_directory(home: Path, mode: int, acl: bytes | None) -> None:
    path = home / ".bashrc"
    path.chmod(mode)
    try:
        if acl is not None:
            set_acl(path, acl)
        set_default_acl(home, pack_acl(users={12345: 6}))
    except OSError:
        pytest.skip("the file system has no ACLs")
    before = get_attributes(path), path.stat().st_mode
    for make_plan in (setup_plan, removal_plan):
        apply_plan(make_plan(spread(home)))
        assert (get_attributes(path), path.stat().st_mode) == before


def test_a_new_file_of_its_owner_alone_is_closed_to_whom_the_directory_names(home: Path) -> None:
    try:
        set_default_acl(home, pack_acl(users={12345: 6}))
    except OSError:
        pytest.skip("the file system has no ACLs")
    put(home / "private", FileState(b"secret", 0o600))
    put(home / "shared", FileState(b"public", 0o640))
    asked = {name: get_attributes(home / name)[ACL] for name in ("private", "shared")}
    assert asked == {
        "private": pack_acl(owner=6, users={12345: 6}, mask=0),
        "shared": pack_acl(owner=6, users={12345: 6}, mask=4),
    }


def test_extended_attributes_and_acls_stay(home: Path) -> None:
    path = home / ".bashrc"
    try:
        set_attributes(path)
    except OSError:
        pytest.skip("the file system has no extended attributes")
    before = get_attributes(path)
    for make_plan in (setup_plan, removal_plan):
        apply_plan(make_plan(spread(home)))
        assert get_attributes(path) == before
