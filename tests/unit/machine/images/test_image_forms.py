"""The forms in which builders write images, in files and in directories; what is no image beside them."""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.decide.images.secrets import Known
from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.source import read_image_file
from support.image_archives import (
    Layer,
    Packing,
    link,
    make_archive,
    pack,
    render_layer,
    write_oci_layout,
)
from support.scanning import read, refused

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.image import Image

KEY: Final = b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 64 + b"\n-----END PRIVATE KEY-----\n"
LAYER: Final = render_layer({"key": KEY})
CONFIG: Final = b'{"config": {}, "rootfs": {"type": "layers"}}'
TEXT: Final = b'<?xml version="1.0"?><bom/>'


def find_digest(blob: bytes) -> str:
    return hashlib.sha256(blob).hexdigest()


def describe(blob: bytes, **more: Any) -> dict[str, Any]:
    return {"digest": f"sha256:{find_digest(blob)}", **more}


def make_manifest(*layers: bytes, config: bytes = CONFIG) -> bytes:
    """As a registry has it."""
    return json.dumps({"config": describe(config), "layers": list(map(describe, layers))}).encode()


def make_docker(name: str, layer: bytes) -> Layer:
    """What `docker load` takes, with a layer of that name."""
    manifest = json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": [name]}])
    return {"c.json": CONFIG, name: layer, "manifest.json": manifest}


def make_skopeo(layer: bytes) -> Layer:
    """What `skopeo copy … dir:` writes."""
    blobs = {find_digest(each): each for each in (CONFIG, layer)}
    return {"version": "Directory Transport Version: 1.1\n", "manifest.json": make_manifest(layer), **blobs}


def make_layout(manifests: list[dict[str, Any]], *blobs: bytes) -> Layer:
    index = json.dumps({"manifests": manifests})
    return {"index.json": index, **{f"blobs/sha256/{find_digest(each)}": each for each in blobs}}


def unpack(root: Path, parts: Mapping[str, Any]) -> Path:
    return write_oci_layout(root, render_layer(parts))


def scan(root: Path) -> tuple[Image, ...]:
    return read_image_file(root, "x", Known(), lambda _: None)


def find_keys(images: tuple[Image, ...]) -> list[str]:
    return [hit.path for image in images for layer in image.layers for hit in layer.hits]


def find_refusal(root: Path) -> str:
    with pytest.raises(DiscoveryError) as caught:
        scan(root)
    assert caught.value.code == "image-unreadable"
    assert caught.value.hint
    return caught.value.message


PACKED: Final = pack(LAYER, "gzip")
MANIFEST: Final = make_manifest(LAYER)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(make_docker("l/layer.tar", LAYER), id="docker save"),
        pytest.param(make_docker("l.tar.gz", PACKED), id="kaniko"),
        pytest.param(make_docker("l.tar", LAYER) | {"repositories": "{}"}, id="docker save, old"),
        pytest.param(make_skopeo(LAYER), id="skopeo"),
        pytest.param(make_skopeo(PACKED), id="skopeo, compressed"),
        pytest.param(
            make_layout([describe(MANIFEST)], CONFIG, LAYER, MANIFEST), id="a layout without a mark"
        ),
    ],
)
def test_a_directory_of_an_image_is_no_root(tmp_path: Path, parts: Layer) -> None:
    assert find_keys(scan(unpack(tmp_path, parts))) == ["key"]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        pytest.param({"oci-layout": "{}", "blobs/sha256/a": LAYER}, "is no image", id="no index"),
        pytest.param({"blobs/sha256/a": LAYER}, "is no image", id="blobs alone"),
        pytest.param({"oci-layout": "{}", "a": LAYER}, "is no image", id="a mark alone"),
        pytest.param({"index.json": "{}", "blobs/a": LAYER}, "is no image", id="an index of nothing"),
        pytest.param({"manifest.json": '{"manifests": []}', "a": LAYER}, "of several images", id="a list"),
        pytest.param({"manifest.json": '{"fsLayers": []}', "a": LAYER}, "of an old form", id="schema 1"),
        pytest.param({"manifest.json": '[{"Layers": ["gone"]}]'}, "lacks the configuration", id="no parts"),
        pytest.param({"manifest.json": '[{"Layers": [], "layers": []}]'}, "twice", id="a key twice"),
        pytest.param({"manifest.json": "[{"}, "no JSON", id="broken"),
        pytest.param({"manifest.json": "[]" + " " * 5_000_000}, "no JSON", id="large"),
        pytest.param(
            {"m": '[{"Layers": []}]', "manifest.json": link("m"), "a": LAYER}, "no JSON", id="a link"
        ),
    ],
)
def test_a_directory_that_may_hold_an_image_is_refused(tmp_path: Path, parts: Layer, reason: str) -> None:
    assert reason in find_refusal(unpack(tmp_path, parts))


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"manifest.json": '{"name": "app", "icons": []}'}, id="a page's"),
        pytest.param({"manifest.json": '[{"url": "/a", "revision": null}]'}, id="a list of another kind"),
        pytest.param({"app/manifest.json": '[{"Layers": [], "Config": "c"}]'}, id="an image's, below"),
        pytest.param({"app/index.json": "{}", "app/blobs/sha256/a": "x"}, id="a layout, below"),
        pytest.param({"index.json": "{}"}, id="an index without blobs"),
    ],
)
def test_a_root_that_has_such_a_name_is_a_root(tmp_path: Path, parts: Layer) -> None:
    (image,) = scan(unpack(tmp_path, {**parts, "root/key": KEY}))
    assert image.config is None
    assert find_keys((image,)) == ["root/key"]


