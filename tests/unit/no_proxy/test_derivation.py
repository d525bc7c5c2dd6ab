from __future__ import annotations

import pytest

from proxyenv.model.findings import Surroundings
from proxyenv.model.no_proxy import ExactHost
from proxyenv.no_proxy.derivation import derive, is_internal

ALWAYS = ["localhost", "127.0.0.1", "::1", "0.0.0.0", "host.docker.internal"]  # noqa: S104 - nothing is bound


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
        "0.0.0.0": "loopback",  # noqa: S104 - nothing is bound
        "prefect.lan": "the Prefect API is internal",
        "host.docker.internal": "a container's name for its host",
        "box": "this machine's own name",
        "169.254.169.254": "metadata of Hetzner",
    }


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("10.1.2.3", (), id="RFC 1918"),
        pytest.param("fd00::1", (), id="unique local"),
        pytest.param("prefect", (), id="no dot"),
        pytest.param("prefect.local", (), id="a domain for local use"),
        pytest.param("prefect.corp.example", ("10.1.2.3",), id="a name that resolves to a private address"),
    ],
)
def test_what_is_internal(host: str, addresses: tuple[str, ...]) -> None:
    assert is_internal(host, addresses)


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        pytest.param("93.184.216.34", (), id="a public address"),
        pytest.param("api.prefect.cloud", (), id="a name that does not resolve"),
        pytest.param("api.prefect.cloud", ("10.1.2.3", "93.184.216.34"), id="one of its addresses is public"),
    ],
)
def test_what_is_not(host: str, addresses: tuple[str, ...]) -> None:
    assert not is_internal(host, addresses)
