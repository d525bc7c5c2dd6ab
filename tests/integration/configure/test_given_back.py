"""``--configure``: files of tools are put back, refused where they must be, and conflicts are named."""

from __future__ import annotations

import json
import stat
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from ruamel.yaml import YAML

import proxyenv as package
from proxyenv.commands.planning import plan_setup
from proxyenv.errors import PlanError
from proxyenv.model.intent import Request
from support.command import proxyenv
from support.configuring import Company, run, setup
from support.machine import in_ci, require_client
from support.machines import make_host, make_session
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable


OWN: Final = {
    ".wgetrc": b"# mine\r\nca-certificate = /old.pem\r\nquiet=off",
    ".gradle/gradle.properties": b"# caf\xe9\nsystemProp.http.proxyHost : old.corp.test\n",
    ".condarc": (
        b"# mine\nchannels:\n  - defaults\nproxy_servers:\n  'http://x.test': y\n  http: http://old:1 # why\n"
    ),
    ".docker/config.json": b'{\n\t"proxies": {"default": {"ftpProxy": "x"}},\n\t"credsStore": "pass"\n}',
    ".config/gcloud/active_config": b"default",
    ".config/gcloud/configurations/config_default": (
        b"[core]\nproject = p\n\n[proxy]\naddress=old\n[x]\na = 1\n"
    ),
    ".config/Code/User/settings.json": (
        b'// mine\n{\n  /* a */ "a": [1, 2,],\n  "http.proxy": "x", // old\n}\n'
    ),
    ".m2/settings.xml": (
        b"<?xml version='1.0'?>\r\n<settings>\r\n <proxies>\r\n  <!-- none -->\r\n </proxies>\r\n</settings>"
    ),
    ".mavenrc": b"MAVEN_OPTS=-Xmx1g",
    ".npmrc": b"cafile = /gone.pem\n//registry.corp.test/:_authToken=secret\n",
    ".yarnrc": b'# yarn lockfile v1\ncafile "/gone.pem"\n',
    ".yarnrc.yml": b'httpsCaFilePath: "/gone.pem"\nnpmScopes:\n  corp:\n    npmAlwaysAuth: true\n',
}
NAMES: Final = ("conda", "docker", "gcloud", "gradle", "maven", "npm", "vscode", "wget", "yarn")


@pytest.fixture
def full_home(home: Path) -> Path:
    """A home in which every tool has a file of the user's, in each one's own manner."""
    for name, content in OWN.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o600 if "docker" in name else 0o640)
    return home


def test_every_file_is_put_back_byte_for_byte(full_home: Path, company: Company) -> None:
    before = snapshot(full_home)
    assert setup(full_home, company, *NAMES).status == 0
    same = [name for name, content in OWN.items() if (full_home / name).read_bytes() == content]
    assert same == [".config/gcloud/active_config"]
    assert proxyenv("uninstall", "--yes", home=full_home).status == 0
    assert snapshot(full_home) == before


def test_a_second_setup_changes_nothing(full_home: Path, company: Company) -> None:
    setup(full_home, company, *NAMES)
    again = proxyenv("setup", "--yes", "--no-check", "--output", "json", home=full_home)
    assert (again.status, again.json["data"]["changes"]) == (0, [])
    report = proxyenv("status", "--output", "json", home=full_home).json["data"]["report"]
    assert [outcome for outcome in report if outcome["status"] == "failed"] == []


def test_another_proxy_is_followed_and_none_takes_all_back(full_home: Path, company: Company) -> None:
    setup(full_home, company, *NAMES)
    setup(full_home, company, *NAMES, proxy="http://other.corp.test:8080")
    assert b"other.corp.test" in (full_home / ".m2/settings.xml").read_bytes()
    setup(full_home, company, "none", proxy="http://other.corp.test:8080")
    assert {name: (full_home / name).read_bytes() for name in OWN} == OWN


