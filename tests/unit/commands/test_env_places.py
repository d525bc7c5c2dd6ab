"""Every format and shell of `env` and every tool of `--configure`, for every place."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Final

import pytest

from proxyenv.catalog.env_formats import load_formats
from proxyenv.catalog.tools import configurable
from proxyenv.cli import run
from proxyenv.model.place import PLACES
from support.certificates import make_ca

pytestmark = pytest.mark.one_python

CA: Final = make_ca("Corp").pem
PASSWORD: Final = "http://ada:s3cret@proxy.corp.test:3128"

KEPT: Final = "kept"
TRANSLATED: Final = "translated"
NOT_READ: Final = "refused: nothing reads it there"
NOT_HERE: Final = "refused: containers have neither the paths nor the loopback of this machine"
NO_FORMAT: Final = "refused: a format holds what all clients need"
NO_FILE: Final = "refused, with a note: it gets no file there, and only what variables tell it"


def make_row(here: str, elsewhere: str) -> dict[str, str]:
    return {"machine": here} | dict.fromkeys(("host", "image", "kubernetes", "job", "ci"), elsewhere)


ON_A_SYSTEM: Final = {"machine": KEPT, "host": TRANSLATED} | dict.fromkeys(
    ("image", "kubernetes", "job", "ci"), NOT_READ
)
IN_CONTAINERS: Final = dict.fromkeys(("machine", "host"), NOT_HERE) | dict.fromkeys(
    ("image", "kubernetes", "job", "ci"), TRANSLATED
)
ANYWHERE: Final = make_row(KEPT, TRANSLATED)
IN_AN_IMAGE: Final = {"image": TRANSLATED} | dict.fromkeys(
    ("machine", "host", "kubernetes", "job", "ci"), NOT_READ
)
IN_CI: Final = {"ci": TRANSLATED} | dict.fromkeys(("machine", "host", "image", "kubernetes", "job"), NOT_READ)

FORMATS: Final = {
    "compose": IN_AN_IMAGE,
    "devcontainer": IN_AN_IMAGE,
    "direnv": ANYWHERE,
    "docker": IN_CONTAINERS,
    "dockerfile": IN_CONTAINERS,
    "environment.d": ON_A_SYSTEM,
    "github": dict.fromkeys(("host", "image", "kubernetes", "job"), NOT_READ)
    | {"machine": KEPT, "ci": TRANSLATED},
    "github-workflow": IN_CI,
    "gitlab": IN_CI,
    "gitlab-ci": IN_CI,
    "json": ANYWHERE,
    "systemd": ON_A_SYSTEM,
    "systemd-unit": ON_A_SYSTEM,
    "vscode": ANYWHERE,
}
SHELLS: Final = {
    **dict.fromkeys(("sh", "fish", "tcsh", "pwsh", "nu", "xonsh", "elvish"), ANYWHERE),
    "cmd": make_row(KEPT, NOT_READ),
    "list": IN_CONTAINERS,
}
CLIENTS: Final = {
    ("curl",): ANYWHERE,
    ("git",): ANYWHERE,
    ("requests", "--shell", "fish"): ANYWHERE,
    ("curl", "--shell", "list"): IN_CONTAINERS,
    ("curl", "--shell", "cmd"): SHELLS["cmd"],
    ("curl", "--format", "dockerfile"): make_row(NO_FORMAT, NO_FORMAT),
    ("curl", "--format", "json"): make_row(NO_FORMAT, NO_FORMAT),
}
"""What `env --client` prints, in the language of a shell."""

CASES: Final = [
    pytest.param((*asked, "--place", place), outcome, id=f"{' '.join(asked)} for {place}")
    for asked, outcomes in (
        *((("--format", name), outcomes) for name, outcomes in FORMATS.items()),
        *((("--shell", name), outcomes) for name, outcomes in SHELLS.items()),
        *((("--client", *asked), outcomes) for asked, outcomes in CLIENTS.items()),
    )
    for place, outcome in outcomes.items()
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is set up."""
    home = tmp_path_factory.mktemp("home")
    (home / "corp.pem").write_bytes(CA)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        assert set_up(home) == 0
    return home


