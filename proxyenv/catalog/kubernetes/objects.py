"""The objects that a cluster holds: the CAs, the password of the proxy, the environment; what refers to them.

Sources: the limits of ConfigMap and annotation, and what ``kubectl apply`` keeps, measured with kubectl 1.32;
trust-manager's and OpenShift's documentation, whose operators were not run.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.bundle import merge, render_pem
from proxyenv.errors import PlanError
from proxyenv.model.installation import BUNDLE, CORPORATE
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.place import PlaceTarget

KubernetesObject = dict[str, object]
"""One document, as YAML has it."""

CAS: Final = "proxyenv-ca"
"""The name of the ConfigMap with the CAs, of the Bundle that makes one, and of the volume."""

SECRET: Final = "proxyenv-proxy"  # noqa: S105 - a name
"""The name of the Secret: a key for each variable that holds the password."""

ENVIRONMENT: Final = "proxyenv-env"
"""The name of the ConfigMap with the environment, for ``envFrom``."""

MANAGED: Final = MappingProxyType({"app.kubernetes.io/managed-by": "proxyenv"})

_LARGEST: Final = 1024 * 1024
"""Bytes of all values of a ConfigMap."""

_LARGEST_ANNOTATION: Final = 256 * 1024
"""Bytes of all annotations of an object; ``kubectl apply`` keeps the object in one, as JSON."""

_ROOM: Final = 256
"""Bytes of the annotation's name, and of what it says besides, such as the namespace."""


class Delivery(NamedTuple):
    """A way by which the CAs get into a ConfigMap of each namespace.

    Args:
        name: what ``--ca-from`` calls it.
        keys: in that ConfigMap: file in the pod → key.
        note: what the cluster must have for it, for people.
    """

    name: str
    keys: Mapping[str, str]
    note: str = ""


def _both(key: str) -> Mapping[str, str]:
    return MappingProxyType({BUNDLE: key, CORPORATE: key})


DELIVERIES: Final = {
    each.name: each
    for each in (
        Delivery("configmap", MappingProxyType({BUNDLE: BUNDLE, CORPORATE: CORPORATE})),
        Delivery(
            "trust-manager",
            _both(BUNDLE),
            "trust-manager makes the ConfigMap in every namespace, with the public roots of its own package",
        ),
        Delivery(
            "openshift",
            _both("ca-bundle.crt"),
            "OpenShift fills the ConfigMap with the roots of the cluster: the corporate CA has to be among "
            "them, as `trustedCA` of the cluster's `Proxy`",
        ),
    )
}


def render_cas(target: PlaceTarget, delivery: Delivery) -> KubernetesObject:
    """The object from which pods get the CAs.

    Raises:
        PlanError: ``no-corporate-ca``, or ``value-unrepresentable``: they do not fit into a ConfigMap.
    """
    if not target.anchors:
        raise PlanError("no-corporate-ca", "there is no corporate CA for a pod", hint="`--ca FILE`")
    corporate = _render_pem(target.anchors)
    if delivery.name == "trust-manager":
        return _render_trust_bundle(corporate)
    if delivery.name == "openshift":
        labels = {**MANAGED, "config.openshift.io/inject-trusted-cabundle": "true"}
        return _make_object("v1", "ConfigMap", CAS, labels=labels)
    bundle = _render_pem(target.public_roots, target.anchors)
    size = len(bundle) + len(corporate)
    if size > _LARGEST:
        raise PlanError(
            "value-unrepresentable",
            f"the CAs have {size} bytes, and a ConfigMap holds {_LARGEST}",
            hint="start from fewer roots (`--base certifi`), or give trust-manager the corporate CAs alone "
            "(`--ca-from trust-manager`)",
        )
    return _make_object("v1", "ConfigMap", CAS, data={BUNDLE: bundle, CORPORATE: corporate})


def _render_trust_bundle(corporate: str) -> KubernetesObject:
    """trust-manager's Bundle: it is of the whole cluster, and makes a ConfigMap of its own name."""
    sources = [{"useDefaultCAs": True}, {"inLine": corporate}]
    spec = {"sources": sources, "target": {"configMap": {"key": BUNDLE}}}
    return _make_object("trust.cert-manager.io/v1alpha1", "Bundle", CAS, spec=spec)


def render_secret(target: PlaceTarget) -> KubernetesObject | None:
    """The Secret with the variables that hold the proxy's password; ``None`` without one."""
    held = {each.name: each.value for each in target.variables if each.sensitive and each.value is not None}
    if not held:
        return None
    return _make_object("v1", "Secret", SECRET, type="Opaque", stringData=held)


def render_environment(values: Mapping[str, str]) -> KubernetesObject:
    """A ConfigMap for ``envFrom``, which expands nothing."""
    return _make_object("v1", "ConfigMap", ENVIRONMENT, data=dict(values))


def fits_annotation(document: Mapping[str, object]) -> bool:
    """Whether ``kubectl apply`` can keep an object in its annotation, whose name and namespace count too."""
    kept = json.dumps(document, separators=(",", ":"))
    return len(kept.encode()) + _ROOM <= _LARGEST_ANNOTATION


def mount_cas(keys: Mapping[str, str], directory: PurePosixPath) -> tuple[KubernetesObject, KubernetesObject]:
    """The volume with the CAs, for a pod, and its mount, for each container.

    Args:
        keys: file in the pod → key in the ConfigMap.
        directory: where the files lie in the pod.
    """
    items = [{"key": key, "path": file} for file, key in keys.items()]
    volume: KubernetesObject = {"name": CAS, "configMap": {"name": CAS, "items": items}}
    return volume, {"name": CAS, "mountPath": str(directory), "readOnly": True}


def refer_to_secret(name: str) -> KubernetesObject:
    """A variable of a container whose value is in the Secret of :func:`render_secret`."""
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": SECRET, "key": name}}}


def _make_object(
    version: str,
    kind: str,
    name: str,
    *,
    labels: Mapping[str, str] = MANAGED,
    **content: object,
) -> KubernetesObject:
    metadata = {"name": name, "labels": dict(labels)}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def _render_pem(*groups: Iterable[Certificate]) -> str:
    """Without a comment: it counts twice, in the ConfigMap and in the annotation."""
    return b"".join(render_pem(each.der) for each in merge(*groups)).decode("ascii")
