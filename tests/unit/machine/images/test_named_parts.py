"""Which image an archive names, where it says so twice: nobody gets another one than was judged."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any, Final, Literal

import pytest

from support.image_archives import Form, Item, Layer, link, make_archive, render_layer
from support.scanning import read, refused

CLEAN: Final = render_layer({"clean": "x"})
EVIL: Final = render_layer({"evil": "x"})
CONFIG: Final = b"{}"
MANIFEST: Final = json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l/layer.tar"]}])
END: Final = bytes(1024)


def join(parts: list[tuple[str, Item | bytes | str]]) -> bytes:
    """One tar of several of one file each."""
    return b"".join(trim(render_layer({name: part})) for name, part in parts) + END


def trim(tar: bytes) -> bytes:
    """A tar without its end."""
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        opened.getmembers()
        return tar[: opened.offset]


def pack(*parts: tuple[str, Item | bytes | str]) -> bytes:
    """An archive of Docker's whose layer is `l/layer.tar`; parts may have one name."""
    return join([("c.json", CONFIG), ("manifest.json", MANIFEST), *parts])


def hard(target: str) -> Item:
    return Item(kind="hard link", target=target)


def describe(blob: bytes, **more: Any) -> dict[str, Any]:
    return {"digest": f"sha256:{hashlib.sha256(blob).hexdigest()}", "size": len(blob), **more}


def make_blobs(*blobs: bytes) -> Layer:
    return {f"blobs/sha256/{hashlib.sha256(each).hexdigest()}": each for each in blobs}


def make_index(layer: bytes, config: bytes = b'{"config": {}}', **more: Any) -> Layer:
    """The parts of an OCI layout with one image of one layer."""
    manifest = json.dumps({"config": describe(config), "layers": [describe(layer)]}).encode()
    index = json.dumps({"manifests": [describe(manifest, **more)]})
    return {"oci-layout": "{}", "index.json": index, **make_blobs(config, layer, manifest)}


def list_files(archive: bytes) -> list[list[str]]:
    """Of each image the files."""
    return [[path for layer in image.layers for path in layer.nodes] for image in read(archive)]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(
            [("d/layer.tar", CLEAN), ("l/layer.tar", link("../d/layer.tar")), ("l/layer.tar", EVIL)],
            id="a link, then a file",
        ),
        pytest.param(
            [("d/layer.tar", EVIL), ("l/layer.tar", CLEAN), ("l/layer.tar", link("../d/layer.tar"))],
            id="a file, then a link",
        ),
        pytest.param(
            [("d/layer.tar", EVIL), ("l/layer.tar", hard("d/layer.tar")), ("d/layer.tar", CLEAN)],
            id="a hard link to what is written over",
        ),
        pytest.param([("l/layer.tar", CLEAN), ("l/layer.tar", EVIL)], id="two files"),
        pytest.param([("l/layer.tar", CLEAN), ("l/layer.tar", b"")], id="a file, then an empty one"),
        pytest.param([("l/layer.tar", CLEAN), ("c.json", b'{"config": {}}')], id="two configurations"),
        pytest.param([("l/layer.tar", CLEAN), ("./manifest.json", "[]")], id="two manifests"),
    ],
)
def test_a_part_that_is_there_twice_and_not_alike_is_refused(
    parts: list[tuple[str, Item | bytes | str]],
) -> None:
    assert "twice, and not alike" in refused(pack(*parts))


def test_a_part_that_is_there_twice_alike_is_read() -> None:
    twice = pack(("l/layer.tar", CLEAN), ("l/layer.tar", CLEAN), ("c.json", CONFIG))
    assert list_files(twice) == [["clean"]]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([("d/layer.tar", CLEAN), ("l", link("d")), ("l/layer.tar", EVIL)], id="a link before"),
        pytest.param([("d/layer.tar", EVIL), ("l/layer.tar", CLEAN), ("l", link("d"))], id="a link after"),
        pytest.param([("l/layer.tar", CLEAN), ("l", b"x")], id="a file"),
    ],
)
def test_a_part_below_what_is_no_directory_is_refused(parts: list[tuple[str, Item | bytes | str]]) -> None:
    assert refused(pack(*parts)) == "`x.tar` has parts below `l`, which is no directory"


@pytest.mark.parametrize("form", ["docker", "oci", "docker 25"])
def test_what_docker_writes_is_one_image(form: Form) -> None:
    assert list_files(make_archive({"a": "x"}, {"b": "x"}, {"a": "x"}, form=form)) == [["a", "b", "a"]]


def test_an_index_that_names_another_image_than_the_manifest_is_read_too() -> None:
    both = pack(("l/layer.tar", CLEAN), *make_index(EVIL).items())
    assert list_files(both) == [["clean"], ["evil"]]


def test_an_image_of_the_index_that_is_not_there_is_left_out() -> None:
    parts = make_index(EVIL)
    there = [each for each in parts.items() if each[1] not in {EVIL, b'{"config": {}}'}]
    assert list_files(pack(("l/layer.tar", CLEAN), *there)) == [["clean"]]


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'{"manifests": ["\xff"]}', id="not UTF-8"),
        pytest.param(b"[" * 200, id="deep"),
        pytest.param(b"{}" + b" " * 5_000_000, id="large"),
        pytest.param(link("other.json"), id="a link"),
    ],
)
def test_what_names_images_and_cannot_be_read_is_refused(name: str, content: bytes | Item) -> None:
    parts: Layer = {
        **make_index(CLEAN),
        "c.json": CONFIG,
        "l/layer.tar": CLEAN,
        "manifest.json": MANIFEST,
        name: content,
    }
    message = f"`x.tar` cannot be read: of what names its images, `{name}` is no JSON"
    assert refused(render_layer(parts)) == message


