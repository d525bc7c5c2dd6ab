from __future__ import annotations

import copy
from typing import Any

import pytest

from proxyenv.catalog.pools import find_pool_type
from proxyenv.decide.pool_finds import PoolFind, judge_entry, judge_pool
from proxyenv.decide.pool_jobs import merge_jobs
from proxyenv.model.pool import PoolDeployment, PoolEntry, PoolWorker, WorkerHost, WorkPool
from proxyenv.model.proxy_url import parse_proxy_url
from support.pool_templates import usual_templates

CA = "/home/ada/ca-bundle.pem"
ALIVE = PoolWorker("w", "ONLINE", "2026-01-01T00:00:00+00:00", 30.0, 12.0)
KNOWN = (parse_proxy_url("http://proxy.corp.example:3128"),)


def pool_of(
    kind: str,
    env: dict[str, str | None] | None = None,
    volumes: list[str] | None = None,
    deployments: tuple[PoolDeployment, ...] = (),
) -> WorkPool:
    template: dict[str, Any] = copy.deepcopy(usual_templates()[kind])
    properties = template["variables"]["properties"]
    if env:
        properties["env"]["default"] = env
    if volumes:
        properties["volumes"]["default"] = volumes
    return WorkPool("images", kind, template, "READY", workers=(ALIVE,), deployments=deployments)


def judge(pool: WorkPool, worker: WorkerHost | None = None) -> list[PoolFind]:
    host = worker or WorkerHost()
    kind = find_pool_type(pool.type)
    return list(judge_pool(pool, kind, merge_jobs(pool, kind, host), host, KNOWN))


def test_a_pool_that_says_nothing_wrong_has_no_finds() -> None:
    assert judge(pool_of("docker", {"HTTPS_PROXY": "http://proxy.corp.example:3128"})) == []


FORWARDED = WorkerHost(forwarded={"PREFECT_API_SSL_CERT_FILE": CA, "PREFECT_API_URL": "https://p.test/api"})


def test_the_path_of_a_workers_machine_is_cured_by_a_patch() -> None:
    (find,) = judge(pool_of("docker"), FORWARDED)
    assert (find.code, find.severity, find.deployment) == ("pool-host-path", "error", "")
    assert f"`PREFECT_API_SSL_CERT_FILE={CA}`" in find.detail
    assert find.hint == "`proxyenv pool patch images`"
    assert judge(pool_of("docker", {"PREFECT_API_SSL_CERT_FILE": None}), FORWARDED) == []
    assert (
        judge(pool_of("docker", {"PREFECT_API_SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem"}), FORWARDED)
        == []
    )


@pytest.mark.parametrize(
    ("kind", "env", "volumes"),
    [
        pytest.param("process", {"SSL_CERT_FILE": CA, "NODE_EXTRA_CA_CERTS": CA}, [], id="a process"),
        pytest.param("docker", {"SSL_CERT_FILE": "/ca.pem"}, [f"{CA}:/ca.pem:ro"], id="a mount"),
    ],
)
def test_roots_without_a_public_one_are_found(kind: str, env: dict[str, str], volumes: list[str]) -> None:
    worker = WorkerHost(files=frozenset({CA}), corporate_only=frozenset({CA}))
    (find,) = judge(pool_of(kind, dict(env), volumes), worker)
    assert (find.code, find.severity) == ("pool-roots-corporate-only", "warning")
    assert find.detail == f"`SSL_CERT_FILE` names `{CA}`, which holds no public root"
    assert find.hint == "`proxyenv pool patch images`"
    assert judge(pool_of(kind, dict(env), volumes), worker._replace(corporate_only=frozenset())) == []