def test_what_others_wrote_since_stays(full_home: Path, company: Company) -> None:
    setup(full_home, company, "docker", "gcloud", "wget")
    docker = full_home / ".docker/config.json"
    written = json.loads(docker.read_text()) | {"auths": {"registry.corp.test": {}}}
    docker.write_text(json.dumps(written, indent=4))
    with (full_home / ".wgetrc").open("ab") as file:
        file.write(b"tries = 3\n")
    assert proxyenv("uninstall", "--yes", home=full_home).status == 0
    assert json.loads(docker.read_text()) == {
        "proxies": {"default": {"ftpProxy": "x"}},
        "credsStore": "pass",
        "auths": {"registry.corp.test": {}},
    }
    assert (full_home / ".wgetrc").read_bytes() == (
        b"# mine\r\nca_certificate = /old.pem\r\nquiet=off" + b"tries = 3\n"
    )


def test_what_its_tool_wrote_anew_is_known_again(home: Path, company: Company) -> None:
    """npm, Docker, gcloud and conda write the whole file for one thing, in their own spelling."""
    npm, docker, gcloud = (require_client(name) for name in ("npm", "docker", "gcloud"))
    (home / ".npmrc").write_text("cafile=/gone\n")
    (home / ".condarc").write_text("channels: [a]\n")
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text("{}")
    assert run(home, gcloud, "config", "configurations", "list").returncode == 0
    assert setup(home, company, "conda", "docker", "gcloud", "npm").status == 0
    assert run(home, npm, "config", "set", "fund", "false").returncode == 0
    address = "host=tcp://127.0.0.1:1"
    assert run(home, docker, "context", "create", "other", "--docker", address).returncode == 0
    assert run(home, docker, "context", "use", "other").returncode == 0
    assert run(home, gcloud, "config", "set", "project", "demo", "--quiet").returncode == 0
    condarc = YAML()
    settings = condarc.load((home / ".condarc").read_text())
    settings["channels"].append("b")
    with (home / ".condarc").open("w") as file:
        condarc.dump(settings, file)
    assert "ssl_verify: '" not in (home / ".condarc").read_text()
    assert json.loads((home / ".docker/config.json").read_text())["currentContext"] == "other"
    report = proxyenv("status", "--output", "json", home=home).json["data"]["report"]
    assert [outcome for outcome in report if outcome["status"] == "failed"] == []
    again = proxyenv("setup", "--yes", "--no-check", "--output", "json", home=home)
    assert again.json["data"]["changes"] == []
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert (home / ".npmrc").read_text() == "cafile=/gone\nfund=false\n"
    assert (home / ".condarc").read_text() == "channels: [a, b]\n"
    left = json.loads((home / ".docker/config.json").read_text())
    assert {name: value for name, value in left.items() if value} == {"currentContext": "other"}
    active = (home / ".config/gcloud/configurations/config_default").read_text()
    assert active.split() == ["[core]", "project", "=", "demo"]


@in_ci
def test_a_setup_that_was_killed_half_way_is_taken_back(full_home: Path, company: Company) -> None:
    """At every fourth file that is put in its place."""
    strace = require_client("strace")
    before = snapshot(full_home)
    options = [word for tool in NAMES for word in ("--configure", tool)]
    moment, killed = 1, 0
    while True:
        done = run(
            full_home, strace, "-f", "-qq", "-o", "/dev/null",
            "-e", f"inject=rename,renameat,renameat2:signal=KILL:when={moment}",
            sys.executable, "-m", "proxyenv", "setup", "--proxy", company.proxy.url, "--ca", company.ca,
            "--proxy-there", "proxy.corp.test:3128", "--yes", "--no-check", "--no-rc", *options,
            PYTHONPATH=str(Path(package.__file__).parents[1]),
        )  # fmt: skip
        assert proxyenv("uninstall", "--yes", home=full_home).status == 0
        assert snapshot(full_home) == before
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr
        moment, killed = moment + 4, killed + 1
    assert killed > len(NAMES) // 2


def test_a_symlink_is_written_through(home: Path, company: Company) -> None:
    (home / "dotfiles").mkdir()
    (home / "dotfiles/wgetrc").write_text("quiet=on")
    (home / ".wgetrc").symlink_to("dotfiles/wgetrc")
    before = snapshot(home)
    assert setup(home, company, "wget").status == 0
    assert (home / ".wgetrc").is_symlink()
    assert (home / "dotfiles/wgetrc").read_text().startswith("quiet=on\nca_certificate = ")
    assert proxyenv("uninstall", "--yes", home=home).status == 0
    assert snapshot(home) == before


