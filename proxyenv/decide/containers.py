"""What a check says inside a container: the image or the pod has to change, and no ``setup`` in it helps."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.model.installation import BUNDLE, CORPORATE
from proxyenv.model.place import HAND_ON
from proxyenv.model.report import Outcome
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_TITLES: Final = {"image": "the image of this container", "kubernetes": "this pod"}

_CAUSES: Final = {
    "ca-missing": "container-ca-missing",
    "bundle-missing": "container-file-missing",
    "ca-file-missing": "container-file-missing",
}
"""What is the image's or the pod's affair inside a container."""

_FOLDER: Final = "proxyenv-files"
_CA_LINES: Final = {
    "image": f"build the image with the CA: `proxyenv image write {_FOLDER} --ca FILE` writes its lines",
    "kubernetes": "mount the CA: `proxyenv kubernetes --ca FILE` prints the ConfigMap and the patch",
}
_MOUNT: Final = "mount it: `proxyenv kubernetes` prints the ConfigMap and the patch"

_DOCKERFILE: Final = "the Dockerfile of the image"
_BUILT_CA: Final = f"/etc/proxyenv/{CORPORATE}"
_BUILT_CA_LINES: Final = (
    f"in {_DOCKERFILE}: `COPY {CORPORATE} {_BUILT_CA}`, then `RUN proxyenv setup --ca {_BUILT_CA} --yes "
    "--no-check`"
)
_ENTRYPOINT: Final = f'in {_DOCKERFILE}: `ENTRYPOINT ["proxyenv", "run", "--"]`, for every command'

_COMMAND: Final = re.compile(r"`(?:run )?proxyenv (setup|refresh|trust install)((?: [^`]*)?)`")
_CREDENTIALS: Final = "USER@"
_WRITERS: Final = {"image": f"proxyenv image write {_FOLDER}", "kubernetes": "proxyenv kubernetes"}
_SECRET_COMMANDS: Final = {
    "image": HAND_ON,
    "kubernetes": "proxyenv kubernetes --part secret --proxy USER@HOST:PORT --proxy-password-file FILE",
}
_SECRET_LINES: Final = {
    "image": f"start the container with them: `{_SECRET_COMMANDS['image']}` takes those of your shell",
    "kubernetes": f"give them to the pod: `{_SECRET_COMMANDS['kubernetes']}` prints the Secret",
}
"""No image holds a password: the container gets it when it starts."""


class Inside(NamedTuple):
    """The container that a check runs in.

    Args:
        place: ``image`` or ``kubernetes``.
        is_set_up: whether ``setup`` ran while the image was built.
        missing: the variables that name a file that is not there, with the file.
    """

    place: str
    is_set_up: bool = False
    missing: Mapping[str, str] = MappingProxyType({})


def judge_missing(inside: Inside) -> Iterator[Outcome]:
    """One outcome for each variable that names a file that is not there."""
    for name, path in inside.missing.items():
        detail = f"`{name}` names `{path}`, which is not in {_TITLES[inside.place]}"
        hint = _name_line(inside.place, path)
        yield Outcome(f"environment [{name}]", "failed", "container-file-missing", detail, hint)


def place_outcomes(outcomes: Iterable[Outcome], inside: Inside) -> tuple[Outcome, ...]:
    """The same; where the image or the pod lacks something, with its cause and the line that brings it."""
    return tuple(each if each.status == "ok" else _place(each, inside) for each in outcomes)


def _place(outcome: Outcome, inside: Inside) -> Outcome:
    if outcome.cause in {"shadowed", "not-sourced"} and outcome.check.startswith("environment"):
        return _place_variables(outcome, inside)
    hint = outcome.hint and place_hint(outcome.hint, inside)
    cause = _CAUSES.get(outcome.cause or "")
    if outcome.cause == "missing" and outcome.check.endswith((f"{BUNDLE}]", f"{CORPORATE}]")):
        cause = "container-file-missing"
    elif outcome.cause == "proxy-credentials-wanted":
        hint = _SECRET_LINES[inside.place]
    elif cause == "container-ca-missing":
        hint = _BUILT_CA_LINES if inside.is_set_up else _CA_LINES[inside.place]
    elif cause is not None and not inside.is_set_up:
        hint = _MOUNT if inside.place == "kubernetes" else _CA_LINES["image"]
    return outcome._replace(cause=cause or outcome.cause, hint=hint)


def _place_variables(outcome: Outcome, inside: Inside) -> Outcome:
    """What shadows the written variables, or that there are none: no shell of a container sources a file."""
    if outcome.cause == "not-sourced":
        return outcome._replace(hint=_ENTRYPOINT)
    names = outcome.check.partition("[")[2].rstrip("]").split(", ")
    path = next((inside.missing[name] for name in names if name in inside.missing), None)
    if path is not None:
        return outcome._replace(cause="container-file-missing", hint=_name_line(inside.place, path))
    listed = ", ".join(f"`{name}`" for name in names)
    where = "the manifest of this pod" if inside.place == "kubernetes" else f"`ENV` of {_DOCKERFILE}"
    return outcome._replace(hint=f"leave {listed} out of {where}")


def place_hint(hint: str, inside: Inside) -> str:
    """The same, where it would set up a machine, with what changes the image or the pod."""
    return _COMMAND.sub(lambda found: _rewrite(found[1], found[2], inside), hint)


def _rewrite(verb: str, options: str, inside: Inside) -> str:
    if _CREDENTIALS in options:
        return f"`{_SECRET_COMMANDS[inside.place]}`"
    if not inside.is_set_up:
        return f"`{_WRITERS[inside.place]}{options}`"
    unasked = " --yes" if verb == "trust install" else " --yes --no-check"
    return f"`RUN proxyenv {verb}{options}{unasked}` in {_DOCKERFILE}"


def _name_line(place: str, path: str) -> str:
    if place == "kubernetes":
        return _MOUNT
    return f"in its Dockerfile: `COPY --chmod=0644 {path.rpartition('/')[2]} {path}`"
