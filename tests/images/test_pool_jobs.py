"""A deployment of the user's own on real workers: broken, right after `pool patch`, and given back."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from proxyenv.demo.evidence import require_flow, require_seen, url_of
from proxyenv.demo.run import FLOW
from proxyenv.demo.stage import ORIGIN_NAME, Stage
from support.command import proxyenv
from support.machine import in_ci
from support.pool_runs import ask, read_template, run_deployment, started_worker
from support.pool_templates import usual_templates
from support.pool_workers import ask_pool_workers, require_pool_workers
from support.worker_images import API, PROXY_NAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

    from support.mitmproxy import CorporateNetwork
    from support.pool_runs import StartedWorker
    from support.worker_images import Lab

pytestmark = pytest.mark.timeout(600)

POOL: Final = "containers"

JOBS: Final = """\
FROM {base}
RUN mkdir /flows && printf '#!/bin/sh\\nexec python3 -m prefect "$@"\\n' > /usr/local/bin/prefect \\
 && chmod 0755 /usr/local/bin/prefect
COPY flows.py /flows/
"""

BAKED: Final = """\
FROM jobs:1
COPY ca-bundle.pem /etc/proxyenv/
ENV HTTP_PROXY={proxy} HTTPS_PROXY={proxy} SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem
"""


class Place(NamedTuple):
    """Where deployments run.

    Args:
        network: the proxy, and what is behind it.
        home: of the worker's user, with proxyenv set up for a proxy on this machine.
        worker: it runs.
        proxy: as containers reach it.
    """

    network: CorporateNetwork
    home: Path
    worker: StartedWorker
    proxy: str

    @property
    def api(self) -> str:
        return api_of(self.network)

    def pool(self, verb: str, *arguments: str) -> dict[str, Any]:
        ran = proxyenv("pool", verb, *arguments, "--output", "json", home=self.home)
        assert ran.status in {0, 1}, ran.out + ran.err
        return ran.json

    def finds(self) -> set[str]:
        (shown,) = self.pool("show", POOL)["data"]["pools"]
        return {each["code"] for each in shown["finds"]}

    def run(self, deployment: Any, marker: str) -> str:
        """The state in which a run ends that fetches what only *marker* asks for."""
        urls = [url_of(scheme, marker) for scheme in ("http", "https")]
        return run_deployment(self.api, deployment, self.worker, urls=urls)[0]

    def require_run(self, deployment: Any, marker: str) -> None:
        """Run it, and prove which way it went and what the server knows of it."""
        since = len(self.network.proxy.exchanges)
        urls = [url_of(scheme, marker) for scheme in ("http", "https")]
        state, run = run_deployment(self.api, deployment, self.worker, urls=urls)
        assert state == "COMPLETED", self.worker.log.read_text()[-3000:]
        network = self.network
        stage = Stage(self.home, self.home, {}, network.origin, network.server, network.proxy)
        for url in urls:
            require_seen(stage, url, since=since)
        require_flow(stage, run, since=since)


def api_of(network: CorporateNetwork) -> str:
    """The API past the proxy."""
    return f"http://127.0.0.1:{network.server.port}/api"


def set_up(home: Path, network: CorporateNetwork) -> None:
    home.mkdir()
    given = ("--proxy", f"localhost:{network.proxy.port}", "--ca", network.proxy.ca, "--api-url", API)
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0


async def make_pool(client: PrefectClient, kind: str, name: str, template: dict[str, Any]) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    await client.create_work_pool(WorkPoolCreate(name=name, type=kind, base_job_template=template))


async def deploy(client: PrefectClient, pool: str, name: str, path: str, variables: dict[str, Any]) -> Any:
    flow = await client.create_flow_from_name("fetch_all")
    return await client.create_deployment(
        flow,
        name,
        work_pool_name=pool,
        path=path,
        entrypoint="flows.py:fetch_all",
        job_variables=variables,
    )


@pytest.fixture(scope="module")
def place(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A Docker worker on a machine that is set up, whose pool mounts Prefect into the containers."""
    python = require_pool_workers()
    root = tmp_path_factory.mktemp("pool")
    (root / "flows.py").write_text(FLOW, "utf-8")
    lab.build(root, "jobs:1", JOBS.format(base=lab.base))
    home = root / "home"
    set_up(home, lab.network)
    template = ask_pool_workers({"docker": {}}, root)["docker"]
    mounted = [f"{source}:{there}:ro" for source, there in lab.mounted_packages.items()]
    template["variables"]["properties"]["volumes"]["default"] = mounted
    ask(api_of(lab.network), lambda client: make_pool(client, "docker", POOL, template))
    variables = {"DOCKER_HOST": lab.containers.url, "PYTHONUNBUFFERED": "1"}
    with started_worker(home, POOL, python=str(python), sourced=True, **variables) as worker:
        yield Place(lab.network, home, worker, f"http://{PROXY_NAME}:{lab.network.proxy.port}")


def job(image: str, **variables: str) -> dict[str, Any]:
    """The job variables of a deployment in a container that knows the proxy's name and no other."""
    return {
        "image": image,
        "image_pull_policy": "Never",
        "network_mode": "host",
        "env": variables,
        "container_create_kwargs": {"extra_hosts": {PROXY_NAME: "127.0.0.1"}},
    }


