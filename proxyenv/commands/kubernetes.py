"""``proxyenv kubernetes``: what a cluster and its pods need, as YAML on standard output."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.commands.command import Command, Reply
from proxyenv.commands.placing import PLACE_OPTIONS, settle_place
from proxyenv.errors import UsageError
from proxyenv.model.option import Option
from proxyenv.model.place import find_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.catalog.kubernetes.objects import Delivery, KubernetesObject
    from proxyenv.catalog.kubernetes.pods import PodAdditions
    from proxyenv.catalog.kubernetes.workloads import Workload
    from proxyenv.commands.command import Session
    from proxyenv.model.place import PlaceTarget

_PLACE: Final = find_place("kubernetes")
_CA_FROM: Final = ("configmap", "trust-manager", "openshift")


@dataclass(frozen=True, slots=True)
class KubernetesResult:
    """What Kubernetes, kustomize or Helm reads.

    Args:
        parts: which were asked for.
        yaml: a stream of documents, without the last line break.
    """

    parts: tuple[str, ...]
    yaml: str


@dataclass(frozen=True, slots=True)
class _Settled:
    """What every part is made of."""

    session: Session
    target: PlaceTarget
    delivery: Delivery
    address: str | None
    additions: PodAdditions
    text: str = ""
    workloads: tuple[Workload, ...] = ()


def run(session: Session) -> Reply:
    """Print what was asked for.

    Raises:
        UsageError: ``usage``: options that do not go together, or no address.
        PlanError: ``settings-invalid``, ``value-unrepresentable`` or ``no-corporate-ca``.
        ProxyenvError: what settling a place raises.
    """
    options = session.options
    parts = tuple(dict.fromkeys(options.part)) or (("manifest",) if options.manifest else ("ca",))
    settled = _settle(session, parts)
    yaml = _join(_PARTS[each](settled) for each in parts)
    _remark(settled, parts)
    return Reply(KubernetesResult(parts, yaml), (yaml,))


def _join(texts: Iterable[str]) -> str:
    """One stream: a manifest may begin without the line that begins a document."""
    first, *others = (text.removesuffix("\n") for text in texts)
    return "\n".join((first, *(text if text.startswith("---") else f"---\n{text}" for text in others)))


def _settle(session: Session, parts: tuple[str, ...]) -> _Settled:
    from proxyenv.catalog.kubernetes.objects import DELIVERIES
    from proxyenv.catalog.kubernetes.pods import make_additions
    from proxyenv.catalog.kubernetes.workloads import read_workloads
    from proxyenv.machine.content import read_given_text
    from proxyenv.model.host import require_local_path

    options = session.options
    missing = next((each for each in parts if each in _OF_A_MANIFEST and not options.manifest), None)
    if missing:
        hint = "name it: `--manifest FILE`, or `--manifest -` for standard input"
        raise UsageError("usage", f"`--part {missing}` is made for a manifest", hint=hint)
    address = _parse_address(options.api_server)
    target = settle_place(session, _PLACE)
    delivery = DELIVERIES[options.ca_from or _CA_FROM[0]]
    additions = make_additions(target, delivery, address)
    if not options.manifest:
        return _Settled(session, target, delivery, address, additions)
    name = options.manifest
    path = (
        None
        if name == "-"
        else require_local_path(name, session.host, code="file-unreadable", what="the manifest")
    )
    text = read_given_text(path, option="--manifest")
    workloads = read_workloads(text, source=f"`{path}`" if path else "standard input")
    return _Settled(session, target, delivery, address, additions, text, workloads)


def _parse_address(text: str | None) -> str | None:
    try:
        return None if text is None else ipaddress.ip_address(text.strip("[]")).compressed
    except ValueError as error:
        raise UsageError(
            "usage",
            f"`--api-server {text}` is no address",
            hint=_ASK_ADDRESS,
        ) from error


def _render_ca(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.objects import fits_annotation, render_cas

    document = render_cas(settled.target, settled.delivery)
    if not fits_annotation(document):
        settled.session.terminal.remark(
            "note: it is too large for the annotation that `kubectl apply` writes: "
            "use `kubectl apply --server-side`"
        )
    return _render(document)


def _render_secret(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.objects import render_secret

    document = render_secret(settled.target)
    if document is None:
        raise UsageError("usage", "`--part secret`: the proxy has no password", hint="leave it out")
    return _render(document)


def _render_env(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.objects import render_environment
    from proxyenv.catalog.kubernetes.pods import list_values

    if settled.address is None:
        raise UsageError(
            "usage",
            "`--part env` needs the address of the cluster's API, since `envFrom` expands nothing",
            hint=f"`--api-server ADDRESS`; {_ASK_ADDRESS}",
        )
    return _render(render_environment(list_values(settled.target, settled.address)))


def _render_manifest(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.workloads import extend_manifest

    return extend_manifest(settled.text, settled.workloads, settled.additions)


def _render_patch(settled: _Settled) -> str:
    return _render(*_make_patches(settled))


def _render_kustomization(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.charts import render_component

    return _render(render_component(_make_patches(settled), has_anchors=bool(settled.target.anchors)))


def _render_helm(settled: _Settled) -> str:
    from proxyenv.catalog.kubernetes.charts import render_worker_values

    return _render(render_worker_values(settled.additions, settled.target.layout))


def _make_patches(settled: _Settled) -> list[KubernetesObject]:
    from proxyenv.catalog.kubernetes.workloads import render_patch

    return [render_patch(each, settled.additions) for each in settled.workloads]


def _render(*documents: KubernetesObject) -> str:
    from proxyenv.formats.yaml_stream import render_documents

    return render_documents(documents)


def _remark(settled: _Settled, parts: tuple[str, ...]) -> None:
    """Say beside the data what whoever applies it has to know."""
    for note in (*settled.target.notes, *_notes(settled, parts)):
        settled.session.terminal.remark(f"note: {note}")


def _notes(settled: _Settled, parts: tuple[str, ...]) -> Iterator[str]:
    from proxyenv.catalog.kubernetes.objects import SECRET
    from proxyenv.catalog.kubernetes.workloads import list_kept

    if settled.delivery.note and settled.target.anchors:
        yield settled.delivery.note
    if settled.target.sensitive and "secret" not in parts:
        yield (
            f"the proxy's password is not in it: the variables refer to the Secret `{SECRET}`, "
            "which `--part secret` prints"
        )
    if "helm" in parts and settled.target.anchors:
        yield (
            "the chart's init container gets no volume: with `worker.config.baseJobTemplate` and an API "
            "behind the corporate CA it needs an image that has the CA"
        )
    for workload in settled.workloads:
        for container, names in list_kept(workload, settled.additions):
            listed = ", ".join(f"`{name}`" for name in names)
            yield f"container `{container}` of {workload.title} keeps its own {listed}"


_ASK_ADDRESS: Final = (
    "`kubectl get service kubernetes --namespace default --output jsonpath={.spec.clusterIP}` prints it"
)

_PARTS: Final[Mapping[str, Callable[[_Settled], str]]] = {
    "ca": _render_ca,
    "secret": _render_secret,
    "env": _render_env,
    "manifest": _render_manifest,
    "patch": _render_patch,
    "kustomization": _render_kustomization,
    "helm": _render_helm,
}
"""What ``--part`` takes, and what prints it."""

_OF_A_MANIFEST: Final = ("manifest", "patch", "kustomization")

_OPTIONS: Final = {
    "part": Option(
        ("--part",),
        "what to print (default: `ca`, with `--manifest` that)",
        takes="values",
        metavar="NAME",
        choices=tuple(_PARTS),
        details="May be repeated. `ca`: the ConfigMap with the CAs. `secret`: the Secret with the proxy's "
        "password, which nothing else holds. `env`: a ConfigMap for `envFrom`. `manifest`: the manifest with "
        "what its pods need. `patch`: a strategic merge patch for it. `kustomization`: a component with the "
        "patches. `helm`: values of the chart `prefect-worker`.",
    ),
    "manifest": Option(
        ("--manifest",),
        "YAML or JSON whose pods get variables, volume and mounts, in every container; `-` is standard input",
        metavar="FILE",
    ),
    "ca_from": Option(
        ("--ca-from",), "what brings the CAs into the pods (default: configmap)", choices=_CA_FROM
    ),
    "api_server": Option(
        ("--api-server",),
        "the address of the cluster's API, for NO_PROXY (default: the kubelet puts it in)",
        metavar="ADDRESS",
    ),
    **PLACE_OPTIONS,
}

COMMANDS = {"kubernetes": Command(run, KubernetesResult, _OPTIONS)}
