"""Work pools of a real Prefect server: shown, written, given back; and a worker before and after."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.certificates import make_ca
from support.command import Ran, environment_of, proxyenv
from support.machine import in_ci
from support.pool_runs import ask, read_template, run_deployment, started_worker, write_template
from support.pool_templates import usual_templates
from support.servers import start_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

PROXY: Final = "http://proxy.corp.test:3128"

FLOW: Final = """
import os
from pathlib import Path
from prefect import flow


@flow
def look():
    return os.environ["SSL_CERT_FILE"] and Path(os.environ["SSL_CERT_FILE"]).read_text()[:0]
"""
"""Fails where `SSL_CERT_FILE` is not set, or names a file that is not there."""


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a server's API, which has a pool of each type, and one without a template."""
    root = tmp_path_factory.mktemp("server")
    with start_server(root, environment=environment_of(root)) as server:
        server.wait()
        url = f"http://127.0.0.1:{server.port}/api"
        ask(url, make_pools)
        yield url


async def make_pools(client: PrefectClient) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    for kind, template in usual_templates().items():
        await client.create_work_pool(WorkPoolCreate(name=kind, type=kind, base_job_template=template))
    await client.create_work_pool(WorkPoolCreate(name="no template", type="docker"))


@pytest.fixture
def home(tmp_path: Path, api: str) -> Path:
    """A home in which proxyenv is set up with a profile that names the API."""
    ca = tmp_path / "corp.pem"
    ca.write_bytes(make_ca("Corp").pem)
    home = tmp_path / "home"
    home.mkdir()
    given = ("--proxy", PROXY, "--ca", ca, "--api-url", api)
    assert proxyenv("setup", *given, "--yes", "--no-check", home=home).status == 0
    return home


def pool(home: Path, verb: str, *arguments: str) -> Ran:
    return proxyenv("pool", verb, *arguments, "--output", "json", home=home)


def finds(ran: Ran) -> dict[str, str]:
    (found,) = ran.json["data"]["pools"]
    return {find["code"]: find["hint"] for find in found["finds"]}


POOLS: Final = (*sorted(usual_templates()), "no template")


@in_ci
def test_every_type_is_patched_and_given_back_to_the_byte(home: Path, api: str) -> None:
    before = {name: json.dumps(read_template(api, name)) for name in POOLS}
    patched = pool(home, "patch", *POOLS, "--yes")
    assert (patched.status, patched.json["status"]) == (0, "changed")
    for name in POOLS:
        env = read_template(api, name)["variables"]["properties"]["env"]["default"]
        assert env["HTTPS_PROXY"] == PROXY
        assert env["PREFECT_API_SSL_CERT_FILE"].endswith("/ca-bundle.pem")

    again = pool(home, "patch", *POOLS, "--yes")
    assert (again.status, again.json["data"]) == (0, {"changes": []})

    restored = pool(home, "restore", *POOLS, "--yes")
    assert restored.status == 0
    assert {name: json.dumps(read_template(api, name)) for name in POOLS} == before
    assert pool(home, "restore", "ecs", "--yes").json["errors"][0]["code"] == "pool-not-patched"


def test_the_hint_of_a_find_is_typed_and_the_finds_are_gone(home: Path) -> None:
    (home / ".docker").mkdir()
    proxies = {"default": {"httpsProxy": "http://ada:geheim@other.corp.test:1", "noProxy": "localhost"}}
    (home / ".docker/config.json").write_text(json.dumps({"proxies": proxies}))
    shown = pool(home, "show", "docker")
    assert shown.status == 1
    assert "geheim" not in shown.out
    found = finds(shown)
    assert set(found) == {"pool-host-path", "pool-docker-proxies", "pool-no-worker"}
    assert found["pool-host-path"] == found["pool-docker-proxies"] == "`proxyenv pool patch docker`"
    assert proxyenv("pool", "patch", "docker", "--yes", home=home).status == 0
    after = pool(home, "show", "docker")
    assert after.status == 0
    assert list(finds(after)) == ["pool-no-worker"]
    assert after.json["data"]["pools"][0]["patched"] == "as-written"
    assert pool(home, "restore", "docker", "--yes").status == 0


@in_ci
def test_what_somebody_edited_since_stays_and_is_named(home: Path, api: str) -> None:
    before = read_template(api, "ecs")
    assert pool(home, "patch", "ecs", "--yes").status == 0
    edited = read_template(api, "ecs")
    edited["variables"]["properties"]["env"]["default"]["NO_PROXY"] = "theirs"
    write_template(api, "ecs", edited)
    assert pool(home, "show", "ecs").json["data"]["pools"][0]["patched"] == "changed"
    restored = pool(home, "restore", "ecs", "--yes")
    assert "`NO_PROXY` was changed by somebody else since, and stays" in restored.err
    left = read_template(api, "ecs")
    assert left["variables"]["properties"]["env"].pop("default") == {"NO_PROXY": "theirs"}
    assert left == before
    write_template(api, "ecs", before)


def test_status_and_uninstall_name_the_pools(home: Path) -> None:
    assert pool(home, "patch", "vertex-ai", "--yes").status == 0
    assert "pool [vertex-ai]" in proxyenv("status", home=home).out
    assert "`proxyenv pool restore vertex-ai` first" in proxyenv("uninstall", "--dry-run", home=home).err
    assert proxyenv("refresh", "--yes", "--no-check", home=home).status == 0
    assert pool(home, "restore", "vertex-ai", "--yes").status == 0
    assert "pool [" not in proxyenv("status", home=home).out


