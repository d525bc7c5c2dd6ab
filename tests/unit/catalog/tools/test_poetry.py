"""Poetry: what ``--configure poetry`` writes."""

from __future__ import annotations

import pytest

from support.machines import HOME, MadeUpMachine
from support.tools import BUNDLE, configure, on

CONFIG = f"{HOME}/.config/pypoetry/config.toml"
TWO = """\
[virtualenvs]
create = false
[repositories.corp]
url = "https://index.corp.test/simple"
[repositories."my.repo"]
url = "https://my.corp.test/simple"
"""


def test_each_repository_that_exists_gets_the_bundle() -> None:
    (file,) = configure("poetry", on(MadeUpMachine({CONFIG: TWO}), "poetry")).files
    assert file.path == HOME / ".config/pypoetry/config.toml"
    assert file.settings == (
        ("certificates.corp.cert", f'"{BUNDLE}"'),
        ('certificates."my.repo".cert', f'"{BUNDLE}"'),
    )


def test_auth_toml_wins_where_it_exists() -> None:
    texts = {CONFIG: TWO, f"{HOME}/.config/pypoetry/auth.toml": ""}
    (file,) = configure("poetry", on(MadeUpMachine(texts), "poetry")).files
    assert file.path == HOME / ".config/pypoetry/auth.toml"


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param({}, id="no file"),
        pytest.param({CONFIG: "[virtualenvs]\ncreate = false\n"}, id="no repository"),
        pytest.param({CONFIG: "[repositories.corp\n"}, id="no TOML"),
    ],
)
def test_without_a_repository_nothing_is_written(texts: dict[str, str]) -> None:
    assert configure("poetry", on(MadeUpMachine(texts), "poetry")) == ((), (), ())


def test_nothing_without_a_corporate_ca() -> None:
    wanted = on(MadeUpMachine({CONFIG: TWO}), "poetry")._replace(has_anchors=False)
    assert configure("poetry", wanted) == ((), (), ())


@pytest.mark.parametrize(
    ("machine", "path"),
    [
        pytest.param(
            MadeUpMachine({"/p/config.toml": TWO}, environment={"POETRY_CONFIG_DIR": "/p"}),
            "/p/config.toml",
            id="another directory",
        ),
        pytest.param(
            MadeUpMachine(
                {f"{HOME}/Library/Application Support/pypoetry/config.toml": TWO}, platform="darwin"
            ),
            f"{HOME}/Library/Application Support/pypoetry/config.toml",
            id="macOS",
        ),
    ],
)
def test_where_the_file_is(machine: MadeUpMachine, path: str) -> None:
    (file,) = configure("poetry", on(machine, "poetry")).files
    assert str(file.path) == path