@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="there is no question for holes")
def test_a_layer_with_holes_is_read_whole(tmp_path: Path) -> None:
    layer = render_layer({"zeros": bytes(2**22), "key": KEY, "more": b"x" * 2**22})
    root = unpack(tmp_path, make_docker("l.tar", b"x"))
    with (root / "l.tar").open("wb") as file:
        file.write(layer[:512])
        file.seek(2**22, os.SEEK_CUR)
        file.write(layer[512 + 2**22 :])
    assert find_keys(scan(root)) == ["key"]


def test_a_part_that_cannot_be_listed_is_no_part_that_is_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = unpack(tmp_path, make_docker("l/layer.tar", LAYER))
    listed = os.scandir

    def refuse(path: str) -> Any:
        if path.endswith("l"):
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert "holds `/l`, which cannot be listed" in find_refusal(root)


@pytest.mark.parametrize("packing", ["none", "gzip", "zstd"])
@pytest.mark.parametrize("name", ["l.tar.gz", "l.tgz", "sha256:0123", "l"])
def test_a_layer_has_any_name(name: str, packing: Packing) -> None:
    assert find_keys(read(render_layer(make_docker(name, pack(LAYER, packing))))) == ["key"]


def test_a_layer_of_nothing_has_any_name() -> None:
    (image,) = read(render_layer(make_docker("l", bytes(1024))))
    assert [len(layer.nodes) for layer in image.layers] == [0]


@pytest.mark.parametrize(("name", "content"), [("l.tar.gz", b"BZh9" + b"1" * 600), ("l.tar.gz", b"x" * 600)])
def test_a_layer_of_another_form_is_refused_by_its_form(name: str, content: bytes) -> None:
    reason = refused(render_layer(make_docker(name, content)))
    assert "bzip2" in reason or "is no tar" in reason


CHART: Final = pack(render_layer({"chart.yaml": "a"}), "gzip")


@pytest.mark.parametrize(
    ("config", "layers"),
    [
        pytest.param(b"{}", (TEXT,), id="a list of packages"),
        pytest.param(b'{"name": "x"}', (CHART, b"-----BEGIN PGP SIGNED MESSAGE-----\n"), id="a chart"),
    ],
)
def test_an_artifact_beside_an_image_is_left_out_and_said(config: bytes, layers: tuple[bytes, ...]) -> None:
    artifact = make_manifest(*layers, config=config)
    blobs = (config, *layers, artifact)
    alone = render_layer(make_layout([describe(artifact)], *blobs))
    assert "holds no image that can be scanned" in refused(alone)
    both = make_layout([describe(artifact), describe(MANIFEST)], CONFIG, LAYER, MANIFEST, *blobs)
    (image,) = read(render_layer(both))
    assert find_keys((image,)) == ["key"]
    shown = find_digest(artifact)[:12]
    expected = (
        f"left out: `{shown}`, which is no image but an artifact, such as a chart or a list of packages"
    )
    assert image.notes == (expected,)


@pytest.mark.parametrize(
    ("config", "layers"),
    [
        pytest.param(CONFIG, (LAYER, b"\x01encrypted"), id="a layer of an unknown form"),
        pytest.param(CONFIG, (b"\x01encrypted",), id="only such a layer"),
        pytest.param(b"{}", (LAYER, PACKED[:60]), id="a layer that is cut off"),
    ],
)
def test_an_image_that_cannot_be_read_is_no_artifact(config: bytes, layers: tuple[bytes, ...]) -> None:
    other = make_manifest(*layers, config=config)
    types = {"artifactType": "application/vnd.example"}
    manifests = [describe(MANIFEST), describe(other, **types)]
    parts = make_layout(manifests, CONFIG, LAYER, MANIFEST, config, *layers, other)
    assert "cut off" in refused(render_layer(parts))


def test_a_platform_of_which_nothing_is_there_is_left_out_and_said() -> None:
    other = make_manifest(b"its layer", config=b"its configuration")
    platforms = [
        describe(each, platform={"os": "linux", "architecture": name})
        for name, each in (("amd64", MANIFEST), ("arm64", other))
    ]
    inner = json.dumps({"manifests": platforms}).encode()
    blobs = (CONFIG, LAYER, MANIFEST, other, inner)
    (image,) = read(render_layer(make_layout([describe(inner)], *blobs)))
    assert image.notes == ("left out: `(linux/arm64)`, of which nothing is in the archive",)
    partly = make_layout([describe(inner)], *blobs, b"its layer")
    assert "lacks the configuration" in refused(render_layer(partly))
    alone = make_layout([describe(other)], other)
    assert "of which nothing is in the archive" in refused(render_layer(alone))


def test_a_part_that_nobody_reads_may_be_there_twice() -> None:
    parts = make_archive({"key": KEY})
    twice = render_layer({"repositories": "{}"})[:1024] + render_layer({"repositories": '{"a": 1}'})[:1024]
    assert find_keys(read(twice + parts)) == ["key"]
