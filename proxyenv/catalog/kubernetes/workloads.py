"""Manifests that somebody has: what their pods get is put in, and everything else stays as it is.

A list of variables is merged by name only where the name of each container is known. So a patch is made for
the containers of a manifest, all of them: init containers, sidecars and containers alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.formats.yaml_stream import apply_insertions, insert_items, read_documents
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.catalog.kubernetes.objects import KubernetesObject
    from proxyenv.catalog.kubernetes.pods import Entry, PodAdditions
    from proxyenv.formats.yaml_stream import Insertion, YamlNode

_CONTAINERS: Final = ("initContainers", "containers")


class Workload(NamedTuple):
    """A pod in a manifest.

    Args:
        document: the object that has it.
        way: the keys that lead to it.
        pod: its specification.
    """

    document: YamlNode
    way: tuple[str, ...]
    pod: YamlNode

    @property
    def title(self) -> str:
        """Such as ``Deployment `web` ``."""
        name = self.document.say("metadata", "name") or self.document.say("metadata", "generateName")
        return f"{self.document.say('kind') or 'object'} `{name}`"

    def list_containers(self) -> Iterator[tuple[str, YamlNode]]:
        """Each container, and the list that it is in."""
        for key in _CONTAINERS:
            found = self.pod.find(key)
            yield from ((key, each) for each in (found.items if found else ()))


def read_workloads(text: str, *, source: str) -> tuple[Workload, ...]:
    """Every pod in a manifest.

    Args:
        text: YAML or JSON, one or more documents, also a ``List``.
        source: what holds it, for messages.

    Raises:
        PlanError: ``settings-invalid``: it is neither, or there is no pod in it.
    """
    documents = read_documents(text, source=source)
    objects = [each for document in documents for each in _list_objects(document)]
    workloads = tuple(Workload(each, way, pod) for each in objects for way, pod in _find_pods(each, ()))
    if not workloads:
        raise PlanError(
            "settings-invalid",
            f"{source} holds no pod, and nothing that makes pods",
            hint="name the manifest of a Deployment, a Job, a Pod or the like",
        )
    return workloads


def _list_objects(document: YamlNode) -> tuple[YamlNode, ...]:
    items = document.find("items") if document.say("kind").endswith("List") else None
    return items.items if items else (document,)


def _find_pods(node: YamlNode, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], YamlNode]]:
    containers = node.find("containers")
    if containers and containers.items and all(each.say("name") for each in containers.items):
        yield way, node
        return
    for name, _, value in node.members:
        if value.kind == "mapping" and name not in {"metadata", "status"}:
            yield from _find_pods(value, (*way, name))


def extend_manifest(text: str, workloads: Iterable[Workload], additions: PodAdditions) -> str:
    """The manifest with what its pods get; comments and every other byte stay.

    Raises:
        PlanError: ``settings-invalid``: a list stands there in a way that cannot be extended safely.
    """
    return apply_insertions(text, [each for one in workloads for each in _extend(text, one, additions)])


def _extend(text: str, workload: Workload, additions: PodAdditions) -> Iterator[Insertion]:
    volumes = _select_new(workload.pod, "volumes", additions.volumes)
    if volumes:
        place = "initContainers" if workload.pod.find("initContainers") else "containers"
        yield insert_items(text, workload.pod, "volumes", volumes, before=place)
    for _, container in workload.list_containers():
        for key, new in _find_lacking(workload, container, additions).items():
            yield insert_items(text, container, key, new)


def render_patch(workload: Workload, additions: PodAdditions) -> KubernetesObject:
    """A strategic merge patch, which ``kubectl patch`` and kustomize merge by name."""
    pod: dict[str, list[Entry]] = {}
    volumes = _select_new(workload.pod, "volumes", additions.volumes)
    if volumes:
        pod["volumes"] = volumes
    for key, container in workload.list_containers():
        lacking = _find_lacking(workload, container, additions)
        pod.setdefault(key, []).append({"name": container.say("name"), **lacking})
    inner: KubernetesObject = {**pod}
    for name in reversed(workload.way):
        inner = {name: inner}
    metadata = {key: workload.document.say("metadata", key) for key in ("name", "namespace")}
    return {
        "apiVersion": workload.document.say("apiVersion"),
        "kind": workload.document.say("kind"),
        "metadata": {key: value for key, value in metadata.items() if value},
        **inner,
    }


def list_kept(workload: Workload, additions: PodAdditions) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The variables that a manifest sets itself, and to something else: they are kept.

    Returns:
        The name of each such container, and the names of the variables.
    """
    wanted = {each["name"]: each for each in additions.env}
    for _, container in workload.list_containers():
        env = container.find("env")
        own = {each.say("name"): each for each in (env.items if env else ())}
        differ = tuple(name for name in own.keys() & wanted.keys() if not _says(own[name], wanted[name]))
        if differ:
            yield container.say("name"), tuple(sorted(differ))


def _says(node: YamlNode, entry: Entry) -> bool:
    if "value" in entry:
        return node.say("value") == str(entry["value"])
    wanted = entry["valueFrom"]["secretKeyRef"]
    return all(node.say("valueFrom", "secretKeyRef", key) == wanted[key] for key in ("name", "key"))


def _find_lacking(workload: Workload, container: YamlNode, additions: PodAdditions) -> dict[str, list[Entry]]:
    """What a container does not have yet, by the list that it is for.

    Raises:
        PlanError: ``settings-invalid``: it mounts something else where the CAs are to be.
    """
    _require_free(workload, container, additions)
    wanted = {"env": additions.env, "volumeMounts": additions.mounts}
    return {key: new for key, items in wanted.items() if (new := _select_new(container, key, items))}


def _select_new(mapping: YamlNode, key: str, items: Iterable[Entry]) -> list[Entry]:
    """Those whose name is not in the list yet."""
    found = mapping.find(key)
    names = {each.say("name") for each in (found.items if found else ())}
    return [each for each in items if each["name"] not in names]


def _require_free(workload: Workload, container: YamlNode, additions: PodAdditions) -> None:
    found = container.find("volumeMounts")
    places = {each["mountPath"]: each["name"] for each in additions.mounts}
    for each in found.items if found else ():
        place = each.say("mountPath").rstrip("/")
        if place in places and each.say("name") != places[place]:
            who = f"container `{container.say('name')}` of {workload.title}"
            raise PlanError(
                "settings-invalid",
                f"{who} mounts `{each.say('name')}` at `{place}`",
                hint="choose another directory for the CAs: `--at DIR`",
            )
