"""What the workers of other work pools would submit: run by the Python of :mod:`support.pool_workers`.

Stdin is a JSON object, type of work pool to ``template`` and ``values``; stdout is one too, type to what the
worker's own code makes of it. A Kubernetes worker sends it to a cluster's API, which is played here.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module
from typing import Any, ClassVar, Final

WORKERS: Final = {
    "docker": ("prefect_docker.worker", "DockerWorker"),
    "kubernetes": ("prefect_kubernetes.worker", "KubernetesWorker"),
    "ecs": ("prefect_aws.workers.ecs_worker", "ECSWorker"),
    "cloud-run": ("prefect_gcp.workers.cloud_run", "CloudRunWorker"),
    "cloud-run-v2": ("prefect_gcp.workers.cloud_run_v2", "CloudRunWorkerV2"),
    "vertex-ai": ("prefect_gcp.workers.vertex", "VertexAIWorker"),
    "azure-container-instance": (
        "prefect_azure.workers.container_instance",
        "AzureContainerWorker",
    ),
}
ARN: Final = "arn:aws:ecs:eu-central-1:123456789012:task-definition/jobs:1"


def main() -> None:
    """Answer what was asked; without ``template`` the usual one of the installed integration is taken."""
    asked = json.load(sys.stdin)
    print(json.dumps({kind: asyncio.run(submit(kind, job)) for kind, job in asked.items()}))


async def submit(kind: str, job: dict[str, Any]) -> Any:
    module, name = WORKERS[kind]
    worker_class = getattr(import_module(module), name)
    if "template" not in job:
        return worker_class.get_default_base_job_template()
    configuration = await worker_class.job_configuration.from_template_and_values(
        job["template"], job.get("values", {})
    )
    configuration.prepare_for_flow_run(make_flow_run(), worker_name="w")
    if kind == "kubernetes":
        return await send_to_cluster(worker_class, configuration)
    if kind == "ecs":
        worker = worker_class(work_pool_name="jobs", create_pool_if_not_found=False)
        task = configuration.task_definition
        return worker._prepare_task_run_request(configuration, task, ARN, True)
    return json.loads(configuration.model_dump_json())


def make_flow_run() -> Any:
    from prefect.client.schemas.objects import FlowRun

    return FlowRun(id=uuid.uuid4(), flow_id=uuid.uuid4(), name="a-run")


async def send_to_cluster(worker_class: Any, configuration: Any) -> dict[str, Any]:
    """Let a Kubernetes worker create its job: what the cluster's API was sent, by kind."""
    client = import_module("kubernetes_asyncio.client")
    worker = worker_class(work_pool_name="jobs", create_pool_if_not_found=False)
    with HTTPServer(("127.0.0.1", 0), Cluster) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        async with client.ApiClient(client.Configuration(host=address)) as api:
            await worker._create_job(configuration, api)
        server.shutdown()
    return Cluster.sent


class Cluster(BaseHTTPRequestHandler):
    """The API of a cluster that has nothing yet and takes everything."""

    sent: ClassVar[dict[str, Any]] = {}

    def do_GET(self) -> None:
        self.answer(404, {"kind": "Status", "reason": "NotFound", "code": 404})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.sent[self.path.rpartition("/")[2]] = body
        self.answer(201, {**body, "metadata": {"name": "made", "namespace": "default", **body["metadata"]}})

    def answer(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


if __name__ == "__main__":
    main()