@pytest.fixture(autouse=True)
def _home(installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(installed))
    monkeypatch.chdir(installed)
    capsys.readouterr()


def set_up(home: Path, *options: str) -> int:
    given = ("--ca", str(home / "corp.pem"), "--yes", "--no-check", "--no-rc", "--quiet")
    return run(["setup", "--proxy", "http://proxy.corp.test:3128", *given, *options])


def test_the_tables_name_every_format_and_every_place() -> None:
    assert sorted(FORMATS) == [each.name for each in load_formats()]
    for outcomes in (*FORMATS.values(), *SHELLS.values(), *CLIENTS.values(), *TOOLS.values()):
        assert set(outcomes) == {place.name for place in PLACES}


@pytest.mark.parametrize(("asked", "outcome"), CASES)
def test_what_is_asked_for_is_true_there_or_refused(
    installed: Path, capsys: pytest.CaptureFixture[str], asked: tuple[str, ...], outcome: str
) -> None:
    status = run(["env", *asked])
    said = capsys.readouterr()
    if outcome == NO_FORMAT:
        assert (status, said.out) == (2, "")
        assert "`--format` does not go with `--client`" in said.err
        return
    if outcome in {NOT_READ, NOT_HERE}:
        assert (status, said.out) == (2, "")
        place = asked[-1]
        assert f"is not read in the place `{place}`" in said.err or f"not in the place `{place}`" in said.err
        return
    assert status == 0
    assert all(line.startswith("note: ") for line in said.err.splitlines())
    assert (str(installed) in said.out) == (outcome == KEPT)
    assert ("/etc/proxyenv/ca-bundle.pem" in said.out) == (outcome == TRANSLATED)


@pytest.mark.parametrize(
    "asked", [pytest.param(case.values[0], id=case.id) for case in CASES if case.values[1] == TRANSLATED]
)
def test_a_password_and_a_proxy_on_loopback_do_not_leave_this_machine(
    capsys: pytest.CaptureFixture[str], asked: tuple[str, ...]
) -> None:
    status = run(["env", *asked, "--proxy", PASSWORD])
    said = capsys.readouterr()
    place = asked[-1]
    if place == "kubernetes" and status == 0:
        assert "s3cret" in said.out  # what reads it makes a Secret of it
    else:
        assert (status, said.out) == (3, "")
        assert "password-refused" in said.err
    assert "s3cret" not in said.err
    assert run(["env", *asked, "--proxy", "http://localhost:3128"]) == (0 if place == "host" else 3)
    assert ("loopback-elsewhere" in capsys.readouterr().err) == (place != "host")


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("docker", "image"),
        ("dockerfile", "image"),
        ("gitlab", "ci"),
        ("systemd", "machine"),
        ("json", "machine"),
    ],
)
def test_a_format_has_a_place_of_its_own(capsys: pytest.CaptureFixture[str], name: str, place: str) -> None:
    assert run(["env", "--format", name]) == 0
    alone = capsys.readouterr().out
    assert run(["env", "--format", name, "--place", place]) == 0
    assert capsys.readouterr().out == alone


def test_the_files_lie_where_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--format", "docker", "--at", "/opt/corp"]) == 0
    assert "SSL_CERT_FILE=/opt/corp/ca-bundle.pem\n" in capsys.readouterr().out