@pytest.mark.parametrize("changed", ["layers", "Config", "RepoTags"])
def test_a_key_in_other_letters_counts_as_it_does_for_docker(changed: str) -> None:
    other = changed.swapcase()
    text = MANIFEST.replace(changed, other) if changed in MANIFEST else MANIFEST.replace("Layers", "layers")
    parts: Layer = {"c.json": CONFIG, "l/layer.tar": EVIL, "manifest.json": text}
    assert list_files(render_layer(parts)) == [["evil"]]
    twice = MANIFEST.replace('"Config"', '"Layers": [], "layers": [], "Config"')
    assert "has `Layers` twice" in refused(render_layer(parts | {"manifest.json": twice}))


def test_a_variable_in_a_key_of_other_letters_is_seen() -> None:
    parts: Layer = {"l/layer.tar": CLEAN, "manifest.json": MANIFEST}
    (image,) = read(render_layer(parts | {"c.json": '{"CONFIG": {"env": ["A=b"]}}'}))
    assert image.config is not None
    assert image.config.environment == {"A": "b"}
    twice = '{"config": {"Env": [], "env": ["A=b"]}}'
    message = "`x.tar` cannot be read: of the configuration, it has `Env` twice"
    assert refused(render_layer(parts | {"c.json": twice})) == message


@pytest.mark.parametrize("piece", [1, 7, 100_000])
@pytest.mark.parametrize(
    "config",
    [
        pytest.param({"config": {"Labels": {"a": "in-toto"}}}, id="a label"),
        pytest.param({"config": {"Env": ["A=https://in-toto.io"]}, "_type": "in-toto"}, id="a type"),
        pytest.param({"payloadType": "application/vnd.in-toto+json", "config": {}}, id="an envelope"),
    ],
)
def test_a_configuration_that_mentions_a_statement_is_one(config: dict[str, Any], piece: int) -> None:
    parts: Layer = {"c.json": json.dumps(config), "l/layer.tar": CLEAN, "manifest.json": MANIFEST}
    assert len(read(render_layer(parts), piece)) == 1


@pytest.mark.parametrize("kind", ["statement", "envelope", "signature"])
def test_what_is_stated_of_an_image_is_no_image(kind: Literal["statement", "envelope", "signature"]) -> None:
    large = "a" * 3_000_000
    kinds: dict[str, dict[str, Any]] = {
        "statement": {"_type": "https://in-toto.io/Statement/v0.1", "predicate": large},
        "envelope": {"payloadType": "application/vnd.in-toto+json", "payload": large},
        "signature": {"critical": {"type": "cosign"}},
    }
    stated = kinds[kind]
    first = make_index(CLEAN)
    for number in range(7):  # more than is kept of documents
        layer = json.dumps({**stated, **({"subject": [number]} if kind == "statement" else {})}).encode()
        more = make_index(layer, b"{}")
        index, named = json.loads(str(first["index.json"])), json.loads(str(more["index.json"]))
        index["manifests"] += named["manifests"]
        first = {**more, **first, "index.json": json.dumps(index)}
    assert list_files(render_layer(first)) == [["clean"]]


def test_an_image_that_calls_itself_a_statement_is_read() -> None:
    note: dict[str, Any] = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    assert list_files(render_layer(make_index(EVIL, **note))) == [["evil"]]


def test_a_statement_of_any_size_is_passed_over() -> None:
    note: dict[str, Any] = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    first = make_index(CLEAN)
    more = make_index(
        b'{"_type": "https://in-toto.io/Statement/v1", "a": "' + b"a" * 5_000_000 + b'"}', **note
    )
    manifests = [json.loads(str(each["index.json"]))["manifests"][0] for each in (first, more)]
    parts = {**more, **first, "index.json": json.dumps({"manifests": manifests})}
    assert list_files(render_layer(parts)) == [["clean"]]


def test_a_document_that_has_a_tar_in_its_text_is_a_document() -> None:
    config = json.dumps({"a": "x" * 250 + "ustar" * 10, "config": {"Env": ["A=b"]}})
    parts: Layer = {"c.json": config, "l/layer.tar": CLEAN, "manifest.json": MANIFEST}
    (image,) = read(render_layer(parts))
    assert image.config is not None
    assert image.config.environment == {"A": "b"}


def test_a_repository_of_many_tags_is_read() -> None:
    manifest = json.dumps({"config": describe(b"{}"), "layers": [describe(CLEAN)]}).encode()
    tags = [
        describe(manifest, annotations={"org.opencontainers.image.ref.name": f"v{number}"})
        for number in range(300)
    ]
    index = json.dumps({"manifests": tags})
    images = read(render_layer({"index.json": index, **make_blobs(b"{}", CLEAN, manifest)}))
    assert [image.name for image in images] == [f"v{number}" for number in range(300)]