def break_text(path: Path) -> None:
    path.write_text("a: [1\n")


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


BROKEN: Final = [
    pytest.param(break_text, "cannot be edited safely: line 2 is not YAML", id="not understood"),
    pytest.param(make_directory, "is not a file", id="a directory"),
]


@pytest.mark.parametrize(("damage", "reason"), BROKEN)
def test_a_file_that_its_owner_broke_stays_and_the_rest_is_removed(
    home: Path, company: Company, damage: Callable[[Path], None], reason: str
) -> None:
    (home / ".wgetrc").write_text("quiet = on\n")
    assert setup(home, company, "conda", "wget").status == 0
    damage(home / ".condarc")
    broken = snapshot(home)[".condarc"]
    removed = proxyenv("uninstall", "--yes", home=home)
    assert removed.status == 0, removed.err
    kept = "`ssl_verify`, `proxy_servers/http`, `proxy_servers/https`"
    assert f"`{home}/.condarc` {reason}; it stays, with those of our settings that it still has: {kept}" in (
        removed.err
    )
    assert {path.name for path in home.iterdir() if path.is_file() or path.name == ".condarc"} == {
        ".condarc",
        ".wgetrc",
    }
    assert (snapshot(home)[".condarc"], (home / ".wgetrc").read_text()) == (broken, "quiet = on\n")
    assert not (home / ".local/state/proxyenv").exists()


@pytest.mark.parametrize(("damage", "reason"), BROKEN)
def test_a_tool_whose_file_is_broken_can_be_left_out(
    home: Path, company: Company, damage: Callable[[Path], None], reason: str
) -> None:
    assert setup(home, company, "conda", "wget").status == 0
    damage(home / ".condarc")
    left_out = setup(home, company, "none")
    assert left_out.status == 0, left_out.err
    assert f"`{home}/.condarc` {reason}; it stays, with" in left_out.err
    assert not (home / ".wgetrc").exists()
    assert proxyenv("uninstall", "--yes", home=home).status == 0


def test_status_says_what_is_lost(home: Path, company: Company) -> None:
    setup(home, company, "wget")
    (home / ".wgetrc").write_text("ca_certificate = /another.pem\n")
    outcomes = proxyenv("status", "--output", "json", home=home).json["data"]["report"]
    (found,) = (each for each in outcomes if each["check"] == f"file [{home}/.wgetrc]")
    assert (found["cause"], found["detail"]) == ("modified", "changed since: `ca_certificate`")


# Refused


@pytest.mark.parametrize(
    ("tool", "name", "content"),
    [
        pytest.param("docker", ".docker/config.json", '{"auths": ', id="JSON that breaks off"),
        pytest.param(
            "maven", ".m2/settings.xml", "<settings><proxies></settings>", id="XML that does not nest"
        ),
        pytest.param("conda", ".condarc", "proxy_servers: [http\n", id="YAML without its end"),
        pytest.param("gcloud", ".config/gcloud/configurations/config_default", "a = 1\n", id="no section"),
        pytest.param("wget", ".wgetrc", "what is this\n", id="no setting"),
    ],
)
def test_a_file_that_is_not_understood_is_refused_and_nothing_is_written(
    home: Path, company: Company, tool: str, name: str, content: str
) -> None:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    if tool == "gcloud":
        (path.parents[1] / "active_config").write_text("default")
    before = snapshot(home)
    done = setup(home, company, "gradle", tool)
    assert (done.status, done.json["errors"][0]["code"]) == (3, "settings-invalid")
    assert name in done.json["errors"][0]["message"]
    assert snapshot(home) == before


SECRET: Final = "http://ada:pass%20word@proxy.corp.test:3128"


@pytest.mark.parametrize("tool", ["docker", "vscode", "apt"])
def test_a_password_is_refused_where_others_would_get_it(home: Path, company: Company, tool: str) -> None:
    done = setup(home, company, tool, proxy=SECRET)
    assert (done.status, done.json["errors"][0]["code"]) == (3, "password-refused")
    assert "pass%20word" not in done.out + done.err
    assert list(home.iterdir()) == []


