"""What the workers of Prefect's integrations make of a patched template: their own code, no cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import kubernetes_validate
import pytest

from support.certificates import make_ca
from support.command import proxyenv
from support.machine import in_ci
from support.pool_runs import ask, read_template
from support.pool_workers import ask_pool_workers
from support.submit_jobs import WORKERS

if TYPE_CHECKING:
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

    from support.mitmproxy import CorporateNetwork

pytestmark = in_ci

PROXY: Final = "http://proxy.corp.test:3128"
BUNDLE: Final = "/etc/proxyenv/ca-bundle.pem"
KEY: Final = "pnu_0123456789"
VERSION: Final = "1.33"
"""Of Kubernetes: the newest whose schemas are at hand."""

REQUIRED: Final[dict[str, dict[str, str]]] = {
    "vertex-ai": {
        "image": "registry.corp.example/jobs:1",
        "region": "europe-west3",
        "service_account_name": "jobs@corp.example",
    },
    "azure-container-instance": {
        "resource_group_name": "jobs",
        "subscription_id": "2b4c0c4e-0000-4000-8000-000000000000",
    },
}
"""What a template asks for and has no default."""

NOBODY: Final = {"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}
"""Google's libraries want some credentials, and use none of them here."""


class Submitted(NamedTuple):
    """What each type's worker would submit.

    Args:
        home: where proxyenv is set up.
        api: where the pools are.
        before: type → the template before `pool patch`.
        jobs: type → what is submitted then.
    """

    home: Path
    api: str
    before: dict[str, Any]
    jobs: dict[str, Any]


@pytest.fixture(scope="module")
def submitted(corporate_network: CorporateNetwork, tmp_path_factory: pytest.TempPathFactory) -> Submitted:
    api = f"http://127.0.0.1:{corporate_network.server.port}/api"
    home = tmp_path_factory.mktemp("home")
    usual = ask_pool_workers({kind: {} for kind in WORKERS}, home)
    ask(api, lambda client: make_pools(client, usual))
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    given = ("--proxy", PROXY, "--ca", home / "corp.pem", "--api-url", api)
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
    patched = proxyenv("pool", "patch", *WORKERS, "--yes", home=home)
    assert patched.status == 0, patched.err
    (home / "google.json").write_text(json.dumps(NOBODY), "utf-8")
    question = {
        kind: {"template": read_template(api, kind), "values": REQUIRED.get(kind, {})} for kind in WORKERS
    }
    return Submitted(home, api, usual, ask_pool_workers(question, home, **worker_variables(api, home)))


def worker_variables(api: str, home: Path) -> dict[str, str]:
    """What the worker's machine has set: all of it gets into the jobs where nothing is done against it."""
    return {
        "PREFECT_API_URL": api,
        "PREFECT_API_KEY": KEY,
        "PREFECT_API_SSL_CERT_FILE": str(home / ".local/share/proxyenv/ca-bundle.pem"),
        "PREFECT_HOME": str(home / ".prefect"),
        "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY": "true",
        "GOOGLE_APPLICATION_CREDENTIALS": str(home / "google.json"),
        "GOOGLE_CLOUD_PROJECT": "jobs",
    }


async def make_pools(client: PrefectClient, templates: dict[str, Any]) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    for kind, template in templates.items():
        await client.create_work_pool(WorkPoolCreate(name=kind, type=kind, base_job_template=template))


def look_up(document: Any, path: str) -> Any:
    for key in path.split("."):
        document = document[int(key) if key.isdecimal() else key]
    return document


def as_pairs(variables: Any) -> dict[str, str]:
    if isinstance(variables, dict):
        return variables
    assert len({each["name"] for each in variables}) == len(variables)
    return {each["name"]: each.get("value", "from a Secret") for each in variables}