def test_what_was_set_up_before_is_found_by_its_digest() -> None:
    entry = PoolEntry("https://p.test/api", "two words", "docker", (), "ab", ("--baked", "--at", "/a b"))
    (find,) = judge_entry(entry, "cd")
    assert (find.code, find.severity) == ("pool-outdated", "warning")
    assert find.hint == "`proxyenv pool patch 'two words' --baked --at '/a b'`"
    assert (
        list(judge_entry(entry, "ab"))
        == list(judge_entry(entry, None))
        == list(judge_entry(None, "cd"))
        == []
    )
    assert list(judge_entry(entry._replace(made_from=None), "cd")) == []  # of an earlier proxyenv


def test_a_path_that_is_mounted_where_it_is_named_is_right() -> None:
    worker = FORWARDED._replace(files=frozenset({CA}))
    assert judge(pool_of("docker", volumes=[f"{CA}:{CA}:ro"]), worker) == []


def test_what_is_mounted_and_is_not_here_is_missing() -> None:
    (find,) = judge(pool_of("docker", volumes=["/gone/ca.pem:/etc/proxyenv/ca-bundle.pem:ro"]))
    assert find.code == "pool-file-missing"
    assert find.detail == "`/gone/ca.pem` is mounted, and is not on this machine"
    assert find.hint == "correct `volumes` in the template: `prefect work-pool inspect images`"


def test_a_process_that_names_a_file_that_is_not_here() -> None:
    finds = judge(pool_of("process"), WorkerHost(environment={"SSL_CERT_FILE": "/gone/ca.pem"}))
    assert [(find.code, find.hint) for find in finds] == [
        ("pool-file-missing", "`proxyenv pool patch images`")
    ]
    here = WorkerHost(environment={"SSL_CERT_FILE": CA}, files=frozenset({CA}))
    assert judge(pool_of("process"), here) == []


@pytest.mark.parametrize(
    ("proxy", "code", "hint"),
    [
        pytest.param(
            "http://127.0.0.1:3128",
            "pool-proxy-loopback",
            "`proxyenv pool patch images --proxy-there http://HOST:3128`",
            id="loopback",
        ),
        pytest.param(
            "proxy.corp.example:3128", "pool-proxy-malformed", "`proxyenv pool patch images`", id="no scheme"
        ),
        pytest.param(
            "https://proxy.corp.example:3128",
            "pool-proxy-malformed",
            "`proxyenv pool patch images`",
            id="TLS to a plain port",
        ),
        pytest.param(
            "socks5://proxy.corp.example:1080",
            "pool-proxy-malformed",
            "`proxyenv pool patch images`",
            id="SOCKS",
        ),
        pytest.param(
            "http://ada:geheim@proxy.corp.example:3128",
            "pool-secret-shown",
            "none: whoever may read the pool or inspect the container reads its variables",
            id="a password",
        ),
    ],
)
def test_a_proxy_that_jobs_cannot_use(proxy: str, code: str, hint: str) -> None:
    (find,) = judge(pool_of("docker", {"HTTPS_PROXY": proxy}))
    assert (find.code, find.hint) == (code, hint)
    assert "geheim" not in str(find)


def test_loopback_is_right_where_it_is_the_workers_own() -> None:
    proxy: dict[str, str | None] = {"HTTPS_PROXY": "http://127.0.0.1:3128"}
    assert judge(pool_of("process", proxy)) == []
    shared = (PoolDeployment("f/d", {"network_mode": "host"}),)
    finds = judge(pool_of("docker", proxy, deployments=shared))
    assert [find.deployment for find in finds] == [""]


def test_the_docker_clients_proxies_get_into_containers() -> None:
    worker = WorkerHost(
        docker_proxies={"https_proxy": "http://proxy.corp.example:3128"}, docker_config="/c.json"
    )
    (find,) = judge(pool_of("docker"), worker)
    assert find.code == "pool-docker-proxies"
    assert find.detail == "`/c.json` adds `https_proxy` to its containers, over those of the image"
    assert judge(pool_of("process"), worker) == []


