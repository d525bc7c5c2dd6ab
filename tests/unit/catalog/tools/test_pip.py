"""pip: which files it reads on each level, and what ``--configure pip`` writes."""

from __future__ import annotations

import pytest

from proxyenv.catalog.tools.pip import TOOL
from proxyenv.errors import PlanError
from support.machines import HOME, MadeUpMachine
from support.tools import BUNDLE, WANTED, configure, on

ALL = (
    "/etc/xdg/pip/pip.conf",
    "/etc/pip.conf",
    "/home/ada/.pip/pip.conf",
    "/home/ada/.config/pip/pip.conf",
)


@pytest.mark.parametrize(
    ("machine", "read"),
    [
        pytest.param(MadeUpMachine(), ALL, id="every level"),
        pytest.param(
            MadeUpMachine(environment={"VIRTUAL_ENV": "/v"}), (*ALL, "/v/pip.conf"), id="an environment"
        ),
        pytest.param(MadeUpMachine(environment={"PIP_CONFIG_FILE": "/dev/null"}), (), id="none"),
        pytest.param(
            MadeUpMachine(environment={"PIP_CONFIG_FILE": "/x"}), (*ALL, "/x"), id="one that is not there"
        ),
        pytest.param(
            MadeUpMachine({"/x": ""}, environment={"PIP_CONFIG_FILE": "/x"}),
            (*ALL[:2], "/x"),
            id="one that stands for the user's",
        ),
        pytest.param(
            MadeUpMachine(environment={"XDG_CONFIG_DIRS": "/a:/b"}),
            ("/a/pip/pip.conf", "/b/pip/pip.conf", *ALL[1:]),
            id="other directories of the machine",
        ),
    ],
)
def test_what_pip_reads(machine: MadeUpMachine, read: tuple[str, ...]) -> None:
    """As ``pip config debug`` lists them."""
    paths = [str(path) for file in TOOL.files for path in file.paths(machine) if path]
    assert tuple(dict.fromkeys(paths)) == read


def test_only_the_ca_is_written() -> None:
    (file,) = configure("pip").files
    assert (file.path, file.settings) == (HOME / ".config/pip/pip.conf", (("global/cert", BUNDLE),))


def test_nothing_without_a_corporate_ca() -> None:
    assert configure("pip", WANTED._replace(has_anchors=False)) == ((), (), ())


@pytest.mark.parametrize(
    ("machine", "path"),
    [
        pytest.param(MadeUpMachine({"/x": ""}, environment={"PIP_CONFIG_FILE": "/x"}), "/x", id="named"),
        pytest.param(
            MadeUpMachine(environment={"PIP_CONFIG_FILE": "/x"}), f"{HOME}/.config/pip/pip.conf", id="absent"
        ),
        pytest.param(MadeUpMachine(platform="darwin"), f"{HOME}/.config/pip/pip.conf", id="macOS"),
        pytest.param(
            MadeUpMachine({f"{HOME}/Library/Application Support/pip/x": ""}, platform="darwin"),
            f"{HOME}/Library/Application Support/pip/pip.conf",
            id="macOS with a directory for it",
        ),
        pytest.param(MadeUpMachine(platform="win32"), f"{HOME}/AppData/Roaming/pip/pip.ini", id="Windows"),
    ],
)
def test_where_it_is_written(machine: MadeUpMachine, path: str) -> None:
    """The file that ``pip config --user set`` edits."""
    (file,) = configure("pip", on(machine, "pip")).files
    assert str(file.path) == path


def test_a_pip_that_reads_no_file_cannot_be_configured() -> None:
    with pytest.raises(PlanError, match=r"pip reads no file here: `PIP_CONFIG_FILE` is `/dev/null`"):
        configure("pip", on(MadeUpMachine(environment={"PIP_CONFIG_FILE": "/dev/null"}), "pip"))
