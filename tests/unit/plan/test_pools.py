from __future__ import annotations

import copy
import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from proxyenv.catalog.pools import find_pool_type, load_pool_types
from proxyenv.catalog.pools.pool_type import PoolWanted
from proxyenv.errors import PlanError
from proxyenv.model.place import PlaceLayout
from proxyenv.model.pool import WorkPool
from proxyenv.model.target import Variable
from proxyenv.plan.pools import PoolPlan, plan_patch, plan_restore
from support.pool_templates import usual_templates

API = "https://prefect.corp.example/api"
THERE = PlaceLayout(PurePosixPath("/etc/proxyenv"))
FILES = (("/home/ada/ca-bundle.pem", "/etc/proxyenv/ca-bundle.pem"),)
VARIABLES = (
    Variable("HTTPS_PROXY", "http://proxy.corp.example:3128"),
    Variable("NO_PROXY", "localhost,127.0.0.1"),
    Variable("SSL_CERT_FILE", "/etc/proxyenv/ca-bundle.pem"),
    Variable("PREFECT_API_SSL_CERT_FILE", "/etc/proxyenv/ca-bundle.pem"),
)
WANTED = PoolWanted(VARIABLES, THERE, FILES)
SECRET = PoolWanted(
    (Variable("HTTPS_PROXY", "http://ada:geheim@proxy.corp.example:3128", sensitive=True), *VARIABLES[1:]),
    THERE,
    FILES,
)
TYPES = sorted(usual_templates())


def pool_of(kind: str, template: dict[str, Any] | None = None) -> WorkPool:
    return WorkPool("jobs", kind, usual_templates()[kind] if template is None else template)


def patched(pool: WorkPool, wanted: PoolWanted = WANTED) -> PoolPlan:
    kind = find_pool_type(pool.type)
    assert kind is not None
    return plan_patch(pool, kind, wanted, api=API, entry=None)


def env_of(template: Any) -> dict[str, str | None]:
    env: dict[str, str | None] = template["variables"]["properties"]["env"]["default"]
    return env


def test_every_type_of_prefects_collection_is_known() -> None:
    assert {kind.name for kind in load_pool_types()} == set(TYPES)
    assert find_pool_type("ecs:push") is find_pool_type("ecs")
    assert find_pool_type("modal:push") is None


@pytest.mark.parametrize("kind", TYPES)
def test_a_patched_pool_is_given_back_to_the_byte(kind: str) -> None:
    pool = pool_of(kind)
    plan = patched(pool)
    assert plan.changes
    assert plan.entry is not None
    back = plan_restore(pool._replace(template=plan.after), plan.entry)
    assert json.dumps(back.after) == json.dumps(pool.template)
    assert (back.entry, back.notes) == (None, ())


@pytest.mark.parametrize("kind", TYPES)
def test_a_second_patch_changes_nothing(kind: str) -> None:
    pool, known = pool_of(kind), find_pool_type(kind)
    assert known is not None
    first = patched(pool)
    again = plan_patch(pool._replace(template=first.after), known, WANTED, api=API, entry=first.entry)
    assert (again.changes, again.entry) == (False, first.entry)
    without_receipt = plan_patch(pool._replace(template=first.after), known, WANTED, api=API, entry=None)
    assert (without_receipt.changes, without_receipt.entry) == (False, None)


@pytest.mark.parametrize("kind", TYPES)
def test_what_others_wrote_since_stays(kind: str) -> None:
    pool = pool_of(kind)
    plan = patched(pool)
    now = copy.deepcopy(dict(plan.after))
    env_of(now)["NO_PROXY"] = "theirs"
    env_of(now)["THEIRS"] = "1"
    assert plan.entry is not None
    back = plan_restore(pool._replace(template=now), plan.entry)
    assert env_of(back.after) == {"NO_PROXY": "theirs", "THEIRS": "1"}
    assert back.notes == ("`NO_PROXY` was changed by somebody else since, and stays",)
    del back.after["variables"]["properties"]["env"]["default"]
    assert back.after == pool.template


def test_what_was_there_before_comes_back() -> None:
    template = copy.deepcopy(usual_templates()["docker"])
    template["variables"]["properties"]["env"]["default"] = {
        "A": "1",
        "HTTPS_PROXY": "http://old:1",
        "B": "2",
    }
    template["variables"]["properties"]["volumes"]["default"] = ["/data:/data"]
    pool = pool_of("docker", template)
    plan = patched(pool)
    assert list(env_of(plan.after))[:3] == ["A", "HTTPS_PROXY", "B"]
    assert env_of(plan.after)["HTTPS_PROXY"] == "http://proxy.corp.example:3128"
    assert plan.after["variables"]["properties"]["volumes"]["default"] == [
        "/data:/data",
        "/home/ada/ca-bundle.pem:/etc/proxyenv/ca-bundle.pem:ro",
    ]
    assert plan.entry is not None
    assert "proxy.corp.example" not in repr(plan.entry)
    back = plan_restore(pool._replace(template=plan.after), plan.entry)
    assert json.dumps(back.after) == json.dumps(template)


