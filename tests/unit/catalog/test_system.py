"""What systemd and JupyterHub read for all users."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.shells import find_files_for_all, load_shells
from proxyenv.catalog.system import jupyterhub, systemd
from proxyenv.model.installation import Layout
from proxyenv.model.target import Variable

LAYOUT = Layout.under(Path("/etc/proxyenv"))


class Spawner:
    """What `c.Spawner` is in a configuration."""

    def __init__(self) -> None:
        self.environment = {"KEPT": "yes"}


class Configuration:
    """What `get_config()` gives."""

    def __init__(self) -> None:
        self.Spawner = Spawner()


def test_jupyterhub_gets_every_value_as_it_is() -> None:
    values = {"A": 'it\'s "x" \\ $HOME {y} %d', "B": "\N{SNOWMAN}\ud800", "C": "", "D": "line\nbreak"}
    variables = (*(Variable(*each) for each in values.items()), Variable("GONE", None))
    path = jupyterhub.find_file(LAYOUT)
    configuration = Configuration()
    exec(jupyterhub.render_part(path, variables), {"get_config": lambda: configuration})  # noqa: S102 - it is what the hub does
    assert configuration.Spawner.environment == {"KEPT": "yes", **values}


def test_the_drop_in_unsets_and_escapes() -> None:
    layout = Layout.under(Path("/srv/100%"))
    text = systemd.render_drop_in(layout, (Variable("A", "1"), Variable("B", None), Variable("C", None)))
    assert text.splitlines()[1:] == [
        "[Service]",
        "EnvironmentFile=-/srv/100%%/env.systemd",
        "UnsetEnvironment=B C",
    ]
    assert "UnsetEnvironment" not in systemd.render_drop_in(layout, (Variable("A", "1"),))


def test_the_unit_of_an_instance_is_that_of_its_template() -> None:
    found = systemd.find_unit_files("worker@one.service")
    assert Path("/etc/systemd/system/worker@one.service") in found
    assert Path("/usr/lib/systemd/system/worker@.service") in found
    assert systemd.find_unit_files("worker.service")[:1] == (Path("/etc/systemd/system/worker.service"),)


def test_a_drop_in_names_its_service() -> None:
    assert systemd.find_service(systemd.find_drop_in("a@b.service")) == "a@b.service"
    assert systemd.find_service(Path("/etc/systemd/system/a.service.d/other.conf")) is None
    assert systemd.find_service(Path("/etc/proxyenv/env.sh")) is None


@pytest.mark.parametrize(
    ("there", "files"),
    [
        pytest.param((), {}, id="nothing"),
        pytest.param(
            ("/etc/profile.d", "/etc/zsh", "/etc/fish", "/etc/csh/cshrc.d", "/etc/csh.cshrc"),
            {
                "sh": "/etc/profile.d/proxyenv.sh",
                "zsh": "/etc/zsh/zshenv",
                "fish": "/etc/fish/conf.d/proxyenv.fish",
                "tcsh": "/etc/csh/cshrc.d/proxyenv",
            },
            id="Debian",
        ),
        pytest.param(
            ("/etc/profile.d", "/etc/zshenv", "/etc/csh.cshrc"),
            {"sh": "/etc/profile.d/proxyenv.sh", "zsh": "/etc/zshenv", "tcsh": "/etc/csh.cshrc"},
            id="Fedora",
        ),
    ],
)
def test_each_family_has_its_files(there: tuple[str, ...], files: dict[str, str]) -> None:
    found = find_files_for_all(lambda path: path.as_posix() in there)
    logins = {"bash", "ksh", "mksh"}
    assert {name: path.as_posix() for name, path in found if name not in logins} == files


def test_every_shell_with_a_file_for_all_can_source_its_env_file() -> None:
    for shell in load_shells():
        if shell.for_all:
            assert str(LAYOUT.env_file(shell.env_file)) in shell.render_source(LAYOUT)
