"""Which files npm reads, in its order."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.tools import load_tools, read_tool
from support.machines import MadeUpMachine

NODE = {"node": "20.0.0"}
PACKAGED = "/usr/share/nodejs/npm"
"""Where Debian has npm itself."""


class PackagedMachine(MadeUpMachine):
    """``npm`` is a link to npm's own directory."""

    def resolve(self, path: Path) -> Path:
        return Path(PACKAGED, "bin/npm-cli.js") if path.name == "npm" else path


def find_files(machine: MadeUpMachine, *, project: bool = False) -> list[str]:
    """The files whose settings are read, the weakest first."""
    (npm,) = (tool for tool in load_tools() if tool.name == "npm")
    return [
        str(path) for file in npm.files if file.project is project for path in file.paths(machine) if path
    ]


@pytest.mark.parametrize(
    ("texts", "environment", "files"),
    [
        pytest.param({}, {}, ["/usr/etc/npmrc", "/home/ada/.npmrc"], id="below the directory of node"),
        pytest.param(
            {"/home/ada/.npmrc": "prefix=~/.npm-global\n"}, {},
            ["/home/ada/.npm-global/etc/npmrc", "/home/ada/.npmrc"], id="below the user's prefix",
        ),
        pytest.param(
            {"/home/ada/.npmrc": "prefix=${WHERE}/x\n"}, {"WHERE": "/srv"},
            ["/srv/x/etc/npmrc", "/home/ada/.npmrc"], id="a variable in the user's prefix",
        ),
        pytest.param(
            {"/home/ada/.npmrc": "prefix=/a\nglobalconfig=/b/npmrc\n"}, {},
            ["/b/npmrc", "/home/ada/.npmrc"], id="the user's file names it",
        ),
        pytest.param(
            {"/home/ada/.npmrc": "prefix=/a\n"}, {"Npm_Config_Prefix": "/v"},
            ["/v/etc/npmrc", "/home/ada/.npmrc"], id="a variable, in any case, beats the user's file",
        ),
        pytest.param(
            {}, {"npm_config_globalconfig": "/v/global", "NPM_CONFIG_USERCONFIG": "/v/user"},
            ["/v/global", "/v/user"], id="variables name both",
        ),
        pytest.param(
            {"/v/user": "globalconfig=/w/global\n"}, {"npm_config_userconfig": "/v/user"},
            ["/w/global", "/v/user"], id="what the other user's file says",
        ),
        pytest.param({}, {"PREFIX": "/p"}, ["/p/etc/npmrc", "/home/ada/.npmrc"], id="PREFIX"),
        pytest.param(
            {}, {"npm_config_prefix": "here"}, ["/usr/etc/npmrc", "/home/ada/.npmrc"],
            id="a relative prefix is passed over",
        ),
        pytest.param(
            {"/home/ada/package.json": "{}", "/home/ada/.npmrc": ""}, {"npm_config_prefix": ""},
            ["/usr/etc/npmrc", "/home/ada/.npmrc"], id="an empty variable says nothing",
        ),
    ],
)  # fmt: skip
def test_npm_reads(texts: dict[str, str], environment: dict[str, str], files: list[str]) -> None:
    assert find_files(MadeUpMachine(texts=texts, environment=environment, versions=NODE)) == files


@pytest.mark.parametrize(
    ("builtin", "files"),
    [
        ("prefix=/usr/local\nglobalconfig=/etc/npmrc\n", ["/etc/npmrc", "/home/ada/.npmrc"]),
        ("prefix=/usr/local\n", ["/usr/local/etc/npmrc", "/home/ada/.npmrc"]),
        ("userconfig=/srv/npmrc\n", ["/usr/etc/npmrc", "/srv/npmrc"]),
        ("", ["/usr/etc/npmrc", "/home/ada/.npmrc"]),
    ],
)
def test_a_distribution_says_where_the_global_file_is(builtin: str, files: list[str]) -> None:
    texts = {f"{PACKAGED}/npmrc": builtin}
    machine = PackagedMachine(texts=texts, versions={**NODE, "npm": "9.2.0"})
    assert find_files(machine) == [f"{PACKAGED}/npmrc", *files]


def test_the_strongest_file_counts() -> None:
    texts = {
        f"{PACKAGED}/npmrc": "globalconfig=/etc/npmrc\nproxy=http://builtin.test:1\ncafile=/builtin.pem\n",
        "/etc/npmrc": "proxy=http://global.test:1\nhttps-proxy=http://global.test:1\n",
        "/usr/etc/npmrc": "noproxy=nobody.test\n",
        "/home/ada/.npmrc": "https-proxy=http://user.test:1\n",
    }
    machine = PackagedMachine(texts=texts, versions={**NODE, "npm": "9.2.0"})
    (npm,) = (tool for tool in load_tools() if tool.name == "npm")
    read = {setting.name: (setting.item.value, str(setting.path)) for setting in read_tool(machine, npm)}
    assert {name: read.get(name) for name in ("proxy", "https-proxy", "cafile", "noproxy")} == {
        "proxy": ("http://global.test:1", "/etc/npmrc"),
        "https-proxy": ("http://user.test:1", "/home/ada/.npmrc"),
        "cafile": ("/builtin.pem", f"{PACKAGED}/npmrc"),
        "noproxy": None,
    }


def test_the_files_of_the_system_are_below_its_root() -> None:
    machine = MadeUpMachine(versions=NODE, root=Path("/mnt/system"))
    assert find_files(machine)[0] == "/mnt/system/usr/etc/npmrc"


def test_without_node_each_global_file_is_read_that_is_usual() -> None:
    usual = ["/etc/npmrc", "/usr/etc/npmrc", "/usr/local/etc/npmrc"]
    assert find_files(MadeUpMachine()) == [*usual, "/home/ada/.npmrc"]


@pytest.mark.parametrize(
    ("here", "marks", "file"),
    [
        ("/srv/app/src", ["/srv/app/package.json"], ["/srv/app/.npmrc"]),
        ("/srv/app/src", ["/srv/app/node_modules/x/index.js"], ["/srv/app/.npmrc"]),
        ("/srv/app/src", [], ["/srv/app/src/.npmrc"]),
        ("/home/ada/notes", ["/home/ada/node_modules/x/index.js"], []),
        ("/home/ada", [], []),
    ],
)
def test_the_file_of_the_project(here: str, marks: list[str], file: list[str]) -> None:
    class Elsewhere(MadeUpMachine):
        def absolute(self, text: str, *, expand: bool = True) -> Path:
            return Path(here) if text == "." else super().absolute(text, expand=expand)

    assert find_files(Elsewhere(texts=dict.fromkeys(marks, "")), project=True) == file