@pytest.mark.parametrize(
    ("kind", "path", "its_home"),
    [
        pytest.param("docker", "env", None, id="docker"),
        pytest.param("kubernetes", "jobs.spec.template.spec.containers.0.env", None, id="kubernetes"),
        pytest.param("ecs", "overrides.containerOverrides.0.environment", None, id="ecs"),
        pytest.param(
            "cloud-run", "job_body.spec.template.spec.template.spec.containers.0.env", None, id="cloud-run"
        ),
        pytest.param("cloud-run-v2", "job_body.template.template.containers.0.env", None, id="cloud-run-v2"),
        pytest.param("vertex-ai", "job_spec.worker_pool_specs.0.container_spec.env", None, id="vertex-ai"),
        pytest.param(
            "azure-container-instance",
            "arm_template.resources.0.properties.containers.0.properties.environmentVariables",
            "~/.prefect",
            id="azure",
        ),
    ],
)
def test_the_variables_stand_where_the_worker_submits_them(
    submitted: Submitted, kind: str, path: str, its_home: str | None
) -> None:
    variables = as_pairs(look_up(submitted.jobs[kind], path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        assert variables[name] == PROXY
    assert variables["NO_PROXY"] == variables["no_proxy"]
    assert variables["NO_PROXY"].startswith("localhost,127.0.0.1,")
    for name in ("SSL_CERT_FILE", "PREFECT_API_SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        assert variables[name] == BUNDLE
    assert variables.get("PREFECT_HOME") == its_home
    assert variables["PREFECT_API_URL"] == submitted.api
    assert not [each for each in variables.values() if str(submitted.home) in each]


def test_a_docker_job_has_the_files_that_its_variables_name(submitted: Submitted) -> None:
    volumes = submitted.jobs["docker"]["volumes"]
    assert f"{submitted.home}/.local/share/proxyenv/ca-bundle.pem:{BUNDLE}:ro" in volumes


def validate(job: dict[str, Any]) -> None:
    """Against the schema of the cluster, without what Prefect's own manifest has at a wrong place."""
    job = json.loads(json.dumps(job))
    job["metadata"]["name"] = job["metadata"].pop("generateName") + "x"
    for misplaced in ("parallelism", "completions"):
        job["spec"]["template"]["spec"].pop(misplaced, None)
    kubernetes_validate.validate(job, VERSION, strict=True)


def test_the_job_of_a_kubernetes_worker_is_valid_and_mounts_the_config_map(submitted: Submitted) -> None:
    job = submitted.jobs["kubernetes"]["jobs"]
    validate(job)
    pod = job["spec"]["template"]["spec"]
    (volume,) = pod["volumes"]
    (mount,) = pod["containers"][0]["volumeMounts"]
    assert (volume["configMap"]["name"], volume["name"]) == ("proxyenv-ca", mount["name"])
    assert (mount["mountPath"], mount["readOnly"]) == ("/etc/proxyenv", True)
    assert {"key": "ca-bundle.pem", "path": "ca-bundle.pem"} in volume["configMap"]["items"]

    volume["configMapp"] = volume.pop("configMap")
    with pytest.raises(kubernetes_validate.ValidationError):
        validate(job)


def test_the_key_of_the_api_is_in_no_job_of_kubernetes_in_clear(submitted: Submitted) -> None:
    """With what the find of `pool show` says for the worker; without it, the key is there."""
    job = submitted.jobs["kubernetes"]["jobs"]
    assert KEY not in json.dumps(job)
    assert as_pairs(job["spec"]["template"]["spec"]["containers"][0]["env"])["PREFECT_API_KEY"] == (
        "from a Secret"
    )
    cure = "PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY"
    home, variables = submitted.home, worker_variables(submitted.api, submitted.home)
    shown = proxyenv("pool", "show", "kubernetes", "--output", "json", home=home, PREFECT_API_KEY=KEY)
    hints = {each["code"]: each["hint"] for each in shown.json["data"]["pools"][0]["finds"]}
    assert hints["pool-secret-shown"] == f"for the worker: `{cure}=true`"
    del variables[cure]
    question = {"kubernetes": {"template": read_template(submitted.api, "kubernetes")}}
    assert KEY in json.dumps(ask_pool_workers(question, home, **variables)["kubernetes"]["jobs"])


def test_a_password_is_in_no_job_of_kubernetes(submitted: Submitted, tmp_path: Path) -> None:
    home = submitted.home
    secret = PROXY.replace("://", "://ada:geheim@")
    try:
        patched = proxyenv("pool", "patch", "kubernetes", "--yes", "--proxy-there", secret, home=home)
        assert patched.status == 0, patched.err
        question = {"kubernetes": {"template": read_template(submitted.api, "kubernetes")}}
        variables = worker_variables(submitted.api, home)
        job = ask_pool_workers(question, home, **variables)["kubernetes"]["jobs"]
        validate(job)
        assert "geheim" not in json.dumps(job)
        named = {each["name"]: each for each in job["spec"]["template"]["spec"]["containers"][0]["env"]}
        reference = {"secretKeyRef": {"name": "proxyenv-proxy", "key": "HTTPS_PROXY"}}
        assert named["HTTPS_PROXY"] == {"name": "HTTPS_PROXY", "valueFrom": reference}
    finally:
        proxyenv("pool", "patch", "kubernetes", "--yes", home=home)


def test_the_templates_of_the_integrations_are_given_back(submitted: Submitted) -> None:
    assert proxyenv("pool", "restore", *WORKERS, "--yes", home=submitted.home).status == 0
    assert {kind: read_template(submitted.api, kind) for kind in WORKERS} == submitted.before
    assert proxyenv("pool", "patch", *WORKERS, "--yes", home=submitted.home).status == 0
