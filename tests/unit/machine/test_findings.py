from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.findings import read_surroundings
from proxyenv.model.findings import Surroundings

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = """\
127.0.0.1 localhost
127.0.1.1 box.corp.example box  # as Debian writes it
0.0.0.0 ads.example
127.0.0.1 tracker.example
10.1.2.3 db.corp.example DB
fe80::1%eth0 router
not an address
"""


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_a_machine_s_names_and_known_hosts(tmp_path: Path) -> None:
    root = write(tmp_path, {"etc/hosts": HOSTS, "proc/sys/kernel/hostname": "BOX\n"})
    assert read_surroundings({}, root=root) == Surroundings(
        names=("box", "box.corp.example"),
        known_hosts=(("db.corp.example", "10.1.2.3"), ("db", "10.1.2.3"), ("router", "fe80::1")),
    )


def test_a_network_is_told_by_its_search_domains_and_name_servers(tmp_path: Path) -> None:
    text = "domain old.example\nsearch Corp.example. lan\nnameserver 127.0.0.53\nnameserver 10.0.0.2\n"
    root = write(tmp_path, {"etc/resolv.conf": text})
    assert read_surroundings({}, root=root).network == ("corp.example", "lan", "10.0.0.2")


def test_a_container_s_own_address_is_nobody_s_host(tmp_path: Path) -> None:
    hosts = "172.17.0.2 3f2a9c1b77de\n172.17.0.9 db\n"
    root = write(tmp_path, {"etc/hostname": "3f2a9c1b77de\n", ".dockerenv": "", "etc/hosts": hosts})
    assert read_surroundings({}, root=root).known_hosts == (("db", "172.17.0.9"),)


@pytest.mark.parametrize("mark", [".dockerenv", "run/.containerenv"])
def test_a_container_has_no_name_of_its_own(tmp_path: Path, mark: str) -> None:
    root = write(tmp_path, {"etc/hostname": "3f2a9c1b77de\n", mark: ""})
    assert read_surroundings({}, root=root).names == ()


def test_a_pod_knows_its_cluster(tmp_path: Path) -> None:
    read = read_surroundings({"KUBERNETES_SERVICE_HOST": "10.96.0.1"}, root=tmp_path)
    assert (read.names, read.cluster_address) == ((), "10.96.0.1")


@pytest.mark.parametrize(
    ("table", "text", "cloud"),
    [
        pytest.param("sys_vendor", "Amazon EC2\n", "Amazon Web Services", id="AWS"),
        pytest.param("product_name", "Google Compute Engine\n", "Google Cloud", id="Google"),
        pytest.param(
            "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77\n", "Microsoft Azure", id="Azure"
        ),
        pytest.param("sys_vendor", "Microsoft Corporation\n", None, id="a machine by Microsoft elsewhere"),
        pytest.param("sys_vendor", "LENOVO\n", None, id="a laptop"),
    ],
)
def test_the_firmware_names_the_cloud(tmp_path: Path, table: str, text: str, cloud: str | None) -> None:
    root = write(tmp_path, {f"sys/class/dmi/id/{table}": text})
    assert read_surroundings({}, root=root).cloud == cloud


def test_a_container_of_ecs_is_told_by_a_variable(tmp_path: Path) -> None:
    environment = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials"}
    assert read_surroundings(environment, root=tmp_path).cloud == "Amazon Web Services"
