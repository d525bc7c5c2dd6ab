"""``proxyenv image scan``: what leaks from an image, and what will break in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.commands.arguments import choose_options, read_request
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.terminal import printable, render_count
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.commands.command import Session
    from proxyenv.decide.images.evidence import Expected
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.image import Image, ImageFind

_DAEMON: Final = "docker://"


@dataclass(frozen=True, slots=True)
class FoundInImage:
    """Something that leaks or breaks. No secret is in it.

    Args:
        image: the name that the archive gives the image; empty where it gives none.
        cause: its code; the codes are [here](codes.md).
        layer: the number of the layer, from 1; `null` for the configuration.
        path: the file, or the part of the configuration, such as `config.Env`.
        line: the line of the file, or `null`.
        detail: what it is.
        avoid: the line of the Dockerfile that avoids it.
        hidden: whether a layer above removes or replaces the file, which anybody can still read.
    """

    image: str
    cause: str
    layer: int | None
    path: str
    line: int | None
    detail: str
    avoid: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class ScannedImage:
    """An image that was scanned.

    Args:
        name: as the archive names it.
        layers: the names of its layers, the lowest first.
        notes: what could not be judged.
    """

    name: str
    layers: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImageScanResult:
    """What was found.

    Args:
        source: what was named.
        images: what it holds; an archive may have several.
        finds: of all images, what leaks first.
    """

    source: str
    images: tuple[ScannedImage, ...]
    finds: tuple[FoundInImage, ...]


def run(session: Session) -> Reply:
    """Scan an image; status 1 where something leaks or will break.

    Raises:
        DiscoveryError: the image is not there or cannot be read to its end.
        TrustError: ``--ca`` names something that holds no certificate, or one with another fingerprint.
    """
    from proxyenv.decide.images.judgement import judge_image
    from proxyenv.machine.images.evidence import read_evidence, read_expected
    from proxyenv.machine.installation import read_installation

    installation = read_installation(session.host)
    expected = read_expected(session.host, installation, _read_given(session))
    scanned, finds = [], []
    for image in _read(session, expected):
        found = judge_image(read_evidence(image, expected, session.now))
        finds += [_describe(image, each) for each in found]
        names = tuple(layer.name for layer in image.layers)
        scanned.append(ScannedImage(image.name, names, tuple(_find_notes(image))))
    result = ImageScanResult(session.options.image, tuple(scanned), tuple(finds))
    return Reply(result, _render(session, result), "failed" if finds else "ok")


def _read_given(session: Session) -> tuple[Certificate, ...]:
    """The corporate CAs that ``--ca`` names."""
    if not session.options.ca:
        return ()
    from proxyenv.commands.downloads import read_cas

    sources = read_cas(session, read_request(session))
    return tuple(each for source in sources for each in source.content.certificates)


def _read(session: Session, expected: Expected) -> tuple[Image, ...]:
    from proxyenv.machine.images.source import read_image_file, read_image_stream

    name, host = session.options.image, session.host
    with session.terminal.watch() as progress:
        if not name.startswith(_DAEMON):
            return read_image_file(host.absolute(name), name, expected.known, progress)
        from proxyenv.checks.docker_daemon import export_image

        reference = name.removeprefix(_DAEMON)
        with export_image(reference, host.environment) as chunks:
            return read_image_stream(chunks, reference, expected.known, progress)


def _describe(image: Image, find: ImageFind) -> FoundInImage:
    return FoundInImage(
        image=image.name,
        cause=find.cause,
        layer=find.layer,
        path=find.path,
        line=find.line,
        detail=find.detail,
        avoid=find.avoid,
        hidden=find.is_hidden,
    )


def _find_notes(image: Image) -> Iterator[str]:
    yield from image.notes
    for number, layer in enumerate(image.layers, start=1):
        yield from (f"layer {number}: {note}" for note in layer.notes)
        if not layer.is_whole:
            yield f"layer {number} has more files than are kept: what is missing cannot be judged"


def _render(session: Session, result: ImageScanResult) -> Iterator[str]:
    for each in result.images:
        yield printable(f"{each.name or result.source}: {render_count(len(each.layers), 'layer')}")
        yield from (printable(f"  note: {note}") for note in each.notes)
    for find in result.finds:
        yield ""
        several = f"{find.image}: " if len(result.images) > 1 else ""
        yield f"{session.paint(find.cause, 'failed')}  {printable(f'{several}{_locate(find)}')}"
        yield printable(f"  {find.detail}{_hidden(find)}")
        yield printable(f"  avoid it by {find.avoid}")
    yield ""
    yield _render_verdict(session, len(result.finds))


def _locate(find: FoundInImage) -> str:
    line = f", line {find.line}" if find.line else ""
    layer = f", layer {find.layer}" if find.layer else ""
    return f"{find.path}{line}{layer}"


def _hidden(find: FoundInImage) -> str:
    return "; a layer above removes the file, and anybody can still read it" if find.hidden else ""


def _render_verdict(session: Session, count: int) -> str:
    if not count:
        return session.paint("nothing leaks, and nothing is known to break", "ok")
    words = f"{render_count(count, 'find')}; `proxyenv explain CAUSE` says more about each"
    return session.paint(words, "failed")


_OPTIONS = {
    "image": Option(
        ("IMAGE",),
        "a file of `docker save`, an OCI layout, a `dir:` of skopeo, a root directory, or docker://NAME",
        metavar="IMAGE",
        details="Archives and layers may be compressed by gzip or zstd. `docker://NAME` asks the daemon at "
        "`/var/run/docker.sock`, or at the socket that `DOCKER_HOST` names.",
    ),
    **choose_options("ca", "fingerprints", "ca_password_env", "ca_password_file"),
}

COMMANDS = {"image scan": Command(run, ImageScanResult, _OPTIONS)}
