"""What a check says inside a container: the image or the pod has to change, and no ``setup`` helps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TITLES: Final = {"image": "the image of this container", "kubernetes": "this pod"}

_CONTAINER_CAUSES: Final = {
    "ca-missing": "container-ca-missing",
    "bundle-missing": "container-file-missing",
    "ca-file-missing": "container-file-missing",
}
"""Cause → the cause inside a container, where the image or the pod has to change."""

_CA_LINES: Final = {
    "image": "build the image with the CA: `proxyenv image write DIR --ca FILE` writes the lines for it",
    "kubernetes": "mount the CA: `proxyenv kubernetes --ca FILE` prints the ConfigMap and the patch",
}
_MOUNT: Final = "mount it: `proxyenv kubernetes` prints the ConfigMap and the patch"


def judge_missing(place: str, missing: Iterable[tuple[str, str]]) -> Iterator[Outcome]:
    """One outcome for each variable that names a file that is not there.

    Args:
        place: ``image`` or ``kubernetes``.
        missing: the variables and the files.
    """
    for name, path in missing:
        detail = f"`{name}` names `{path}`, which is not in {_TITLES[place]}"
        yield Outcome(
            f"environment [{name}]", "failed", "container-file-missing", detail, _name_line(place, path)
        )


def place_outcome(outcome: Outcome, place: str) -> Outcome:
    """*outcome*; where the image or the pod lacks something, with its own cause and hint."""
    cause = _CONTAINER_CAUSES.get(outcome.cause or "")
    if cause is None or outcome.status == "ok":
        return outcome
    return outcome._replace(cause=cause, hint=_CA_LINES[place])


def _name_line(place: str, path: str) -> str:
    if place == "kubernetes":
        return _MOUNT
    return f"in its Dockerfile: `COPY --chmod=0644 {path.rpartition('/')[2]} {path}`"