def test_the_services_of_a_project_are_direct(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--format", "docker", "--service", "db", "--service", "queue"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"db", "queue"} <= set(next(line for line in lines if line.startswith("NO_PROXY=")).split(","))
    assert run(["env", "--format", "docker", "--service", "*"]) == 2


def test_options_of_other_places_are_not_for_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--at", "/opt/corp"]) == 2
    assert capsys.readouterr().err == (
        "error[usage]: `--at` is not for this machine, whose settings are those of `proxyenv setup`\n\n"
        "hint: name the other place: `--place image`\n"
    )


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("github", "HTTPS_PROXY: ${{ secrets.HTTPS_PROXY }}"),
        ("github-workflow", "HTTPS_PROXY: ${{ secrets.HTTPS_PROXY }}"),
        ("gitlab", "HTTPS_PROXY: $CORPORATE_PROXY"),
        ("gitlab-ci", "HTTPS_PROXY: $CORPORATE_PROXY"),
    ],
)
def test_a_ci_system_gets_the_password_from_its_own_secrets(
    capsys: pytest.CaptureFixture[str], name: str, line: str
) -> None:
    assert run(["env", "--format", name, "--place", "ci", "--proxy", PASSWORD]) == 3
    hint = capsys.readouterr().err
    assert f"`{line}`" in hint
    assert "--proxy-there http://HOST:PORT" in hint
    there = ("--proxy-there", "http://proxy.corp.test:3128")
    assert run(["env", "--format", name, "--place", "ci", *there]) == 0
    assert re.search('HTTPS_PROXY(=|: ")http://proxy.corp.test:3128', capsys.readouterr().out)


def test_env_list_is_true_in_a_container(installed: Path) -> None:
    text = (installed / ".config/proxyenv/env.list").read_text("utf-8")
    assert "SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem\n" in text
    assert "ALL_PROXY=\n" in text
    assert str(installed) not in text


def test_without_a_proxy_for_containers_there_is_no_env_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "corp.pem").write_bytes(CA)
    set_up(tmp_path)
    capsys.readouterr()
    assert run(["setup", "--proxy", "http://localhost:3128", "--yes", "--no-check", "--no-rc"]) == 0
    assert (
        "`env.list`, for containers, is left out: the proxy `http://localhost:3128` is on loopback, which in "
        "a container image is another one; say how it is reached from there: `--proxy-there http://HOST:3128`"
    ) in capsys.readouterr().err
    assert not (tmp_path / ".config/proxyenv/env.list").exists()
    assert run(["env", "--shell", "list"]) == 3
    assert run(["setup", "--proxy-there", "px.corp.test:3128", "--yes", "--no-check"]) == 0
    listed = (tmp_path / ".config/proxyenv/env.list").read_text("utf-8")
    assert "HTTPS_PROXY=http://px.corp.test:3128\n" in listed


# Tools

VARIABLE: Final = "translated: `JAVA_TOOL_OPTIONS` tells it"
BY_VARIABLES: Final = "kept: the variables tell it all, and it needs no file"
TOOLS: Final = {
    "apt": make_row("kept: /etc/apt/apt.conf.d/95proxyenv", NO_FILE),
    "conda": make_row("kept: ~/.condarc", NO_FILE),
    "docker": make_row("translated: ~/.docker/config.json", NO_FILE),
    "gcloud": make_row("kept: ~/.config/gcloud/configurations/config_default", NO_FILE),
    "gradle": make_row("kept: ~/.gradle/gradle.properties", NO_FILE),
    "java": make_row("kept: ~/.config/proxyenv/env.sh", VARIABLE),
    "maven": make_row("kept: ~/.m2/settings.xml", NO_FILE),
    "npm": make_row(BY_VARIABLES, NO_FILE),
    "pip": make_row("kept: ~/.config/pip/pip.conf", NO_FILE),
    "poetry": make_row(BY_VARIABLES, NO_FILE),
    "snap": make_row("refused, with a note: only root can tell it, by a command", NO_FILE),
    "uv": make_row("kept: ~/.config/uv/uv.toml", NO_FILE),
    "vscode": make_row("kept: ~/.config/Code/User/settings.json", NO_FILE),
    "wget": make_row("kept: ~/.wgetrc", NO_FILE),
    "yarn": make_row(BY_VARIABLES, NO_FILE),
}
"""What `setup --configure` writes here, and what is made of it for other places."""

here = pytest.mark.parametrize("name", TOOLS)
elsewhere = pytest.mark.parametrize(
    ("name", "place"),
    [
        pytest.param(name, place, id=f"{name} for {place}")
        for name, row in TOOLS.items()
        for place in row
        if place != "machine"
    ],
)


def test_the_table_names_every_tool() -> None:
    assert sorted(TOOLS) == sorted(configurable())
    assert [name for name, tool in configurable().items() if tool.for_containers] == ["docker"]