def test_a_password_is_refused_in_a_file_that_others_may_read(home: Path, company: Company) -> None:
    (home / ".condarc").write_text("channels: x\n")
    (home / ".condarc").chmod(0o644)
    done = setup(home, company, "conda", proxy=SECRET)
    assert (done.status, done.json["errors"][0]["code"]) == (3, "password-refused")
    assert done.json["errors"][0]["hint"].startswith("`chmod 600 ")


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("conda", ".condarc"),
        ("gradle", ".gradle/gradle.properties"),
        ("maven", ".m2/settings.xml"),
    ],
)
def test_a_new_file_with_a_password_is_closed_and_shown_nowhere(
    home: Path, company: Company, tool: str, name: str
) -> None:
    shown = proxyenv("diff", "--proxy", SECRET, "--configure", tool, home=home)
    done = setup(home, company, tool, proxy=SECRET)
    assert done.status == 0, done.out + done.err
    assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    assert "pass" in (home / name).read_text()
    receipt = (home / ".local/state/proxyenv/receipt.json").read_text()
    assert not any(
        secret in text
        for secret in ("pass word", "pass%20word")
        for text in (shown.out, done.out, done.err, receipt)
    )


def test_apt_for_somebody_else_than_root_names_every_tool_in_the_command_for_root(company: Company) -> None:
    """What the command does not name would be taken back by it. pytest closes its own directories."""
    with tempfile.TemporaryDirectory() as open_to_all:
        home = Path(open_to_all)
        home.chmod(0o755)
        request = Request(proxy=company.proxy.url, ca=(str(company.ca),), configure=("wget", "apt"))
        with pytest.raises(PlanError, match=r"only be written by root; nothing was changed") as raised:
            plan_setup(make_session("setup", host=make_host(home=home)), request)
        assert raised.value.hint is not None
        assert raised.value.hint.startswith("first without `--configure apt`, then `sudo HOME=")
        assert raised.value.hint.endswith("-m proxyenv setup --configure apt --configure wget`")


def test_an_unknown_name_is_a_usage_error(home: Path, company: Company) -> None:
    done = setup(home, company, "emacs")
    assert (done.status, done.json["errors"][0]["message"]) == (2, "`--configure emacs` is not known")


# Conflicting settings


def test_conflicting_settings_are_found_with_their_line_and_remedy(home: Path, company: Company) -> None:
    (home / ".npmrc").write_text("; mine\nstrict-ssl=false\n")
    (home / ".gitconfig").write_text(
        '[http]\n\tproxy = http://old.corp.test:1\n[http "https://x.test"]\n\tsslVerify\n'
    )
    found = proxyenv(
        "discover", "--proxy", company.proxy.url, "--output", "json", home=home, PYTHONHTTPSVERIFY="0"
    )
    conflicts = [
        (each["cause"], each["provenance"], each["mend"]) for each in found.json["data"]["stale_settings"]
    ]
    assert conflicts == [
        ("verification-off", "`PYTHONHTTPSVERIFY` in the environment", "unset PYTHONHTTPSVERIFY"),
        (
            "proxy-differs",
            f"`{home}/.gitconfig`, line 2",
            f"git config --file {home}/.gitconfig --unset-all http.proxy",
        ),
        ("verification-off", f"`{home}/.npmrc`, line 2", "npm config delete strict-ssl"),
    ]


def test_status_warns_of_conflicting_settings(home: Path, company: Company) -> None:
    setup(home, company)
    (home / ".npmrc").write_text("cafile=/gone.pem\n")
    alone = {"NPM_CONFIG_GLOBALCONFIG": "/nonexistent"}  # this machine may have one for all users
    report = proxyenv("status", "--output", "json", home=home, **alone).json["data"]["report"]
    (warning,) = (each for each in report if each["check"] == "settings [npm]")
    assert (warning["status"], warning["cause"], warning["hint"]) == (
        "warning",
        "ca-file-missing",
        "`npm config delete cafile`",
    )
