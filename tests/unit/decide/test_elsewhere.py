"""What is said of a proxy on loopback that is not there, by the place where we are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.decide.elsewhere import CODESPACE, DEVCONTAINER, DOCKER, POD, place_refusals
from proxyenv.machine.elsewhere import find_elsewhere
from proxyenv.model.report import Outcome
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

HINT = "is the proxy running, and is 3128 its port?"


def refused(about: str, cause: str = "proxy-refused") -> Outcome:
    return Outcome(f"proxy-connect [{about}]", "failed", cause, "nothing listens", HINT)


@pytest.mark.parametrize("about", ["127.0.0.1:3128", "localhost:3128", "[::1]:3128"])
def test_in_a_container_it_is_the_container_itself(about: str) -> None:
    (outcome,) = place_refusals([refused(about)], DOCKER)
    assert outcome.hint == (
        f"{HINT} Loopback is that of this container; the machine around it is `host.docker.internal:3128`, "
        "if the proxy listens for others, which Docker on Linux knows with "
        "--add-host=host.docker.internal:host-gateway"
    )


@pytest.mark.parametrize(
    "outcome", [refused("proxy.corp.test:3128"), refused("127.0.0.1:3128", "proxy-unreachable")]
)
def test_other_refusals_keep_their_hint(outcome: Outcome) -> None:
    assert place_refusals([outcome], DOCKER) == (outcome,)


def test_a_pod_has_no_name_for_its_node() -> None:
    (outcome,) = place_refusals([refused("127.0.0.1:3128")], POD)
    assert outcome.hint == (
        "is the proxy running, and is 3128 its port? Loopback is that of this pod: name the proxy by an "
        "address that the cluster reaches"
    )


def test_a_devcontainer_says_what_goes_into_its_file() -> None:
    (outcome,) = place_refusals([refused("127.0.0.1:3128")], DEVCONTAINER)
    assert outcome.hint == (
        f"{HINT} Loopback is that of this development container; the machine around it is "
        "`host.docker.internal:3128`, if the proxy listens for others, which Docker on Linux knows with "
        '"runArgs": ["--add-host=host.docker.internal:host-gateway"] in devcontainer.json'
    )


def test_a_codespace_is_not_on_the_machine_of_its_user() -> None:
    (outcome,) = place_refusals([refused("localhost:3128")], CODESPACE)
    assert outcome.hint == (
        f"{HINT} Loopback is that of this codespace: it runs in a data centre, so name a proxy that is "
        "reached from there"
    )


WSL = {"proc/sys/kernel/osrelease": "5.15-microsoft-standard-WSL2", "run/WSL/1_interop": ""}
ROUTE = "Iface Destination Gateway\neth0 00000000 017019AC\n"


@pytest.mark.parametrize(
    ("files", "variables", "address"),
    [
        pytest.param({}, {}, None, id="no container"),
        pytest.param({".dockerenv": ""}, {}, "host.docker.internal", id="Docker"),
        pytest.param({"run/.containerenv": ""}, {}, "host.containers.internal", id="podman"),
        pytest.param({".dockerenv": ""}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, "", id="a pod"),
        pytest.param(
            {}, {"REMOTE_CONTAINERS": "true"}, "host.docker.internal", id="a devcontainer of VS Code"
        ),
        pytest.param({}, {"DEVCONTAINER": "true"}, "host.docker.internal", id="a devcontainer of Envbuilder"),
        pytest.param(
            {"run/.containerenv": ""}, {"REMOTE_CONTAINERS": "1"}, "host.containers.internal", id="of podman"
        ),
        pytest.param({".dockerenv": ""}, {"CODESPACES": "true"}, "", id="a codespace"),
        pytest.param({**WSL, "proc/net/route": ROUTE}, {}, "172.25.112.1", id="WSL"),
        pytest.param({**WSL, ".dockerenv": ""}, {}, "host.docker.internal", id="a container in WSL"),
    ],
)
def test_where_we_are(
    tmp_path: Path, files: dict[str, str], variables: dict[str, str], address: str | None
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    around = find_elsewhere(make_host(environment=variables), root=tmp_path)
    assert (around.address if around else None) == address
