from __future__ import annotations

import pytest

from proxyenv.model.no_proxy import ExactHost
from proxyenv.model.surroundings import Surroundings
from proxyenv.no_proxy.derivation import derive

ALWAYS = ["localhost", "127.0.0.1", "::1", "host.docker.internal"]


@pytest.mark.parametrize(
    ("surroundings", "derived"),
    [
        pytest.param(Surroundings(), [], id="nowhere in particular"),
        pytest.param(
            Surroundings(names=("box", "box.corp.example")), ["box", "box.corp.example"], id="own names"
        ),
        pytest.param(
            Surroundings(cluster_address="10.96.0.1"), [".svc", "cluster.local", "10.96.0.1"], id="Kubernetes"
        ),
        pytest.param(
            Surroundings(cloud="Google Cloud"), ["169.254.169.254", "metadata.google.internal"], id="Google"
        ),
        pytest.param(Surroundings(cloud="Microsoft Azure"), ["169.254.169.254", "168.63.129.16"], id="Azure"),
        pytest.param(Surroundings(names=("-odd name-",)), [], id="a name that no client could compare"),
        pytest.param(Surroundings(names=("*", "<local>")), [], id="a name that would mean many hosts"),
        pytest.param(
            Surroundings(cluster_address="0.0.0.0/0"),
            [".svc", "cluster.local"],
            id="a cluster that is no address",
        ),
    ],
)
def test_what_must_be_direct(surroundings: Surroundings, derived: list[str]) -> None:
    assert [str(rule) for rule in derive(surroundings, api=None).rules] == ALWAYS + derived


def test_each_entry_says_why() -> None:
    read = derive(Surroundings(names=("box",), cloud="Hetzner"), api=ExactHost("prefect.lan"))
    assert {str(entry.rule): entry.reason for entry in read.entries} == {
        "localhost": "loopback",
        "127.0.0.1": "loopback",
        "::1": "loopback",
        "prefect.lan": "the Prefect API is internal",
        "host.docker.internal": "a container's name for its host",
        "box": "this machine's own name",
        "169.254.169.254": "metadata of Hetzner",
    }
