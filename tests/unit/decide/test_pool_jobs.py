"""What a job gets, beside what Prefect's own code makes of the same template."""

from __future__ import annotations

import asyncio
import copy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyenv.catalog.pools import find_pool_type
from proxyenv.decide.pool_jobs import merge_job, merge_jobs, show_value
from proxyenv.model.pool import PoolDeployment, WorkerHost, WorkPool
from support.pool_templates import usual_templates

if TYPE_CHECKING:
    from collections.abc import Mapping

NAMES = st.sampled_from(["HTTPS_PROXY", "PREFECT_HOME", "PREFECT_API_KEY", "A"])
ENVS = st.dictionaries(NAMES, st.none() | st.sampled_from(["1", "2", "x"]), max_size=4)
DOTTED = st.dictionaries(NAMES.map("env.{}".format), st.sampled_from(["3", "4"]), max_size=2)


def template_with(
    kind: str, default: Mapping[str, str | None], own: Mapping[str, str | None] | None
) -> dict[str, Any]:
    template = copy.deepcopy(usual_templates()[kind])
    template["variables"]["properties"]["env"]["default"] = dict(default)
    if own is not None:
        template["job_configuration"]["env"] = dict(own)
    return template


def ask_prefect(
    template: dict[str, Any], said: dict[str, Any], forwarded: Mapping[str, str]
) -> dict[str, str]:
    """The variables as Prefect merges them, without those that name the run."""
    from prefect.workers.base import BaseJobConfiguration  # takes a second

    nobody: Any = object()  # asked only where a template names a block or a variable of the API
    merge: Any = BaseJobConfiguration.from_template_and_values
    made = asyncio.run(merge(template, copy.deepcopy(said), client=nobody))
    return {name: value for name, value in {**forwarded, **made.env}.items() if value is not None}


@settings(deadline=None, max_examples=60)
@given(ENVS, st.none() | ENVS, ENVS, DOTTED, st.dictionaries(NAMES, st.just("w"), max_size=3))
def test_variables_are_merged_as_prefect_merges_them(
    default: dict[str, str | None],
    own: dict[str, str | None] | None,
    said: dict[str, str | None],
    dotted: dict[str, str],
    forwarded: dict[str, str],
) -> None:
    template = template_with("docker", default, own)
    values = {**dotted, **({"env": said} if said else {})}
    pool = WorkPool("p", "docker", template)
    job = merge_job(pool, PoolDeployment("f/d", values), find_pool_type("docker"), WorkerHost(forwarded))
    found = {name: each.value for name, each in job.variables.items()}
    assert found == ask_prefect(template, values, forwarded)


def test_the_template_of_an_installed_worker_is_read_alike() -> None:
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    job = merge_job(WorkPool("p", "process", template), None, find_pool_type("process"), WorkerHost())
    assert dict(job.variables) == {}


WORKER = WorkerHost(
    forwarded={"PREFECT_API_SSL_CERT_FILE": "/home/ada/ca.pem"},
    environment={"SSL_CERT_FILE": "/home/ada/ca.pem"},
    docker_proxies={"HTTPS_PROXY": "http://docker:1", "https_proxy": "http://docker:1"},
)


def variables(kind: str, default: dict[str, str | None]) -> dict[str, tuple[str | None, str]]:
    pool = WorkPool("p", kind, template_with(kind, default, None))
    job = merge_job(pool, None, find_pool_type(kind), WORKER)
    return {name: (each.value, each.origin) for name, each in job.variables.items()}


def test_a_process_inherits_all_and_null_takes_nothing_away() -> None:
    assert variables("process", {"SSL_CERT_FILE": None, "PREFECT_API_SSL_CERT_FILE": "/x"}) == {
        "SSL_CERT_FILE": ("/home/ada/ca.pem", "worker-machine"),
        "PREFECT_API_SSL_CERT_FILE": ("/x", "pool"),
    }


def test_the_docker_clients_proxies_lose_to_what_is_said_in_that_case_alone() -> None:
    assert variables("docker", {"HTTPS_PROXY": "http://pool:1", "PREFECT_API_SSL_CERT_FILE": None}) == {
        "HTTPS_PROXY": ("http://pool:1", "pool"),
        "https_proxy": ("http://docker:1", "docker-client"),
    }


def test_null_takes_nothing_away_in_azure() -> None:
    found = variables("azure-container-instance", {"PREFECT_API_SSL_CERT_FILE": None})
    assert found == {"PREFECT_API_SSL_CERT_FILE": ("/home/ada/ca.pem", "worker")}


def test_a_deployments_volumes_replace_those_of_the_pool() -> None:
    template = template_with("docker", {}, None)
    template["variables"]["properties"]["volumes"]["default"] = ["/a:/b", "/c:/d"]
    template["variables"]["properties"]["image"]["default"] = "corp/flows:1"
    pool = WorkPool("p", "docker", template, deployments=(PoolDeployment("f/d", {"volumes": ["/c:/d"]}),))
    plain, own = merge_jobs(pool, find_pool_type("docker"), WorkerHost())
    assert (plain.image, plain.volumes, plain.replaced) == ("corp/flows:1", ("/a:/b", "/c:/d"), ())
    assert (own.deployment, own.volumes, own.replaced) == ("f/d", ("/c:/d",), ("/a:/b",))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        pytest.param(
            "HTTPS_PROXY", "http://ada:geheim@p:1", "http://ada:****@p:1", id="a password is masked"
        ),
        pytest.param(
            "HTTPS_PROXY",
            "http://ada:geheim@p:x",
            "(not usable: the proxy URL has no usable port)",
            id="what is no URL is not shown",
        ),
        pytest.param("SSL_CERT_FILE", "/etc/ca.pem", "/etc/ca.pem", id="a path is shown"),
        pytest.param("PREFECT_API_KEY", "pnu_1", "(not shown)", id="a key is not"),
        pytest.param("ANYTHING", "1", "(not shown)", id="nor what is not known"),
    ],
)
def test_what_is_shown_of_a_value(name: str, value: str, shown: str) -> None:
    assert show_value(name, value) == shown
