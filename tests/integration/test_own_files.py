"""What was written and then damaged: named as what it is before anything connects, and the hint, typed."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from support.certificates import make_ca
from support.command import proxyenv, proxyenv_sourced
from support.machine import in_ci

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.command import Ran

API: Final = "http://prefect.corp.test:4200/api"
LOST: Final = "it no longer holds the corporate CA `CN=Corp`"
BEGIN, END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----\n"


class Home(NamedTuple):
    """A home that is set up, and where its files are."""

    home: Path
    ca: Path

    @property
    def bundle(self) -> Path:
        return self.home / ".local/share/proxyenv/ca-bundle.pem"

    @property
    def certs(self) -> Path:
        return self.home / ".local/share/proxyenv/certs"

    @property
    def env_sh(self) -> Path:
        return self.home / ".config/proxyenv/env.sh"

    @property
    def toml(self) -> Path:
        return self.home / ".config/proxyenv/proxyenv.toml"

    @property
    def profiles(self) -> Path:
        return self.home / ".prefect/profiles.toml"

    @property
    def bashrc(self) -> Path:
        return self.home / ".bashrc"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Home:
    root = tmp_path_factory.mktemp("made")
    made = Home(root / "home", root / "corp.pem")
    made.home.mkdir()
    made.ca.write_bytes(make_ca("Corp").pem)
    given = ("--proxy", "localhost:9", "--ca", made.ca, "--api-url", API, "--no-derive")
    assert proxyenv("setup", *given, "--yes", "--no-check", home=made.home).status == 0
    return made


@pytest.fixture
def here(made: Home) -> Home:
    """The home, as fresh as it was: the files name it by its path."""
    kept = made.home.with_name("kept")
    if not kept.exists():
        shutil.copytree(made.home, kept, symlinks=True)
    shutil.rmtree(made.home)
    shutil.copytree(kept, made.home, symlinks=True)
    return made


def edit(path: Path, pattern: str, by: str) -> None:
    text = path.read_text()
    changed = re.sub(pattern, by, text, flags=re.MULTILINE)
    assert changed != text
    path.write_text(changed)


def lose_ca(here: Home) -> None:
    body = here.ca.read_text().split(BEGIN)[1].split("-----END")[0]
    text = here.bundle.read_text()
    assert body in text
    here.bundle.write_text(text.replace(BEGIN + body + END, ""))


def lose_ca_in_directory(here: Home) -> None:
    body = here.ca.read_text().split(BEGIN)[1].split("-----END")[0]
    for path in here.certs.iterdir():
        if body in path.read_text():
            path.unlink()


def another_bundle(here: Home) -> None:
    here.bundle.write_bytes(make_ca("Somebody Else").pem)


def link_bundle(here: Home) -> None:
    elsewhere = here.bundle.with_name("elsewhere.pem")
    here.bundle.rename(elsewhere)
    here.bundle.symlink_to(elsewhere)


CASES: Final = [
    pytest.param(lose_ca, "bundle", "modified", LOST, id="the bundle lost the CA"),
    pytest.param(another_bundle, "bundle", "modified", LOST, id="another bundle", marks=in_ci),
    pytest.param(
        lambda here: here.bundle.write_text(""),
        "bundle",
        "modified",
        "it is empty",
        id="an empty bundle",
        marks=in_ci,
    ),
    pytest.param(lambda here: here.bundle.unlink(), "bundle", "missing", "the file is gone", id="no bundle"),
    pytest.param(
        lambda here: here.bundle.write_text(here.bundle.read_text() + "# mine\n"),
        "bundle",
        "modified",
        "it was changed after it was written",
        id="an edited bundle",
        marks=in_ci,
    ),
    pytest.param(
        lambda here: here.bundle.write_text(here.bundle.read_text()[:-40]),
        "bundle",
        "modified",
        "it was changed after it was written, and cannot be read: ",
        id="a bundle that is cut off",
    ),
    pytest.param(
        lambda here: here.bundle.chmod(0o600),
        "bundle",
        "modified",
        "its mode is 0600; 0644 was written",
        id="another mode",
        marks=in_ci,
    ),
    pytest.param(lose_ca_in_directory, "certs", "modified", LOST, id="the directory lost the CA"),
    pytest.param(
        lambda here: edit(here.env_sh, r"^_proxyenv_set .*_(proxy|PROXY) .*\n", ""),
        "env_sh",
        "modified",
        "it no longer sets `http_proxy`, `HTTP_PROXY`, `https_proxy`, `HTTPS_PROXY` and 4 more",
        id="proxy lines deleted",
    ),
    pytest.param(
        lambda here: edit(here.env_sh, "localhost:9", "other.test:1"),
        "env_sh",
        "modified",
        "it names another proxy than was set up: `http_proxy`, `HTTP_PROXY`, `https_proxy`, `HTTPS_PROXY`",
        id="another proxy",
        marks=in_ci,
    ),
    pytest.param(
        lambda here: here.env_sh.unlink(), "env_sh", "missing", "the file is gone", id="no env file"
    ),
    pytest.param(
        lambda here: edit(here.profiles, r"^PREFECT_API_SSL_CERT_FILE.*\n", ""),
        "profiles",
        "modified",
        "changed since: `profiles.proxyenv.PREFECT_API_SSL_CERT_FILE`",
        id="the profile lost the bundle",
    ),
    pytest.param(
        lambda here: here.profiles.write_text(""),
        "profiles",
        "modified",
        "changed since: `active`, `profiles.proxyenv`, ",
        id="empty profiles",
        marks=in_ci,
    ),
    pytest.param(
        lambda here: here.profiles.unlink(),
        "profiles",
        "missing",
        "the file is gone",
        id="no profiles",
        marks=in_ci,
    ),
    pytest.param(
        lambda here: here.bashrc.write_text(""),
        "bashrc",
        "modified",
        "the block is gone",
        id="no block in the rc file",
    ),
]


def failed(ran: Ran) -> list[dict[str, str]]:
    return [each for each in ran.json["data"]["report"] if each["status"] == "failed"]


@pytest.mark.parametrize(("damage", "name", "cause", "detail"), CASES)
def test_damage_is_the_first_cause_and_refresh_repairs_it(
    here: Home, damage: Callable[[Home], object], name: str, cause: str, detail: str
) -> None:
    damage(here)
    file = f"file [{getattr(here, name)}]"
    checked = proxyenv("check", "--output", "json", home=here.home)
    first = failed(checked)[0]
    assert (checked.status, first["check"], first["cause"]) == (1, file, cause)
    assert first["detail"].startswith(detail)
    status = proxyenv("status", "--output", "json", home=here.home)
    assert (status.status, failed(status)) == (1, [first])
    hinted = re.fullmatch(r"`proxyenv (\w+)` writes it again", first["hint"])
    assert hinted
    assert proxyenv(*shlex.split(hinted[1]), "--yes", "--no-check", home=here.home).status == 0
    assert proxyenv("status", home=here.home).status == 0
    again = proxyenv_sourced("check", "--output", "json", home=here.home)
    whole = again.json["data"]["report"][0]
    assert (whole["check"], whole["status"]) == ("files", "ok")
    assert [each["cause"] for each in failed(again)] == ["proxy-refused"]


REFUSED: Final = [
    pytest.param(
        link_bundle,
        "bundle",
        ("it is a symbolic link to ", "remove the link `{}`, then `proxyenv refresh`"),
        lambda here: here.bundle.unlink(),
        id="a link in place of the bundle",
    ),
    pytest.param(
        lambda here: (here.bundle.unlink(), here.bundle.mkdir()),
        "bundle",
        ("`{}` is not a file", "move `{}` away, then `proxyenv refresh`"),
        lambda here: here.bundle.rename(here.home / "away"),
        id="a directory in place of the bundle",
    ),
    pytest.param(
        lambda here: here.profiles.write_text("["),
        "profiles",
        (
            "`{}` cannot be used: it is not valid TOML",
            "correct `{}` or move it away, then `proxyenv refresh`",
        ),
        lambda here: here.profiles.unlink(),
        id="profiles that are not TOML",
    ),
    pytest.param(
        lambda here: edit(here.bashrc, r"^# <<< proxyenv <<<\n", ""),
        "bashrc",
        (
            "the markers of the proxyenv block in `{}` do not pair up",
            (
                "remove the lines between and with `# >>> proxyenv >>>` and `# <<< proxyenv <<<` by hand"
                ", then `proxyenv refresh`"
            ),
        ),
        lambda here: here.bashrc.write_text(""),
        id="half a block",
    ),
]


@pytest.mark.parametrize(("damage", "name", "texts", "step"), REFUSED)
def test_where_refresh_alone_would_be_refused_the_hint_says_what_to_do_first(
    here: Home,
    damage: Callable[[Home], object],
    name: str,
    texts: tuple[str, str],
    step: Callable[[Home], object],
) -> None:
    detail, hint = texts
    path = getattr(here, name)
    damage(here)
    (wrong,) = failed(proxyenv("status", "--output", "json", home=here.home))
    assert (wrong["check"], wrong["cause"]) == (f"file [{path}]", "modified")
    assert wrong["detail"].startswith(detail.format(path))
    assert wrong["hint"] == hint.format(path)
    assert proxyenv("refresh", "--yes", "--no-check", home=here.home).status == 3
    step(here)
    assert proxyenv("refresh", "--yes", "--no-check", home=here.home).status == 0
    assert proxyenv("status", home=here.home).status == 0


def test_an_edited_configuration_is_an_intent_not_yet_carried_out(here: Home) -> None:
    edit(here.toml, "localhost:9", "127.0.0.1:9")
    (wrong,) = failed(proxyenv("status", "--output", "json", home=here.home))
    assert (wrong["check"], wrong["cause"]) == (f"file [{here.toml}]", "modified")
    assert wrong["hint"] == "`proxyenv diff` shows what `proxyenv refresh` would make of it"


def test_without_the_bundle_the_check_still_says_that_the_proxy_is_dead(here: Home) -> None:
    here.bundle.unlink()
    checked = proxyenv_sourced("check", "--output", "json", home=here.home).json["data"]["report"]
    report = [each for each in checked if not each["check"].startswith("settings [")]  # of this machine
    assert [(each["check"], each["status"], each["cause"]) for each in report] == [
        (f"file [{here.bundle}]", "failed", "missing"),
        ("python", "ok", None),
        ("proxy-resolve [localhost]", "ok", None),
        ("proxy-connect [localhost:9]", "failed", "proxy-refused"),
        ("tls", "skipped", "earlier-failure"),
        ("fetch", "skipped", "earlier-failure"),
        ("negative-control", "skipped", "earlier-failure"),
        ("prefect-settings", "skipped", "earlier-failure"),
        ("prefect-api", "skipped", "earlier-failure"),
        ("prefect-websocket", "skipped", "earlier-failure"),
        ("prefect-flow", "skipped", "earlier-failure"),
    ]
    (tls,) = (each for each in report if each["check"] == "tls")
    assert tls["detail"] == f"`file [{here.bundle}]` failed"


def test_a_profile_that_is_no_longer_active_is_made_active_as_the_hint_says(here: Home) -> None:
    edit(here.profiles, r"^active = .*", 'active = "other"')
    (wrong,) = failed(proxyenv("status", "--output", "json", home=here.home))
    assert (wrong["check"], wrong["cause"]) == (f"file [{here.profiles}]", "profile-inactive")
    assert wrong["hint"] == "`proxyenv refresh` makes it active again"
    assert proxyenv("refresh", "--yes", "--no-check", home=here.home).status == 0
    assert proxyenv("status", home=here.home).status == 0
