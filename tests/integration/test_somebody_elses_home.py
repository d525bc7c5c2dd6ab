"""Root runs it for the home of a user whose files say what root reads: nothing of root's gets there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Final

import pytest

from support.command import Ran, proxyenv
from support.owners import SOMEBODY, find_holding, give_all_away

pytestmark = pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="only root can read what others cannot"
)

SECRET: Final = "geheim"
SETUP: Final = ("setup", "--yes", "--no-check", "--no-rc")
REFRESH: Final = ("refresh", "--yes", "--no-check")
PROXY: Final = ("--proxy", "ada@localhost:9")
POLICY: Final = f"""\
version = 1
[proxy]
http = "http://ada:{SECRET}@localhost:9"
https = "http://ada:{SECRET}@localhost:9"
"""


def write(path: Path, content: str) -> Path:
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    return path


@pytest.fixture
def home(open_place: Path) -> Path:
    """A home that its user has set up, with a password of their own."""
    home = open_place / "home"
    home.mkdir()
    own = write(home / "own", "own\n")
    given = ("--proxy-password-file", own)
    assert proxyenv(*SETUP, *PROXY, *given, home=home).status == 0
    give_all_away(home)
    return home


def toml(home: Path) -> Path:
    return home / ".config/proxyenv/proxyenv.toml"


def change(home: Path, old: str, new: str) -> None:
    text = toml(home).read_text("utf-8")
    assert old in text
    toml(home).write_text(text.replace(old, new), "utf-8")


def env_file(home: Path) -> str:
    return (home / ".config/proxyenv/env.sh").read_text("utf-8")


@pytest.mark.parametrize(
    ("key", "line"),
    [
        pytest.param("password_file", 'password_file = "{}/secret"', id="a file of root's"),
        pytest.param("password_env", 'password_env = "SECRET"', id="a variable of root's"),
        pytest.param("password_keyring", 'password_keyring = "secret"', id="the keyring of root"),
    ],
)
def test_no_password_is_read_that_the_user_s_configuration_names(
    tmp_path: Path, home: Path, key: str, line: str
) -> None:
    write(tmp_path / "secret", f"{SECRET}\n")
    change(home, f'password_file = "{home}/own"', line.format(tmp_path))
    ran = proxyenv(*REFRESH, home=home, SECRET=SECRET)
    assert (ran.status, find_holding(home, SECRET)) == (0, [])
    assert (
        f"`proxy.{key}` in `proxyenv.toml` says where the password is, and `{home}` is somebody else's home, "
        "for which no password is read that the command line does not name; the password that is written "
        "stays"
    ) in ran.err
    assert "http://ada:own@localhost:9" in env_file(home)


def test_by_sudo_from_their_own_account_neither(tmp_path: Path, home: Path) -> None:
    write(tmp_path / "secret", f"{SECRET}\n")
    change(home, f"{home}/own", f"{tmp_path}/secret")
    sudo = {"SUDO_UID": str(SOMEBODY), "SUDO_USER": "ada"}
    ran = proxyenv(*REFRESH, home=home, **sudo)
    assert (ran.status, find_holding(home, SECRET)) == (0, [])
    assert f"`{tmp_path}/secret` belongs to the user 0, and would be copied into `{home}`" in ran.err
    change(home, f"{tmp_path}/secret", f"{home}/own")
    (home / "own").write_text("successor\n", "utf-8")
    assert proxyenv(*REFRESH, home=home, **sudo).status == 0
    assert "http://ada:successor@localhost:9" in env_file(home)


def test_a_link_in_the_home_does_not_lead_root_to_its_own_password(tmp_path: Path, home: Path) -> None:
    secret = write(tmp_path / "secret", f"{SECRET}\n")
    (home / "link").symlink_to(secret)
    ran = proxyenv(*SETUP, *PROXY, "--proxy-password-file", home / "link", home=home)
    assert (ran.status, find_holding(home, SECRET)) == (3, [])
    assert "hint: name the file itself, where only root can write\n" in ran.err


def test_what_root_names_is_read(tmp_path: Path, home: Path) -> None:
    secret = write(tmp_path / "secret", f"{SECRET}\n")
    assert proxyenv(*SETUP, *PROXY, "--proxy-password-file", secret, home=home).status == 0
    assert f"http://ada:{SECRET}@localhost:9" in env_file(home)
    named = ("--proxy-password-env", "NAMED")
    assert proxyenv(*SETUP, *PROXY, *named, home=home, NAMED="named").status == 0
    assert "http://ada:named@localhost:9" in env_file(home)


def follow(home: Path, policy: Path) -> Ran:
    change(home, "\n[proxy]\n", f'\n[policy]\nsource = "{policy}"\n\n[proxy]\n')
    return proxyenv(*REFRESH, home=home)


def test_no_policy_is_read_that_its_user_cannot_read(tmp_path: Path, home: Path) -> None:
    policy = write(tmp_path / "policy.toml", POLICY)
    ran = follow(home, policy)
    assert (ran.status, find_holding(home, SECRET)) == (3, [])
    assert f"error[policy-unreadable]: the policy `{policy}` would be copied into `{home}`" in ran.err
    hint = ran.err.partition("hint: `proxyenv ")[2].partition("`")[0]
    assert proxyenv(*hint.split(), "--yes", "--no-check", "--no-rc", home=home).status == 0
    assert f"http://ada:{SECRET}@localhost:9" in env_file(home)


def test_a_policy_that_everybody_can_read_is_followed(open_place: Path, home: Path) -> None:
    place = open_place / "policies"
    place.mkdir(mode=0o700)
    policy = write(place / "policy.toml", POLICY)
    policy.chmod(0o644)
    assert "error[policy-unreadable]" in follow(home, policy).err
    place.chmod(0o711)
    assert proxyenv(*REFRESH, home=home).status == 0
    assert f"http://ada:{SECRET}@localhost:9" in env_file(home)


@pytest.mark.parametrize("name", [".config/proxyenv/proxyenv.toml", ".config/proxyenv"])
def test_the_installation_of_root_is_not_taken_for_theirs(tmp_path: Path, home: Path, name: str) -> None:
    """Neither where their receipt does not name what leads there."""
    root = tmp_path / "root"
    root.mkdir()
    assert proxyenv(*SETUP, "--proxy", f"http://ada:{SECRET}@localhost:9", home=root).status == 0
    receipt = home / ".local/state/proxyenv/receipt.json"
    said = json.loads(receipt.read_text("utf-8"))
    said["entries"] = [each for each in said["entries"] if not each["path"].startswith(str(home / name))]
    receipt.write_text(json.dumps(said), "utf-8")
    (home / name).rename(home / "earlier")
    (home / name).symlink_to(root / name)
    ran = proxyenv(*REFRESH, home=home)
    assert (ran.status, find_holding(home, SECRET)) == (3, [])
    assert f"error[foreign-receipt]: `{home / name}` leads to `{root / name}`" in ran.err


def test_a_directory_of_the_user_s_on_another_disk_is_theirs(open_place: Path) -> None:
    home, disk = (open_place / name for name in ("home", "disk"))
    home.mkdir()
    disk.mkdir()
    (home / ".config").symlink_to(disk)
    assert proxyenv(*SETUP, "--proxy", "localhost:9", home=home).status == 0
    give_all_away(home)
    give_all_away(disk)
    assert proxyenv(*REFRESH, home=home).status == 0