def test_volumes_of_a_deployment_take_the_ca_away() -> None:
    volume = f"{CA}:/etc/proxyenv/ca-bundle.pem:ro"
    pool = pool_of(
        "docker",
        {"SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem"},
        [volume],
        (PoolDeployment("f/d", {"volumes": ["/data:/data"]}),),
    )
    (find,) = judge(pool, WorkerHost(files=frozenset({CA, "/data"})))
    assert (find.code, find.deployment) == ("pool-volumes-replaced", "f/d")
    assert find.hint == f"add to its `volumes`: `{volume}`"


def test_a_deployment_that_says_the_wrong_thing_is_named_and_the_pool_is_not() -> None:
    said = (PoolDeployment("f/d", {"env": {"HTTPS_PROXY": "http://localhost:1"}}),)
    (find,) = judge(pool_of("docker", deployments=said))
    assert (find.code, find.deployment) == ("pool-proxy-loopback", "f/d")
    assert find.hint == "correct `env.HTTPS_PROXY` in `job_variables` of the deployment `f/d`"


KEY = {"PREFECT_API_KEY": "pnu_geheim"}


def test_a_key_is_in_clear_in_a_manifest() -> None:
    (find,) = judge(pool_of("kubernetes"), WorkerHost(forwarded=KEY))
    assert find.code == "pool-secret-shown"
    assert (
        find.hint == "for the worker: `PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY=true`"
    )
    assert "geheim" not in str(find)
    cured = {"PREFECT_INTEGRATIONS_KUBERNETES_WORKER_CREATE_SECRET_FOR_API_KEY": "true"}
    assert judge(pool_of("kubernetes"), WorkerHost(forwarded=KEY, environment=cured)) == []


def test_headers_are_hidden_only_with_all_variables() -> None:
    headers = {"PREFECT_CLIENT_CUSTOM_HEADERS": '{"Authorization": "geheim"}'}
    (find,) = judge(pool_of("kubernetes"), WorkerHost(forwarded=headers))
    assert find.hint == "for the worker: `PREFECT_INTEGRATIONS_KUBERNETES_WORKER_STORE_ENV_AS_SECRET=true`"


def test_a_worker_that_asks_its_cluster_through_the_proxy() -> None:
    inside = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "HTTPS_PROXY": KNOWN[0].reveal(), "NO_PROXY": ".svc"}
    (find,) = judge(pool_of("kubernetes"), WorkerHost(environment=inside))
    assert (find.code, find.hint) == ("pool-no-proxy-cluster", "`proxyenv setup --no-proxy 10.96.0.1`")
    right = WorkerHost(environment={**inside, "NO_PROXY": ".svc,10.96.0.1"})
    assert judge(pool_of("kubernetes"), right) == []


def test_what_keeps_every_job_from_starting() -> None:
    pool = pool_of("docker")._replace(
        name="my images", paused=True, concurrency_limit=0, workers=(ALIVE._replace(age=61.0),)
    )
    assert [(find.code, find.hint) for find in judge(pool)] == [
        ("pool-paused", "`prefect work-pool resume 'my images'`"),
        ("pool-limit-zero", "`prefect work-pool clear-concurrency-limit 'my images'`"),
        ("pool-no-worker", "`prefect worker start --pool 'my images'`"),
    ]


def test_a_push_pool_has_no_workers_and_needs_none() -> None:
    assert judge(pool_of("ecs")._replace(type="ecs:push", workers=())) == []


def test_a_type_that_is_not_known() -> None:
    (find,) = judge(WorkPool("images", "mine", {"variables": {}, "job_configuration": {}}, workers=(ALIVE,)))
    assert (find.code, find.severity) == ("pool-type-unknown", "info")


@pytest.mark.parametrize(
    ("age", "fresh"), [(60.0, True), (60.1, False), (None, False)], ids=["two intervals", "more", "never"]
)
def test_when_a_worker_is_alive(age: float | None, *, fresh: bool) -> None:
    assert ALIVE._replace(age=age).fresh is fresh
