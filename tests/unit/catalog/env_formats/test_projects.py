"""Files of a project, read by the parsers of their languages."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.catalog.env_formats import find_format
from proxyenv.errors import PlanError
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from proxyenv.catalog.env_formats.env_format import EnvFormat

CA: Final = "/etc/proxyenv/ca-bundle.pem"
VARIABLES: Final = (
    Variable("https_proxy", "http://proxy.corp.example:3128"),
    Variable("HTTPS_PROXY", "http://proxy.corp.example:3128"),
    Variable("NO_PROXY", "localhost,db"),
    Variable("ALL_PROXY", None),
    Variable("no_grpc_proxy", None),
    Variable("SSL_CERT_FILE", CA, file=CA),
)
SET: Final = {
    "https_proxy": "http://proxy.corp.example:3128",
    "HTTPS_PROXY": "http://proxy.corp.example:3128",
    "NO_PROXY": "localhost,db",
    "SSL_CERT_FILE": CA,
}
PROJECTS: Final = ("compose", "devcontainer", "github-workflow", "gitlab-ci", "systemd-unit")


def known(name: str) -> EnvFormat:
    found = find_format(name)
    assert found is not None
    return found


def render_for(name: str, *services: str, variables: tuple[Variable, ...] = VARIABLES) -> str:
    render = known(name).for_services
    assert render is not None
    return render(variables, services)


def test_compose_gives_every_service_the_same() -> None:
    document = yaml.safe_load(render_for("compose", "web", "db"))
    assert document["services"] == {"web": document["x-proxyenv"], "db": document["x-proxyenv"]}
    assert document["x-proxyenv"] == {
        "environment": {**SET, "ALL_PROXY": ""},
        "volumes": [
            {
                "type": "bind",
                "source": "./proxyenv-files",
                "target": "/etc/proxyenv",
                "read_only": True,
                "bind": {"create_host_path": False},
            }
        ],
    }


def test_compose_expands_nothing() -> None:
    text = known("compose").render((Variable("K", "a$b${C}"),), "linux")
    assert yaml.safe_load(text) == {"x-proxyenv": {"environment": {"K": "a$$b$${C}"}}}


def test_devcontainer_sets_unsets_mounts_and_builds() -> None:
    assert json.loads(known("devcontainer").render(VARIABLES, "linux")) == {
        "build": {
            "args": {
                "https_proxy": "http://proxy.corp.example:3128",
                "HTTPS_PROXY": "http://proxy.corp.example:3128",
                "NO_PROXY": "localhost,db",
            }
        },
        "containerEnv": SET,
        "remoteEnv": {"ALL_PROXY": None, "no_grpc_proxy": None},
        "mounts": [
            "type=bind,source=${localWorkspaceFolder}/proxyenv-files,target=/etc/proxyenv,readonly",
        ],
    }


def test_a_workflow_has_its_container_and_each_service() -> None:
    each = {"env": {**SET, "ALL_PROXY": ""}, "volumes": ["/etc/proxyenv:/etc/proxyenv:ro"]}
    assert yaml.safe_load(render_for("github-workflow", "db", "queue")) == {
        "container": each,
        "services": {"db": each, "queue": each},
    }
    assert yaml.safe_load(render_for("github-workflow")) == {"container": each}


def test_gitlab_has_variables() -> None:
    text = known("gitlab-ci").render(VARIABLES, "linux")
    assert yaml.safe_load(text) == {"variables": {**SET, "ALL_PROXY": ""}}


def test_a_unit_sets_and_unsets() -> None:
    text = known("systemd-unit").render((*VARIABLES, Variable("K", 'a "b" 50% \\')), "linux")
    assert 'Environment="NO_PROXY=localhost,db"\n' in text
    assert 'Environment="K=a \\"b\\" 50%% \\\\"\n' in text
    assert "UnsetEnvironment=ALL_PROXY no_grpc_proxy\n" in text
    assert "ExecStart=/usr/bin/env prefect worker start --pool default\n" in text


@pytest.mark.parametrize("name", PROJECTS)
def test_a_password_is_in_no_file_of_a_project(name: str) -> None:
    variables = (Variable("HTTPS_PROXY", "http://ada:s3cret@proxy.corp.example:3128", sensitive=True),)
    with pytest.raises(PlanError) as caught:
        known(name).render(variables, "linux")
    assert caught.value.code == "password-refused"
    assert "s3cret" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("devcontainer", "${env:X}"),
        ("github-workflow", "${{ x }}"),
        ("gitlab-ci", "$X"),
        ("systemd-unit", "a\nb"),
        *((name, "\udcff") for name in PROJECTS),
    ],
)
def test_what_its_reader_would_change_is_refused(name: str, value: str) -> None:
    with pytest.raises(PlanError) as caught:
        known(name).render((Variable("K", value),), "linux")
    assert caught.value.code == "value-unrepresentable"


def read_value(name: str, text: str) -> Any:
    document = json.loads(text) if name == "devcontainer" else yaml.safe_load(text)
    if name == "compose":
        return document["x-proxyenv"]["environment"]["K"].replace("$$", "$")
    if name == "github-workflow":
        return document["container"]["env"]["K"]
    return document["containerEnv" if name == "devcontainer" else "variables"]["K"]


@pytest.mark.parametrize("name", PROJECTS[:-1])
@given(value=st.text())
def test_every_value_is_read_as_it_was(name: str, value: str) -> None:
    try:
        text = known(name).render((Variable("K", value),), "linux")
    except PlanError:
        return
    assert read_value(name, text) == value