@here
@pytest.mark.skipif(sys.platform != "linux", reason="the paths are those of Linux")
def test_what_a_tool_gets_on_this_machine(
    installed: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    outcome = TOOLS[name]["machine"]
    if name == "apt" and sys.platform != "win32" and os.geteuid() != 0:
        pytest.skip("only root configures apt")
    gcloud = installed / ".config/gcloud/active_config"
    gcloud.parent.mkdir(parents=True, exist_ok=True)
    gcloud.write_text("default", "utf-8")
    with tempfile.TemporaryDirectory(prefix="open-") as place:
        Path(place).chmod(0o755)  # apt's own user has to enter where the bundle is
        given = ("--proxy", "http://proxy.corp.test:3128", "--ca", "corp.pem", "--prefix", place)
        status = run(["setup", "--configure", name, "--dry-run", *(given if name == "apt" else ())])
    said = capsys.readouterr()
    kind, _, what = outcome.partition(": ")
    if what.startswith(("~", "/")):
        assert re.search(rf"^(?:create|modify|\+\+\+) {re.escape(what)}\b", said.out, re.MULTILINE), said
    elif outcome == BY_VARIABLES:
        assert f"note: `{name}` needs nothing in a file of its own" in said.err
    else:
        assert "note: only root can tell snap, and only by a command" in said.err
    assert status in {0, 1}
    assert kind in {KEPT, TRANSLATED, "refused, with a note"}


@here
@pytest.mark.skipif(sys.platform != "linux", reason="the paths are those of Linux")
def test_a_proxy_on_loopback_is_for_this_machine_alone(
    installed: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What Docker's file says is for containers, and no other tool's is."""
    if name in {"apt", "gcloud"}:
        pytest.skip("the test above has what they need")
    given = ("--proxy", "http://localhost:3128", "--ca", str(installed / "corp.pem"))
    status = run(["setup", *given, "--configure", name, "--dry-run"])
    assert (status == 3) == (name == "docker")
    assert ("error[loopback-elsewhere]" in capsys.readouterr().err) == (name == "docker")


@elsewhere
def test_a_tool_is_told_by_a_variable_there_or_named_as_left_out(
    installed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, place: str
) -> None:
    saved = (installed / ".config/proxyenv/proxyenv.toml").read_text("utf-8")
    (tmp_path / "saved.toml").write_text(f'{saved}\n[tools]\nconfigure = ["{name}"]\n', "utf-8")
    config = ("--config", str(tmp_path / "saved.toml"))
    assert run(["env", "--format", "json", "--place", place, *config]) == 0
    said = capsys.readouterr()
    assert ("JAVA_TOOL_OPTIONS" in said.out) == (TOOLS[name][place] == VARIABLE)
    assert (f"what variables tell it: `{name}`" in said.err) == (TOOLS[name][place] == NO_FILE)
    assert str(installed) not in said.out


# The ways that leave a password out


def test_what_an_image_is_refused_has_two_ways_that_leak_nothing(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["image", "write", "refused", "--proxy", PASSWORD]) == 3
    hint = capsys.readouterr().err.partition("hint: ")[2]
    assert hint == (
        "for the build alone `proxyenv image write proxyenv-build --build-only`, which keeps it out of every "
        "file; for containers leave it out by `--proxy-there http://proxy.corp.test:3128`, and hand it to "
        "each when it starts: `docker run --env HTTP_PROXY --env HTTPS_PROXY --env http_proxy --env "
        "https_proxy IMAGE`\n"
    )
    assert not (installed / "refused").exists()
    build, there, _ = re.findall("`([^`]*)`", hint)
    assert run([*build.split()[1:], "--proxy", PASSWORD]) == 0
    assert run(["image", "write", "written", "--proxy", PASSWORD, *there.split()]) == 0
    for folder in ("proxyenv-build", "written"):
        written = [each for each in (installed / folder).rglob("*") if each.is_file()]
        assert written
        assert not [each for each in written if b"s3cret" in each.read_bytes()]
    assert "s3cret" not in "".join(capsys.readouterr())
