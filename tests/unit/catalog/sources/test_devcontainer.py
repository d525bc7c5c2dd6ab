"""What `devcontainer.json` of a project says: shown, and never taken."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import tools
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.proxies import choose_proxies
from proxyenv.model.intent import Request
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.model.findings import SourceSettings

PROJECT = Path("/project")
TEXT = """\
// For everybody in the team
{
  "name": "ours", /* the proxy of the office */
  "containerEnv": {
    "HTTP_PROXY": "http://ada:hunter2@proxy.test:8080",
    "NO_PROXY": "localhost,.corp.test",
    "HTTPS_PROXY": "${localEnv:HTTPS_PROXY}",
  },
  "remoteEnv": {"https_proxy": "http://127.0.0.1:3128", "PATH": "/x", "ALL_PROXY": null},
  "build": {"dockerfile": "Dockerfile", "args": {"HTTP_PROXY": "none", "VARIANT": "3.12"}},
}
"""


@dataclass(frozen=True)
class InAProject(MadeUpMachine):
    def absolute(self, text: str, *, expand: bool = True) -> Path:
        return super().absolute(text, expand=expand) if text.startswith(("/", "~")) else PROJECT / text


def read(text: str, name: str = ".devcontainer/devcontainer.json") -> SourceSettings:
    return tools.read_project(InAProject(texts={f"/project/{name}": text}))


def test_each_place_and_line_is_shown() -> None:
    found = read(TEXT)
    path = "/project/.devcontainer/devcontainer.json"
    assert [(kind, each.value, each.provenance) for kind, each in found.proxies] == [
        ("http", "http://ada:hunter2@proxy.test:8080", f"`HTTP_PROXY` in `containerEnv` in `{path}`, line 5"),
        ("https", "http://127.0.0.1:3128", f"`https_proxy` in `remoteEnv` in `{path}`, line 9"),
    ]
    assert [each.value for each in found.no_proxy] == ["localhost,.corp.test"]
    assert [tuple(each) for each in found.direct] == [
        ("says `none`: no proxy for `http://`", f"`HTTP_PROXY` in `build.args` in `{path}`, line 10")
    ]
    (note,) = found.notes
    assert note.value.startswith("is on loopback, which in the container is the container's own; ")


def test_it_is_never_taken() -> None:
    found = read(TEXT)
    assert found.use == "shown"
    intent = merge_intent(Request(from_tools=True))
    assert choose_proxies(intent, (found,))[0].any is False


@pytest.mark.parametrize(
    "name",
    [".devcontainer.json", ".devcontainer/devcontainer.json", ".devcontainer/python/devcontainer.json"],
)
def test_where_the_file_may_be(name: str) -> None:
    assert len(read(TEXT, name).proxies) == 2


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("{", id="no JSON"),
        pytest.param('{"containerEnv": []}', id="a list"),
        pytest.param('{"containerEnv": {"HTTP_PROXY": null}}', id="null"),
        pytest.param(
            '{"containerEnv": {"HTTP_PROXY": "http://${localEnv:H}:1"}}', id="a variable of the host"
        ),
        pytest.param('{"customizations": {"HTTP_PROXY": "http://p.test:1"}}', id="another place"),
    ],
)
def test_what_names_nothing(text: str) -> None:
    found = read(text)
    assert (found.proxies, found.direct, found.notes) == ((), (), ())