def test_containers_die_by_a_path_of_the_worker_until_the_pool_is_patched(place: Place) -> None:
    deployment = ask(place.api, lambda client: deploy(client, POOL, "plain", "/flows", job("jobs:1")))
    before = read_template(place.api, POOL)
    assert "pool-host-path" in place.finds()
    assert place.run(deployment, "container-broken") == "CRASHED"
    assert place.worker.said("FileNotFoundError: [Errno 2] No such file or directory")

    refused = proxyenv("pool", "patch", POOL, "--yes", home=place.home)
    assert (refused.status, "error[loopback-elsewhere]" in refused.err) == (3, True)
    place.pool("patch", POOL, "--yes", "--proxy-there", place.proxy)
    assert not place.finds() & {"pool-host-path", "pool-file-missing", "pool-proxy-loopback"}
    place.require_run(deployment, "container-right")

    place.pool("restore", POOL, "--yes")
    assert read_template(place.api, POOL) == before
    assert "pool-host-path" in place.finds()


def test_containers_get_the_proxies_of_the_docker_client_until_the_pool_is_patched(
    place: Place, lab: Lab
) -> None:
    (lab.root / "baked").mkdir()
    bundle = place.home / ".local/share/proxyenv/ca-bundle.pem"
    (lab.root / "baked/ca-bundle.pem").write_bytes(bundle.read_bytes())
    lab.build(lab.root / "baked", "jobs:baked", BAKED.format(proxy=place.proxy))
    true_there = {"PREFECT_API_SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem", "PREFECT_HOME": "/tmp/prefect"}
    variables = job("jobs:baked", **true_there)
    deployment = ask(place.api, lambda client: deploy(client, POOL, "baked", "/flows", variables))
    before = read_template(place.api, POOL)
    config = place.home / ".docker/config.json"
    config.parent.mkdir()
    wrong = {"httpProxy": "http://ada:geheim@127.0.0.1:9", "httpsProxy": "http://127.0.0.1:9"}
    config.write_text(json.dumps({"proxies": {"default": wrong}}))

    assert "pool-docker-proxies" in place.finds()
    assert place.run(deployment, "proxies-broken") in {"CRASHED", "FAILED"}
    assert "/uuid?by=proxies-broken" not in place.network.origin.issued.values()

    place.pool("patch", POOL, "--yes", "--baked", "--proxy-there", place.proxy)
    assert "pool-docker-proxies" not in place.finds()
    place.require_run(deployment, "proxies-right")

    place.pool("restore", POOL, "--yes")
    assert read_template(place.api, POOL) == before
    config.unlink()
    place.require_run(deployment, "baked-right")  # it was the Docker client's configuration alone


@in_ci
def test_processes_of_a_worker_that_sourced_nothing_fail_until_the_pool_is_patched(
    corporate_network: CorporateNetwork, tmp_path: Path
) -> None:
    """Such as a service: it has the proxy, and nothing that names the roots."""
    network, api = corporate_network, api_of(corporate_network)
    home = tmp_path / "home"
    set_up(home, network)
    (tmp_path / "flows.py").write_text(FLOW, "utf-8")
    ask(api, lambda client: make_pool(client, "process", "processes", usual_templates()["process"]))
    deployment = ask(api, lambda client: deploy(client, "processes", "plain", str(tmp_path), {}))
    before = read_template(api, "processes")
    with started_worker(home, "processes", HTTP_PROXY=f"http://localhost:{network.proxy.port}") as worker:
        place = Place(network, home, worker, "")
        assert place.run(deployment, "process-broken") == "FAILED"
        place.pool("patch", "processes", "--yes")
        place.require_run(deployment, "process-right")
        place.pool("restore", "processes", "--yes")
        assert read_template(api, "processes") == before


def test_the_check_of_deployments_tells_a_good_image_from_bad_ones(place: Place, lab: Lab) -> None:
    images = {"good": "jobs:1", "without-prefect": lab.base, "missing": "nowhere:1"}
    for name, image in images.items():
        ask(place.api, partial(deploy, pool=POOL, name=name, path="/flows", variables=job(image)))
    place.pool("patch", POOL, "--yes", "--proxy-there", place.proxy)
    named = [word for name in images for word in ("--deployment", f"fetch_all/{name}")]
    urls = [word for scheme in ("http", "https") for word in ("--url", f"{scheme}://{ORIGIN_NAME}/uuid")]
    ran = proxyenv("check", *named, *urls, "--timeout", "300", "--output", "json", home=place.home)
    found = {}
    for pool in ran.json["data"]["pools"]:
        (row,) = pool["workers"]
        found[pool["deployment"].removeprefix("fetch_all/")] = (row["passed"], row["breaks"], row["cause"])
    place.pool("restore", POOL, "--yes")
    assert found == {
        "good": (True, None, None),
        "without-prefect": (False, "job", "job-without-prefect"),
        "missing": (False, "worker", "job-image-missing"),
    }, ran.out + ran.err