@in_ci
def test_a_new_proxy_reaches_jobs_only_by_a_new_patch_and_status_says_so(home: Path, api: str) -> None:
    assert pool(home, "patch", "vertex-ai", "--at", "/opt/proxyenv", "--yes").status == 0
    again = ("--proxy", "http://new.corp.test:3128", "--yes", "--no-check")
    assert proxyenv("setup", *again, home=home).status == 0
    outcomes = {
        each["check"]: each
        for each in proxyenv("status", "--output", "json", home=home).json["data"]["report"]
    }
    assert outcomes["pool [vertex-ai]"]["cause"] == "jobs-get-old-settings"
    hint = "`proxyenv pool patch vertex-ai --at /opt/proxyenv`"
    assert outcomes["pool [vertex-ai]"]["hint"] == hint
    assert finds(pool(home, "show", "vertex-ai"))["pool-outdated"] == hint

    assert proxyenv(*hint.strip("`").split()[1:], "--yes", home=home).status == 0
    assert "pool-outdated" not in finds(pool(home, "show", "vertex-ai"))
    assert proxyenv("status", home=home).status == 0
    env = read_template(api, "vertex-ai")["variables"]["properties"]["env"]["default"]
    assert (env["HTTPS_PROXY"], env["SSL_CERT_FILE"]) == (
        "http://new.corp.test:3128",
        "/opt/proxyenv/ca-bundle.pem",
    )
    assert pool(home, "restore", "vertex-ai", "--yes").status == 0


@in_ci
def test_the_corporate_ca_alone_is_found_in_the_jobs_of_a_process_pool(home: Path, api: str) -> None:
    before = read_template(api, "process")
    template = read_template(api, "process")
    alone = str(home / ".local/share/proxyenv/corporate-ca.pem")
    template["variables"]["properties"]["env"]["default"] = {"PIP_CERT": alone}
    write_template(api, "process", template)
    found = finds(pool(home, "show", "process"))
    assert found["pool-roots-corporate-only"] == "`proxyenv pool patch process`"
    assert pool(home, "patch", "process", "--yes").status == 0
    assert "pool-roots-corporate-only" not in finds(pool(home, "show", "process"))
    assert pool(home, "restore", "process", "--yes").status == 0
    assert read_template(api, "process") == template
    write_template(api, "process", before)


def test_a_pool_that_is_gone_is_forgotten(home: Path, api: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    create = WorkPoolCreate(name="short-lived", type="docker", base_job_template=usual_templates()["docker"])
    ask(api, lambda client: client.create_work_pool(create))
    assert pool(home, "patch", "short-lived", "--yes").status == 0
    ask(api, lambda client: client.delete_work_pool("short-lived"))
    unknown = pool(home, "show", "short-lived")
    assert (unknown.status, unknown.json["errors"][0]["code"]) == (3, "pool-unknown")
    assert pool(home, "restore", "short-lived", "--yes").status == 0
    assert "short-lived" not in (home / ".local/state/proxyenv/receipt.json").read_text()


def test_an_api_that_does_not_answer_is_named_in_time(home: Path, api: str) -> None:
    profiles = home / ".prefect/profiles.toml"
    profiles.write_text(profiles.read_text().replace(api, "http://127.0.0.1:9/api"))
    begun = time.monotonic()
    asked = pool(home, "show", "docker")
    assert (asked.status, asked.json["errors"][0]["code"]) == (3, "prefect-unusable")
    assert time.monotonic() - begun < 60


@in_ci
def test_without_an_api_the_command_that_names_one_is_said(tmp_path: Path, api: str) -> None:
    assert proxyenv("setup", "--proxy", PROXY, "--yes", "--no-check", home=tmp_path).status == 0
    (error,) = pool(tmp_path, "show", "docker").json["errors"]
    assert error["code"] == "no-prefect-api"
    assert error["hint"] == "name it: `proxyenv setup --api-url http://HOST:4200/api`"
    typed = error["hint"].split("`")[1].replace("http://HOST:4200/api", api)
    assert proxyenv(*typed.split()[1:], "--yes", "--no-check", home=tmp_path).status == 0
    assert pool(tmp_path, "show", "docker").json["errors"] == []


@in_ci
def test_a_process_worker_runs_a_flow_only_after_the_patch(home: Path, api: str, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code/flows.py").write_text(FLOW)
    before = read_template(api, "process")
    deployment = ask(api, lambda client: deploy(client, tmp_path / "code"))
    gone = str(tmp_path / "gone.pem")
    with started_worker(home, "process", PREFECT_API_URL=api, SSL_CERT_FILE=gone) as worker:
        assert run_deployment(api, deployment, worker)[0] in {"FAILED", "CRASHED"}
        assert pool(home, "patch", "process", "--yes").status == 0
        assert run_deployment(api, deployment, worker)[0] == "COMPLETED"
        shown = pool(home, "show", "process").json["data"]["pools"][0]
        assert [(each["name"], each["fresh"]) for each in shown["workers"]] == [("w", True)]
        assert pool(home, "restore", "process", "--yes").status == 0
        assert read_template(api, "process") == before
        assert run_deployment(api, deployment, worker)[0] in {"FAILED", "CRASHED"}


async def deploy(client: PrefectClient, code: Path) -> Any:
    flow = await client.create_flow_from_name("look")
    return await client.create_deployment(
        flow, "mine", work_pool_name="process", path=str(code), entrypoint="flows.py:look"
    )
