"""Manifests: every container gets what it needs, and keeps what it has."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from proxyenv.catalog.kubernetes.charts import render_component, render_worker_values
from proxyenv.catalog.kubernetes.objects import DELIVERIES
from proxyenv.catalog.kubernetes.pods import PodAdditions, make_additions
from proxyenv.catalog.kubernetes.workloads import extend_manifest, list_kept, read_workloads, render_patch
from proxyenv.errors import PlanError
from support.clusters import MANIFEST, make_pod_target

CONFIG_MAP = DELIVERIES["configmap"]


def additions(
    *, secret: bool = False, trusts: bool = True, delivery: str = "configmap", address: str | None = None
) -> PodAdditions:
    target = make_pod_target(secret=secret, trusts=trusts)
    return make_additions(target, DELIVERIES[delivery], address)


def extend(text: str = MANIFEST, **choices: Any) -> str:
    return extend_manifest(text, read_workloads(text, source="a test"), additions(**choices))


def pods(text: str) -> list[dict[str, Any]]:
    deployment, _, cron = yaml.safe_load_all(text)
    return [deployment["spec"]["template"]["spec"], cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]]


def containers(text: str) -> dict[str, dict[str, Any]]:
    lists = (each for pod in pods(text) for each in (pod.get("initContainers", ()), pod["containers"]))
    return {each["name"]: each for group in lists for each in group}


def env(container: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}


def test_every_container_gets_variables_and_the_files() -> None:
    made = containers(extend())
    assert list(made) == ["wait", "mesh", "web", "log", "job"]
    mount = {"name": "proxyenv-ca", "mountPath": "/etc/proxyenv", "readOnly": True}
    for container in made.values():
        assert env(container)["SSL_CERT_FILE"] == "/etc/proxyenv/ca-bundle.pem"
        assert env(container)["PREFECT_API_SSL_CERT_FILE"] == "/etc/proxyenv/ca-bundle.pem"
        assert mount in container["volumeMounts"]
    assert [each["name"] for each in pods(extend())[0]["volumes"]] == ["proxyenv-ca", "logs"]


def test_the_kubelet_puts_the_address_in() -> None:
    made = env(containers(extend())["job"])
    assert made["NO_PROXY"] == "localhost,.svc,$(KUBERNETES_SERVICE_HOST)"
    assert made["PRICE"] == "$$(HOME) costs $$5"
    assert "SSL_CERT_DIR" not in made


def test_or_the_address_stands_there() -> None:
    assert env(containers(extend(address="10.96.0.1"))["job"])["NO_PROXY"] == "localhost,.svc,10.96.0.1"


def test_what_is_there_stays() -> None:
    made = extend()
    for line in MANIFEST.splitlines():
        assert line in made.splitlines() or line.strip().startswith(("- {name: log", "volumeMounts: []"))
    web = containers(made)["web"]
    assert env(web)["NO_PROXY"] == "db.shop"
    assert web["securityContext"] == {"readOnlyRootFilesystem": True}
    assert {"name": "logs", "mountPath": "/logs"} in containers(made)["log"]["volumeMounts"]


def test_what_a_container_keeps_is_known() -> None:
    (workload, _) = read_workloads(MANIFEST, source="a test")
    assert workload.title == "Deployment `web`"
    assert list(list_kept(workload, additions())) == [("web", ("NO_PROXY",))]


@pytest.mark.parametrize("secret", [False, True])
def test_a_second_run_changes_nothing(secret: bool) -> None:
    once = extend(secret=secret)
    assert extend(once, secret=secret) == once
    workloads = read_workloads(once, source="a test")
    kept = [each for workload in workloads for each in list_kept(workload, additions(secret=secret))]
    assert kept == [("web", ("NO_PROXY",))]


def test_the_password_is_a_reference() -> None:
    made = env(containers(extend(secret=True))["wait"])
    assert made["HTTPS_PROXY"] == {"secretKeyRef": {"name": "proxyenv-proxy", "key": "HTTPS_PROXY"}}
    assert "s3cr" not in extend(secret=True)


def test_without_a_corporate_ca_there_is_no_volume() -> None:
    made = containers(extend(trusts=False))["job"]
    assert "volumeMounts" not in made
    assert "SSL_CERT_FILE" not in env(made)


def test_openshift_has_one_key_for_both_files() -> None:
    (volume,) = additions(delivery="openshift").volumes
    assert volume["configMap"]["items"] == [
        {"key": "ca-bundle.crt", "path": "ca-bundle.pem"},
        {"key": "ca-bundle.crt", "path": "corporate-ca.pem"},
    ]


def test_a_list_of_objects_is_taken_apart() -> None:
    import json

    documents = list(yaml.safe_load_all(MANIFEST))
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents}, indent=2)
    assert [each.title for each in read_workloads(text, source="x")] == [
        "Deployment `web`",
        "CronJob `nightly`",
    ]
    items = yaml.safe_load(extend(text))["items"]
    assert len(items) == 3
    assert env(items[2]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0])["SSL_CERT_FILE"]


def test_a_patch_names_each_container_and_leaves_out_what_it_has() -> None:
    (workload, cron) = read_workloads(MANIFEST, source="a test")
    made: Any = render_patch(workload, additions())
    assert {key: made[key] for key in ("apiVersion", "kind", "metadata")} == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
    }
    pod = made["spec"]["template"]["spec"]
    names = [each["name"] for each in (*pod["initContainers"], *pod["containers"])]
    assert names == ["wait", "mesh", "web", "log"]
    assert "NO_PROXY" not in env(pod["containers"][0])
    assert "image" not in pod["containers"][0]
    inner: Any = render_patch(cron, additions())
    assert [
        each["name"] for each in inner["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    ] == ["job"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("kind: Service\nspec: {ports: []}\n", id="a service"),
        pytest.param("- 1\n- 2\n", id="a list"),
    ],
)
def test_a_manifest_without_a_pod_is_refused(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        read_workloads(text, source="`x.yaml`")
    assert caught.value.message == "`x.yaml` holds no pod, and nothing that makes pods"


def test_another_mount_at_the_same_place_is_refused() -> None:
    text = MANIFEST.replace("mountPath: /logs", "mountPath: /etc/proxyenv/")
    with pytest.raises(PlanError) as caught:
        extend(text)
    assert caught.value.message == "container `log` of Deployment `web` mounts `logs` at `/etc/proxyenv`"
    assert caught.value.hint == "choose another directory for the CAs: `--at DIR`"


def test_the_init_container_of_the_chart_gets_no_name_of_a_file_that_it_lacks() -> None:
    target = make_pod_target()
    worker: Any = render_worker_values(make_additions(target, CONFIG_MAP, None), target.layout)["worker"]
    assert worker["config"] == {"http2": False}
    names = {each["name"] for each in worker["extraEnvVars"]}
    assert {"HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "PREFECT_API_SSL_CERT_FILE"} <= names
    assert "PREFECT_API_URL" not in names  # the chart sets it
    assert [each["name"] for each in worker["initContainer"]["extraEnvVars"]] == [
        "HTTPS_PROXY",
        "NO_PROXY",
        "PRICE",
    ]
    assert [each["name"] for each in worker["extraVolumes"]] == ["proxyenv-ca"]
    assert [each["mountPath"] for each in worker["extraVolumeMounts"]] == ["/etc/proxyenv"]


def test_a_component_brings_the_cas_along() -> None:
    made = render_component([{"kind": "Deployment"}], has_anchors=True)
    assert (made["kind"], made["resources"]) == ("Component", ["proxyenv-ca.yaml"])
    assert made["patches"] == [{"patch": "kind: Deployment\n"}]
    assert "resources" not in render_component([], has_anchors=False)
