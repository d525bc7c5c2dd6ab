"""Who else could have written what lies in a place."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.ownership import (
    find_foreign,
    find_foreign_ca,
    find_owners,
    find_writer,
    is_own,
    require_own,
)
from support.acls import pack_acl, set_acl
from support.child import in_child
from support.machines import make_host
from support.mounts import mount, needs_mounts, own_mounts
from support.owners import SOMEBODY, give_away

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="others write there by other rights")

ALICE = 20001
NOBODY = 65534

PASSWD = """\
root:x:0:0:root:/root:/bin/bash
alice:x:20001:20001::/home/alice:/bin/bash
"""
GROUP = "root:x:0:\nalice:x:20001:alice\n"
MALLORY = "mallory:x:20002:20001::/home/mallory:/bin/bash\n"

of_root = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root owns what root owns"
)

of_linux = pytest.mark.skipif(sys.platform != "linux", reason="Python reads no ACLs elsewhere")

if sys.platform == "win32":

    def become(user: int) -> None:
        """Windows has no such users, and these tests do not run there."""

else:

    def become(user: int) -> None:
        if user:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)


def make_program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


def test_a_link_between_others_is_looked_at(tmp_path: Path) -> None:
    """`bin/tool` leads through a directory in which anybody can make it lead elsewhere."""
    for name in ("bin", "open", "safe"):
        (tmp_path / name).mkdir(mode=0o755)
    (tmp_path / "safe/tool").touch(mode=0o755)
    (tmp_path / "open/tool").symlink_to("../safe/tool")
    (tmp_path / "bin/tool").symlink_to("../open/tool")
    owners = {0, tmp_path.stat().st_uid}
    assert find_foreign([tmp_path / "bin/tool"], owners) is None
    (tmp_path / "open").chmod(0o777)
    found = find_foreign([tmp_path / "bin/tool"], owners)
    assert str(found) == f"`{tmp_path}/open` can be written by others, its mode is 0777"


@of_root
def test_a_place_is_root_s_own_only_where_nobody_else_could_have_made_a_link(tmp_path: Path) -> None:
    (tmp_path / "root/cache").mkdir(parents=True)
    (tmp_path / "home").mkdir()
    (tmp_path / "home/cache").symlink_to(tmp_path / "root/cache")
    assert is_own(tmp_path / "home/cache/versions.json")
    give_away(tmp_path / "home/cache")
    assert not is_own(tmp_path / "home/cache/versions.json")
    assert is_own(tmp_path / "root/cache/versions.json")


def test_a_device_behind_a_link_keeps_its_mode(tmp_path: Path) -> None:
    """`chmod go-w /dev/full`, typed by root, would break it for everybody."""
    link = tmp_path / "receipt.json"
    link.symlink_to("/dev/full")
    found = find_foreign([link], {0, tmp_path.stat().st_uid})
    assert found is not None
    assert str(found) == "`/dev/full` can be written by others, its mode is 0666"
    assert found.hint == "it is a device or a pipe: put a file in place of what leads there"


@of_root
def test_a_strangers_own_link_in_a_sticky_directory_is_foreign(tmp_path: Path) -> None:
    """Nobody else may replace it there, but the stranger may, and what it points to says nothing of that."""
    tool = make_program(tmp_path / "safe/tool")
    sticky = tmp_path / "sticky"
    sticky.mkdir()
    sticky.chmod(0o1777)
    link = sticky / "tool"
    link.symlink_to(tool)
    assert find_foreign([link], {0}) is None
    give_away(link)
    assert str(find_foreign([link], {0})) == f"`{link}` belongs to the user {SOMEBODY}"


@of_root
def test_what_others_can_replace_is_not_run_by_root(tmp_path: Path) -> None:
    place = tmp_path / "a"
    python = str(make_program(place / "bin/python"))
    assert find_writer(python) is None
    place.chmod(0o777)
    assert find_writer(python) == f"`{place}` can be written by others, its mode is 0777"
    place.chmod(0o1777)
    assert find_writer(python) is None
    place.chmod(0o755)
    shutil.chown(place / "bin", 1000, 0)
    assert find_writer(python) == f"`{place}/bin` belongs to the user 1000"


@of_root
def test_a_link_is_judged_by_what_it_points_to(tmp_path: Path) -> None:
    make_program(tmp_path / "open/python")
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("../open/python")
    (tmp_path / "bin/python3").symlink_to("python")
    found = find_writer(str(tmp_path / "bin/python3"))
    assert found == f"`{tmp_path}/open` can be written by others, its mode is 0777"


@of_root
@pytest.mark.parametrize(
    ("named", "is_own"),
    [
        pytest.param("system", True, id="the system's store"),
        pytest.param("file://{place}/closed.pem", True, id="a URL of a file of root's"),
        pytest.param("{place}/open.pem", False, id="a file that others may write"),
        pytest.param("file://{place}/open.pem", False, id="its URL"),
    ],
)
def test_only_what_nobody_else_can_write_is_read_again(tmp_path: Path, named: str, *, is_own: bool) -> None:
    (tmp_path / "closed.pem").touch(mode=0o644)
    make_program(tmp_path / "open.pem").chmod(0o666)
    # a directory that others may write, in which a file would be theirs to create
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o777)
    host = make_host(home=tmp_path, directory=elsewhere)._replace(
        is_root=True, environment=MappingProxyType({})
    )
    assert (find_foreign_ca([named.format(place=tmp_path)], host) is None) is is_own


@of_linux
@pytest.mark.parametrize(
    ("acl", "who"),
    [
        pytest.param(pack_acl(users={SOMEBODY: 6}), "the user 12345", id="a user who may write"),
        pytest.param(pack_acl(groups={NOBODY: 2}), "the group 65534", id="a group that may write"),
        pytest.param(pack_acl(groups={SOMEBODY: 2}), None, id="a group of no account"),
        pytest.param(pack_acl(users={SOMEBODY: 5}), None, id="a user who may read"),
        pytest.param(pack_acl(users={SOMEBODY: 7}, groups={SOMEBODY: 7}, mask=5), None, id="below the mask"),
        pytest.param(pack_acl(users={0: 6}, groups={SOMEBODY: 4}), None, id="root may write"),
    ],
)
def test_an_acl_says_who_else_may_write(tmp_path: Path, acl: bytes, who: str | None) -> None:
    receipt = tmp_path / "it's.json"
    receipt.touch(mode=0o600)
    set_acl(receipt, acl)
    found = find_foreign([receipt], {0, tmp_path.stat().st_uid})
    assert (found and str(found)) == (who and f"`{receipt}` can be written by {who}, as its ACL says")
    if found:
        quoted = str(receipt).replace("'", "'\"'\"'")
        assert found.hint == f"look at what is there, then `setfacl -b '{quoted}'`"


@of_linux
def test_an_acl_of_a_directory_counts_unless_it_is_sticky(tmp_path: Path) -> None:
    place = tmp_path / "state"
    place.mkdir(mode=0o700)
    set_acl(place, pack_acl(users={SOMEBODY: 7}))
    owners = {0, tmp_path.stat().st_uid}
    found = find_foreign([place / "receipt.json"], owners)
    assert str(found) == f"`{place}` can be written by the user 12345, as its ACL says"
    place.chmod(stat.S_IMODE(place.stat().st_mode) | stat.S_ISVTX)
    assert find_foreign([place / "receipt.json"], owners) is None


@of_linux
@of_root
def test_a_mask_is_no_right_of_the_group(tmp_path: Path) -> None:
    """`ls` shows 0770, whatever the group of the file may."""
    receipt = tmp_path / "receipt.json"
    receipt.touch()
    give_away(receipt, user=0, group=NOBODY)
    set_acl(receipt, pack_acl(users={0: 6}, group=4))
    assert find_foreign([receipt], {0}) is None
    set_acl(receipt, pack_acl(users={0: 6}, group=6))
    found = find_foreign([receipt], {0})
    assert str(found) == f"`{receipt}` can be written by others, its mode is 0770"


def ask_with_accounts(
    tmp_path: Path, accounts: str, ask: Callable[[], object], *, groups: str = GROUP, services: str = "files"
) -> str:
    """The answer on a machine that has these users and groups, and asks these services for them."""
    switch = f"passwd: {services}\ngroup: {services}\n"

    def act() -> str:
        own_mounts()
        for name, content in (("passwd", accounts), ("group", groups), ("nsswitch.conf", switch)):
            file = tmp_path / name
            file.write_text(content)
            mount("--bind", str(file), f"/etc/{name}")
        return str(ask())

    return in_child(act)


@needs_mounts
@pytest.mark.parametrize(
    ("more", "is_private"),
    [
        pytest.param("", True, id="her own group"),
        pytest.param(MALLORY, False, id="another user's too"),
        pytest.param("daemon:x:20002:20001::/:/sbin/nologin\n", False, id="a service's too"),
        pytest.param("other:x:20001:20001::/home/alice:/bin/zsh\n", True, id="another name of hers"),
    ],
)
def test_a_group_is_private_where_nobody_else_has_it(tmp_path: Path, more: str, *, is_private: bool) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.touch()
    give_away(receipt, ALICE, ALICE)
    receipt.chmod(0o664)
    found = ask_with_accounts(tmp_path, PASSWD + more, lambda: find_foreign([receipt], {0, ALICE}))
    assert found == ("None" if is_private else f"`{receipt}` can be written by others, its mode is 0664")


JOVYAN = "jovyan:x:20001:100::/home/jovyan:/bin/bash\n"
RED_HAT = """\
root:x:0:0:root:/root:/bin/bash
sync:x:5:0:sync:/sbin:/bin/sync
shutdown:x:6:0:shutdown:/sbin:/sbin/shutdown
halt:x:7:0:halt:/sbin:/sbin/halt
operator:x:11:0:operator:/root:/sbin/nologin
"""
ADMIN = "admin:x:20002:0::/home/admin:/bin/bash\n"
SSSD = "files [SUCCESS=merge] sss systemd"


@needs_mounts
@pytest.mark.parametrize(
    ("group", "accounts", "groups", "services", "is_private"),
    [
        pytest.param(100, JOVYAN, "users:x:100:\n", "files", True, id="users with one member, of Jupyter"),
        pytest.param(100, JOVYAN + PASSWD, "users:x:100:alice\n", "files", True, id="two names of hers"),
        pytest.param(100, JOVYAN, "users:x:100:mallory\n", "files", False, id="a member without an account"),
        pytest.param(100, JOVYAN + MALLORY, "users:x:100:mallory\n", "files", False, id="another member"),
        pytest.param(100, JOVYAN, "users:x:100:\n", SSSD, False, id="users of a directory service"),
        pytest.param(2000, PASSWD, "", "files", True, id="a group without a name, of Kubernetes"),
        pytest.param(2000, PASSWD, "", SSSD, True, id="a group that no directory service knows either"),
        pytest.param(
            50, PASSWD, "staff:x:50:\n", "files systemd", True, id="staff without members, of Debian"
        ),
        pytest.param(0, RED_HAT, "root:x:0:\n", SSSD, True, id="root's own, of Red Hat"),
        pytest.param(0, RED_HAT + ADMIN, "root:x:0:\n", SSSD, False, id="root's own, which an admin has"),
        pytest.param(ALICE, PASSWD, GROUP, SSSD, True, id="her own, where a directory service is asked"),
    ],
)
def test_a_group_is_private_whose_accounts_are_the_owners(
    tmp_path: Path, group: int, accounts: str, groups: str, services: str, *, is_private: bool
) -> None:
    place = tmp_path / "home"
    place.mkdir()
    give_away(place, ALICE, group)
    place.chmod(0o2775)
    ask = partial(find_foreign, [place], {0, ALICE})
    found = ask_with_accounts(tmp_path, accounts, ask, groups=groups, services=services)
    assert found == ("None" if is_private else f"`{place}` can be written by others, its mode is 2775")


@of_root
def test_who_does_not_own_a_place_is_told_who_has_to_close_it(open_place: Path) -> None:
    own, roots = (open_place / name for name in ("own", "roots"))
    for place, user in ((own, ALICE), (roots, 0)):
        place.mkdir()
        give_away(place, user, 0)
        place.chmod(0o777)

    def ask(user: int) -> str:
        become(user)
        found = (find_foreign([place], {0, ALICE}) for place in (own, roots))
        return "\n".join(each.hint for each in found if each)

    close = "look at what is there, then `chmod go-w {}`"
    assert in_child(partial(ask, ALICE)).splitlines() == [
        close.format(own),
        f"root has to {close.format(roots)}",
    ]
    assert in_child(partial(ask, SOMEBODY)).splitlines() == [
        f"the user 20001, or root, has to {close.format(own)}",
        f"root has to {close.format(roots)}",
    ]
    assert in_child(partial(ask, 0)).splitlines() == [close.format(own), close.format(roots)]


@of_root
@needs_mounts
@pytest.mark.parametrize("name", ["link", "link/px", "real", "home/.local", "home/.local/px"])
def test_a_place_in_a_home_is_not_taken_away_by_whatever_way_it_is_named(tmp_path: Path, name: str) -> None:
    """Also where the account's home is a link, and where the home itself is root's."""
    home, owned = ("link", "real") if name.startswith(("link", "real")) else ("home", "home/.local")
    (tmp_path / owned).mkdir(parents=True)
    if home == "link":
        (tmp_path / home).symlink_to(tmp_path / owned)
    give_away(tmp_path / owned)

    def ask() -> str:
        own_mounts()
        line = f"ada:x:{SOMEBODY}:{SOMEBODY}::{tmp_path / home}:/bin/sh\n"
        own = tmp_path / "passwd"
        own.write_text(Path("/etc/passwd").read_text("utf-8") + line, "utf-8")
        mount("--bind", str(own), "/etc/passwd")
        found = find_foreign((tmp_path / name,), {0})
        assert found is not None
        return found.hint

    assert in_child(ask) == (
        "run it as that user, or by `sudo` from their account; `proxyenv setup --system` is for all users"
    )


@of_root
@pytest.mark.parametrize("name", ["", "below"])
def test_nobody_is_told_to_take_a_home_away_from_its_user(tmp_path: Path, name: str) -> None:
    home = tmp_path / "ada" / name
    home.mkdir(parents=True)
    give_away(tmp_path / "ada")
    with pytest.raises(DiscoveryError) as refused:
        require_own((home / "receipt.json",), {0}, home=home)
    assert refused.value.hint == (
        "run it as that user, or by `sudo` from their account; `proxyenv setup --system` is for all users"
    )
    with pytest.raises(DiscoveryError) as refused:
        require_own((home / "receipt.json",), {0}, home=tmp_path / "root")
    assert refused.value.hint == f"look at what is there, then `chown 0 {tmp_path}/ada`"


@needs_mounts
def test_nor_the_home_of_another_user(tmp_path: Path) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    give_away(home, ALICE, SOMEBODY)
    account = f"alice:x:{ALICE}:{ALICE}::{home}:/bin/bash\n"
    found = ask_with_accounts(tmp_path, account, lambda: find_foreign([home / "bin/tool"], {0}).hint)  # type: ignore[union-attr]
    assert found.startswith("run it as that user")


@of_root
def test_what_cannot_be_looked_at_is_not_own(open_place: Path) -> None:
    (open_place / "closed/cache").mkdir(parents=True)
    (open_place / "closed").chmod(0o700)

    def ask() -> str:
        become(SOMEBODY)
        path = open_place / "closed/cache/versions.json"
        return f"{is_own(path)} {find_foreign([path], {0, SOMEBODY})}"

    place = open_place / "closed/cache"
    assert in_child(ask) == f"False `{place}` cannot be looked at: permission is denied"


def test_a_name_that_is_too_long_is_not_own(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 300) / "versions.json"
    assert not is_own(path)
    assert str(find_foreign([path], find_owners(make_host(home=tmp_path)))).endswith("File name too long")


@needs_mounts
def test_an_acl_may_name_the_group_of_an_owner_alone(tmp_path: Path) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.touch()
    set_acl(receipt, pack_acl(groups={ALICE: 6}))
    ask = partial(find_foreign, [receipt], {0, ALICE})
    assert ask_with_accounts(tmp_path, PASSWD, ask) == "None"
    assert ask_with_accounts(tmp_path, PASSWD + MALLORY, ask) == (
        f"`{receipt}` can be written by the group 20001, as its ACL says"
    )


@pytest.mark.parametrize(
    ("caller", "is_user"),
    [
        pytest.param("12345", True, id="a user"),
        pytest.param("9" * 5000, False, id="more digits than Python reads"),
        pytest.param("4294967295", False, id="the number of no user"),
        pytest.param("\N{SUPERSCRIPT TWO}", False, id="no digit"),
        pytest.param("\N{ARABIC-INDIC DIGIT TWO}", False, id="a digit of another script"),
        pytest.param("-1", False, id="below all numbers"),
        pytest.param("", False, id="empty"),
    ],
)
@pytest.mark.parametrize("name", ["SUDO_UID", "PKEXEC_UID"])
def test_who_called_sudo_is_a_number_of_a_user(
    tmp_path: Path, name: str, caller: str, *, is_user: bool
) -> None:
    host = make_host(home=tmp_path)._replace(is_root=True)
    owners = find_owners(host, is_system=True)
    called = host._replace(environment=MappingProxyType({name: caller}))
    assert find_owners(called, is_system=True) - owners == ({12345} if is_user else set())
    assert find_owners(called._replace(is_root=False), is_system=True) == owners


@of_linux
@of_root
@pytest.mark.parametrize(
    ("caller", "owners"),
    [
        pytest.param("nobody", {0, NOBODY}, id="a user"),
        pytest.param("nobody-of-this-name", {0}, id="no user"),
        pytest.param("12345", {0}, id="a number"),
        pytest.param("no\0body", {0}, id="what no user is called"),
    ],
)
def test_who_called_doas_is_a_name_of_a_user(tmp_path: Path, caller: str, owners: set[int]) -> None:
    variables = MappingProxyType({"DOAS_USER": caller})
    host = make_host(home=tmp_path)._replace(is_root=True, environment=variables)
    assert find_owners(host, is_system=True) == owners
    assert find_owners(host._replace(is_root=False), is_system=True) == {0}