@pytest.mark.parametrize(
    ("kind", "home"),
    [
        pytest.param("docker", {"PREFECT_HOME": None}, id="null removes what a Docker worker hands on"),
        pytest.param("kubernetes", {"PREFECT_HOME": None}, id="Kubernetes alike"),
        pytest.param("ecs", {"PREFECT_HOME": None}, id="ECS alike"),
        pytest.param("azure-container-instance", {"PREFECT_HOME": "~/.prefect"}, id="Azure needs a value"),
        pytest.param("process", {}, id="a process has its worker's home anyway"),
    ],
)
def test_the_home_of_the_worker_is_not_the_jobs(kind: str, home: dict[str, str | None]) -> None:
    values = {each.name: each.value for each in VARIABLES}
    assert env_of(patched(pool_of(kind)).after) == {**values, **home}


@pytest.mark.parametrize(
    ("kind", "value"), [("docker", None), ("azure-container-instance", "")], ids=["removed", "emptied"]
)
def test_without_a_ca_the_path_of_the_worker_goes(kind: str, value: str | None) -> None:
    plan = patched(pool_of(kind), PoolWanted(VARIABLES[:2], THERE))
    assert env_of(plan.after)["PREFECT_API_SSL_CERT_FILE"] == value


def test_a_pod_gets_the_files_from_a_config_map_and_the_password_from_a_secret() -> None:
    plan = patched(pool_of("kubernetes"), SECRET)
    assert "geheim" not in json.dumps(plan.after)
    pod = plan.after["job_configuration"]["job_manifest"]["spec"]["template"]["spec"]
    assert pod["volumes"] == [
        {
            "name": "proxyenv-ca",
            "configMap": {
                "name": "proxyenv-ca",
                "items": [{"key": "ca-bundle.pem", "path": "ca-bundle.pem"}],
            },
        }
    ]
    container = pod["containers"][0]
    assert container["volumeMounts"] == [
        {"name": "proxyenv-ca", "mountPath": "/etc/proxyenv", "readOnly": True}
    ]
    reference = {"secretKeyRef": {"name": "proxyenv-proxy", "key": "HTTPS_PROXY"}}
    assert container["env"] == [{"name": "HTTPS_PROXY", "valueFrom": reference}]
    assert "HTTPS_PROXY" not in env_of(plan.after)


def test_another_proxy_takes_the_place_of_the_first_and_what_was_before_is_not_forgotten() -> None:
    template = copy.deepcopy(usual_templates()["docker"])
    template["variables"]["properties"]["env"]["default"] = {"HTTPS_PROXY": "http://old:1"}
    pool, kind = pool_of("docker", template), find_pool_type("docker")
    assert kind is not None
    first = patched(pool)
    other = WANTED._replace(variables=(Variable("HTTPS_PROXY", "http://new:2"),))
    second = plan_patch(pool._replace(template=first.after), kind, other, api=API, entry=first.entry)
    assert env_of(second.after) == {
        "HTTPS_PROXY": "http://new:2",
        "PREFECT_API_SSL_CERT_FILE": None,
        "PREFECT_HOME": None,
    }
    assert second.entry is not None
    back = plan_restore(pool._replace(template=second.after), second.entry)
    assert json.dumps(back.after) == json.dumps(template)


def test_a_pool_without_a_template_gets_the_usual_one_and_is_empty_again() -> None:
    usual = usual_templates()["docker"]
    pool = WorkPool("jobs", "docker", {}, usual_template=usual)
    plan = patched(pool)
    assert plan.after["job_configuration"] == usual["job_configuration"]
    assert plan.entry is not None
    assert plan_restore(pool._replace(template=plan.after), plan.entry).after == {}
    kind = find_pool_type("docker")
    assert kind is not None
    patched_pool = pool._replace(template=plan.after, usual_template=None)
    again = plan_patch(patched_pool, kind, WANTED, api=API, entry=plan.entry)
    assert (again.changes, again.entry) == (False, plan.entry)


def test_an_empty_template_of_an_unknown_integration_is_refused() -> None:
    with pytest.raises(PlanError) as caught:
        patched(WorkPool("my jobs", "docker", {}))
    assert caught.value.code == "pool-template"
    assert caught.value.hint == "its first worker writes it: `prefect worker start --pool 'my jobs'`"


def test_a_template_with_a_list_of_variables_is_refused() -> None:
    template = copy.deepcopy(usual_templates()["kubernetes"])
    template["variables"]["properties"]["env"]["default"] = [{"name": "A", "value": "1"}]
    with pytest.raises(PlanError) as caught:
        patched(pool_of("kubernetes", template))
    assert caught.value.code == "pool-template"
    assert "`/variables/properties/env/default`" in caught.value.message
