"""What kustomize and Helm take: a component with patches, and values of the chart ``prefect-worker``.

Source: the chart at prefect-helm 75b0c27 (2026-08-18), its templates and values; kustomize 5.5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.formats.yaml_stream import render_documents

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.catalog.kubernetes.objects import KubernetesObject
    from proxyenv.catalog.kubernetes.pods import PodAdditions
    from proxyenv.model.place import PlaceLayout

RESOURCES: Final = "proxyenv-ca.yaml"
"""The file beside the kustomization that holds the CAs."""

_OF_THE_CHART: Final = frozenset({"PREFECT_API_URL"})
"""What the chart sets itself."""


def render_component(patches: Iterable[KubernetesObject], *, has_anchors: bool) -> KubernetesObject:
    """A component of kustomize: whoever names its directory below ``components:`` gets the patches."""
    resources: KubernetesObject = {"resources": [RESOURCES]} if has_anchors else {}
    texts = [{"patch": render_documents([each]).removeprefix("---\n")} for each in patches]
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        **resources,
        "patches": texts,
    }


def render_worker_values(additions: PodAdditions, layout: PlaceLayout) -> KubernetesObject:
    """Values for the chart ``prefect-worker``.

    The chart gives its init container no extra volumes, so the CA files are not there. httpx fails where a
    variable names a missing file, so that container gets no variable that names one.

    Args:
        additions: what a pod gets.
        layout: where the CAs lie in the pod.
    """
    env = [each for each in additions.env if each["name"] not in _OF_THE_CHART]
    files = {str(layout.bundle), str(layout.corporate)}
    without_files = [each for each in env if each.get("value") not in files]
    worker: KubernetesObject = {"config": {"http2": False}, "extraEnvVars": env}
    if additions.volumes:
        worker["extraVolumes"] = list(additions.volumes)
        worker["extraVolumeMounts"] = list(additions.mounts)
    worker["initContainer"] = {"extraEnvVars": without_files}
    return {"worker": worker}
