"""Which clients are here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from proxyenv.apply.atomic import forget_versions, keep_versions
from proxyenv.catalog.clients.client import Client, Probe, split_version
from proxyenv.catalog.clients.table import find_client
from proxyenv.machine.clients import ask_versions, find_installed, read_versions, render_versions
from proxyenv.model.coverage import Installed

needs_sh = pytest.mark.skipif(sys.platform == "win32", reason="the programs of these tests are shell scripts")


def find_probed(probe: Probe, environment: dict[str, str]) -> Installed | None:
    """What one probe finds."""
    return find([Client("tool", "a tool", probe=probe)], environment).get("tool")


def find(rows: list[Client], environment: dict[str, str]) -> dict[str, Installed]:
    return find_installed(rows, environment, ask_versions(rows, environment))


def place(directory: Path, name: str, script: str) -> dict[str, str]:
    """A program, and the environment in which it is found."""
    program = directory / name
    program.write_text(f"#!/bin/sh\n{script}\n", "ascii")
    program.chmod(0o755)
    return {"PATH": str(directory)}


@needs_sh
@pytest.mark.parametrize(
    ("script", "version"),
    [
        pytest.param("echo curl 7.88.1 of libcurl/7.88.1", "7.88.1", id="on-standard-output"),
        pytest.param("echo openjdk version 17.0.15 >&2", "17.0.15", id="on-standard-error"),
        pytest.param("echo 9", None, id="nothing-like-a-version"),
        pytest.param("echo 1.2.3; exit 1", None, id="it-fails"),
        pytest.param(f"echo {'9' * 5000}.1", None, id="a-number-without-end"),
    ],
)
def test_a_program_says_its_version(tmp_path: Path, script: str, version: str | None) -> None:
    environment = place(tmp_path, "tool", script)
    assert find_probed(Probe(program="tool"), environment) == Installed(
        str(tmp_path / "tool"), version, str(tmp_path.parent)
    )


@needs_sh
def test_what_stands_in_for_a_program_may_not_download_it(tmp_path: Path) -> None:
    environment = place(tmp_path, "yarn", 'echo "1.$COREPACK_ENABLE_NETWORK.2"')
    assert find_probed(Probe(program="yarn"), environment) == Installed(
        str(tmp_path / "yarn"), "1.0.2", str(tmp_path.parent)
    )


@needs_sh
@pytest.mark.parametrize(
    ("says", "names"),
    [("1.22.22", {"yarn"}), ("4.18.1", {"yarn-berry"})],
)
def test_a_program_is_the_client_that_its_version_says(tmp_path: Path, says: str, names: set[str]) -> None:
    environment = place(tmp_path, "yarn", f"echo {says}")
    rows = [row for row in map(find_client, ("yarn", "yarn-berry", "curl")) if row]
    assert set(find(rows, environment)) == names


@needs_sh
def test_a_version_is_not_asked_in_the_directory_of_a_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (tmp_path / "toolchain").write_text("6.6.6\n", "ascii")
    environment = place(programs, "cargo", "[ ! -e toolchain ] && [ $PWD = / ] && echo 1.95.0")
    monkeypatch.chdir(tmp_path)
    assert find_probed(Probe(program="cargo"), environment) == Installed(
        str(programs / "cargo"), "1.95.0", str(tmp_path)
    )


@needs_sh
def test_yarn_may_not_run_what_a_project_names(tmp_path: Path) -> None:
    environment = place(tmp_path, "yarn", 'echo "1.$YARN_IGNORE_PATH.2"')
    assert find_probed(Probe(program="yarn"), environment) == Installed(
        str(tmp_path / "yarn"), "1.1.2", str(tmp_path.parent)
    )


@needs_sh
def test_a_program_of_the_current_directory_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(tmp_path, "curl", f"touch '{tmp_path}/ran'; echo 7.88.1")
    monkeypatch.chdir(tmp_path)
    assert find_probed(Probe(program="curl"), {"PATH": f".:{tmp_path.name}:"}) is None
    assert not (tmp_path / "ran").exists()


@needs_sh
@pytest.mark.parametrize(
    "variable",
    ["HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "CLOUDSDK_CONFIG", "GRADLE_USER_HOME", "AZURE_CONFIG_DIR"],
)
def test_what_a_program_writes_into_its_home_is_gone(tmp_path: Path, variable: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    place_of_it = f'/bin/mkdir -p "${variable}"; echo "${variable}" >"{tmp_path}/said"'
    environment = place(tmp_path, "gcloud", f'{place_of_it}; echo x >"${variable}/active"; echo 528.0.0')
    found = find_probed(Probe(program="gcloud"), {**environment, "HOME": str(home), variable: str(home)})
    assert found is not None
    assert found.version == "528.0.0"
    assert list(home.iterdir()) == []
    assert not Path((tmp_path / "said").read_text("utf-8").strip()).exists()


@needs_sh
@pytest.mark.parametrize(
    ("settings", "says"),
    [
        pytest.param("settings.toml", "1.1", id="there"),
        pytest.param("other", "1.0", id="not-there"),
    ],
)
def test_rustup_finds_its_toolchains_where_there_are_some(tmp_path: Path, settings: str, says: str) -> None:
    (tmp_path / ".rustup").mkdir()
    (tmp_path / ".rustup" / settings).touch()
    script = f'[ "$RUSTUP_HOME" = "{tmp_path}/.rustup" ] && echo 1.1 || echo 1.0'
    environment = place(tmp_path, "cargo", script)
    found = find_probed(Probe(program="cargo"), {**environment, "HOME": str(tmp_path)})
    assert found is not None
    assert found.version == says


@needs_sh
def test_a_command_of_several_clients_is_run_once(tmp_path: Path) -> None:
    environment = place(tmp_path, "yarn", f"echo x >>'{tmp_path}/runs'; echo 1.22.22")
    rows = [row for row in map(find_client, ("yarn", "yarn-berry")) if row]
    assert set(find(rows, environment)) == {"yarn"}
    assert (tmp_path / "runs").read_text("ascii") == "x\n"


def test_a_module_is_found_with_the_version_of_its_distribution() -> None:
    found = find_probed(Probe(module="pytest", distribution="pytest"), {})
    assert found == Installed("module pytest", pytest.__version__, os.path.realpath(sys.prefix))


def test_a_module_of_python_has_pythons_version() -> None:
    found = find_probed(Probe(module="urllib.request"), {})
    assert found == Installed(
        "module urllib.request", sys.version.split()[0].split("+")[0], os.path.realpath(sys.prefix)
    )


@pytest.mark.parametrize(
    "probe",
    [
        pytest.param(Probe(program="no-such-program"), id="a-program"),
        pytest.param(Probe(module="no_such_module"), id="a-module"),
        pytest.param(Probe(module="no_such_package.module"), id="a-package"),
        pytest.param(Probe(), id="nothing-to-look-for"),
    ],
)
def test_what_is_not_here_is_not_found(probe: Probe) -> None:
    assert find_probed(probe, {"PATH": ""}) is None


TOOL = [Client("tool", "a tool", probe=Probe(program="tool"))]


@needs_sh
def test_only_a_program_that_changed_is_asked_again(tmp_path: Path) -> None:
    environment = place(tmp_path, "tool", f"echo x >>'{tmp_path}/runs'; echo 1.0")
    versions = ask_versions(TOOL, environment)
    assert list(versions.values()) == ["1.0"]
    assert ask_versions(TOOL, environment, versions) == versions
    assert (tmp_path / "runs").read_text("ascii") == "x\n"
    place(tmp_path, "tool", "echo 1.1")
    assert list(ask_versions(TOOL, environment, versions).values()) == ["1.1"]


@needs_sh
def test_a_program_that_was_never_asked_is_here_without_a_version(tmp_path: Path) -> None:
    found = find_installed(TOOL, place(tmp_path, "tool", "echo 1.0"), {})["tool"]
    assert (found.version, found.asked) == (None, False)


@needs_sh
def test_answers_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    versions = ask_versions(TOOL, place(tmp_path, "tool", "echo 1.0"))
    path = tmp_path / "cache/proxyenv/versions.json"
    keep_versions(path, render_versions(versions))
    assert read_versions(path) == versions
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    forget_versions(path)
    assert not path.parent.exists()


def test_where_nothing_can_be_kept_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", "ascii")
    keep_versions(tmp_path / "cache/versions.json", b"[]")
    forget_versions(tmp_path / "cache/versions.json")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no-json"),
        pytest.param("{}x", id="more-than-json"),
        pytest.param('{"a": 1}', id="no-list"),
        pytest.param("[1]", id="no-rows"),
        pytest.param('[["/bin/a", ["-v"], 1]]', id="too-short"),
        pytest.param('[["/bin/a", ["-v"], 1, 2, 3, "1.0"]]', id="too-long"),
        pytest.param('[["/bin/a", ["-v"], 1, 2, "\\u001b[31m1.0"]]', id="no-version"),
        pytest.param('[["/bin/a", ["-v"], "1", "2", "1.0"]]', id="texts-for-numbers"),
        pytest.param('[["/bin/a", [["-v"]], 1, 2, "1.0"]]', id="a-list-for-a-word"),
        pytest.param("[" * 100_000, id="without-end"),
    ],
)
def test_a_damaged_file_of_answers_is_ignored(tmp_path: Path, content: str) -> None:
    path = tmp_path / "versions.json"
    path.write_text(content, "utf-8")
    path.chmod(0o600)
    assert read_versions(path) == {}


@needs_sh
@pytest.mark.parametrize(("mode", "count"), [(0o600, 1), (0o640, 0), (0o602, 0)])
def test_a_file_of_answers_that_others_may_touch_is_ignored(tmp_path: Path, mode: int, count: int) -> None:
    path = tmp_path / "versions.json"
    path.write_text('[["/bin/a", ["-v"], 1, 2, "1.0"]]', "utf-8")
    path.chmod(mode)
    assert len(read_versions(path)) == count


@needs_sh
@pytest.mark.parametrize(
    ("version", "too_old"),
    [
        *(("20.19.5", True), ("22.20.0", True), ("22.21.0", False), ("22.30.1", False)),
        *(("23.11.1", True), ("24.0.1", True), ("24.4.1", True), ("24.5.0", False), ("26.0.0", False)),
    ],
)
def test_a_version_before_the_first_is_here_and_too_old(version: str, too_old: bool, tmp_path: Path) -> None:
    node = find_client("node")
    assert node is not None
    (found,) = find([node], place(tmp_path, "node", f"echo v{version}")).values()
    assert (found.version, found.too_old) == (version, too_old)


@pytest.mark.parametrize(("version", "name"), [("3.12.4", "snowflake-legacy"), ("5.2.0", "snowflake")])
def test_a_library_is_the_client_that_its_version_says(version: str, name: str) -> None:
    rows = [row for row in map(find_client, ("snowflake", "snowflake-legacy")) if row]
    fitting = [row for row in rows if row.probe.find_remedy(version) is None]
    below = [row.name for row in fitting if not row.probe.below or split_version(version) < row.probe.below]
    assert below == [name]


@needs_sh
def test_of_two_rows_the_version_chooses_one(tmp_path: Path) -> None:
    rows = [
        Client("yarn1", "yarn 1", probe=Probe(program="yarn", below=(2,))),
        Client("yarn", "yarn", probe=Probe(program="yarn", at_least=(2,))),
    ]
    assert list(find(rows, place(tmp_path, "yarn", "echo 1.22.22"))) == ["yarn1"]
    assert list(find(rows, place(tmp_path, "yarn", "echo 4.9.1 and more"))) == ["yarn"]
