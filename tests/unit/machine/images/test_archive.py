"""Archives as hostile images have them: refused, or passed over; never followed, never unpacked."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import tarfile
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from proxyenv.decide.images.secrets import Known
from proxyenv.decide.images.tree import ImageTree
from proxyenv.errors import DiscoveryError
from proxyenv.machine.images import entries, reader
from proxyenv.machine.images import layer as layers
from proxyenv.machine.images.source import read_image_file, read_image_stream
from support.image_archives import Item, directory, link, make_archive, pack, render_layer, write_oci_layout
from support.scanning import read, refused

if TYPE_CHECKING:
    from collections.abc import Iterator


KEY = b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 64 + b"\n-----END PRIVATE KEY-----\n"


def wrap(layer: bytes) -> bytes:
    """An archive whose only layer is that."""
    return render_layer(
        {
            "a/layer.tar": layer,
            "c.json": "{}",
            "manifest.json": '[{"Config": "c.json", "Layers": ["a/layer.tar"]}]',
        }
    )


def craft(name: str, *, size: int | None = None, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    """One header, and nothing behind it."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.size = kind, target, size or 0
    return entry.tobuf(tarfile.GNU_FORMAT)


END = b"\0" * 1024


def test_a_path_that_leads_out_is_passed_over() -> None:
    (image,) = read(wrap(craft("../../etc/cron.d/x") + craft("ok") + END))
    assert list(image.layers[0].nodes) == ["ok"]
    assert image.layers[0].notes == ("passed over: an entry whose path leads out of the image",)


def test_a_hard_link_that_leads_out_is_passed_over() -> None:
    (image,) = read(wrap(craft("x", kind=tarfile.LNKTYPE, target="../../etc/shadow") + END))
    assert dict(image.layers[0].nodes) == {}


def test_an_absolute_path_is_inside() -> None:
    (image,) = read(wrap(craft("/etc//./passwd") + END))
    assert list(image.layers[0].nodes) == ["etc/passwd", "etc"]


def test_symlinks_in_a_circle_lead_nowhere() -> None:
    (image,) = read(make_archive({"a": link("b"), "b": link("/a"), "c": link("../../../d"), "d": "x"}))
    tree = ImageTree(image.layers)
    assert tree.follow("a/x").node is None
    assert tree.follow("c").path == "d"


def test_a_header_that_wants_gigabytes_is_refused() -> None:
    assert "header" in refused(wrap(craft("x", size=4 * 1024**3, kind=tarfile.XHDTYPE) + END))
    assert "header" in refused(wrap(craft("x", size=4 * 1024**3, kind=tarfile.GNUTYPE_LONGNAME) + END))


def test_a_negative_size_is_refused() -> None:
    assert "backwards" in refused(wrap(craft("x", size=-(2**40)) + END))


def test_what_is_cut_off_is_refused() -> None:
    whole = make_archive({"x": b"y" * 100_000})
    assert "cut off" in refused(whole[: len(whole) // 2])


def test_a_layer_that_is_cut_off_is_refused() -> None:
    assert "cut off" in refused(wrap(gzip.compress(render_layer({"x": b"y" * 100_000}))[:-20]))
    assert "cut off" in refused(wrap(pack(render_layer({"x": b"y" * 100_000}), "zstd")[:-20]))


def test_a_broken_header_in_the_middle_is_not_the_end() -> None:
    layer = render_layer({"x": "y"})[:1024] + b"\x01" * 512 + render_layer({"secret.pem": KEY})
    assert "broken header" in refused(wrap(layer))


def test_a_layer_with_bytes_that_are_no_tar_is_refused() -> None:
    assert "no tar" in refused(wrap(b"\x02" * 5000))


def test_the_hint_names_a_file_and_no_layer() -> None:
    with pytest.raises(DiscoveryError) as caught:
        read(wrap(b"\x02" * 5000))
    assert caught.value.hint == "write it again: `docker save -o image.tar IMAGE`"


def test_another_compression_is_named() -> None:
    assert "bzip2" in refused(wrap(b"BZh91AY&SY" + b"\0" * 1000))


@pytest.mark.parametrize(
    "archive",
    [
        pytest.param(render_layer({"x": "y"}), id="no image"),
        pytest.param(render_layer({"manifest.json": "["}), id="broken JSON"),
        pytest.param(render_layer({"manifest.json": "[" * 200_000}), id="deep JSON"),
        pytest.param(
            render_layer({"manifest.json": '[{"Config": 7, "Layers": {"a": 1}}]'}), id="other types"
        ),
        pytest.param(render_layer({"manifest.json": '[{"Config": "c", "Layers": ["gone"]}]'}), id="no layer"),
        pytest.param(render_layer({"index.json": '{"manifests": [7, {"digest": []}]}'}), id="odd index"),
        pytest.param(b"", id="empty"),
        pytest.param(b"hello", id="text"),
    ],
)
def test_what_is_no_image_is_refused(archive: bytes) -> None:
    refused(archive)


def test_a_layer_whose_first_file_has_a_brace_is_a_layer() -> None:
    (image,) = read(make_archive({"{": "x", "key": KEY}))
    assert [hit.path for hit in image.layers[0].hits] == ["key"]


def test_layers_that_are_equal_are_links() -> None:
    (image,) = read(make_archive({"key": KEY}, {"key": KEY}))
    assert [layer.hits[0].path for layer in image.layers] == ["key", "key"]


def test_a_layout_in_a_directory(tmp_path: Path) -> None:
    root = write_oci_layout(tmp_path, make_archive({"key": KEY}, form="oci", packing="zstd"))
    (image,) = read_image_file(root, "x", Known(), lambda _: None)
    assert [hit.path for hit in image.layers[0].hits] == ["key"]


def test_a_bomb_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader.Allowance.__init__, "__kwdefaults__", {"most": 10_000_000, "entries": 100})
    bomb = zlib.compressobj(9, wbits=31)
    packed = bomb.compress(craft("x", size=2**33)) + bomb.compress(b"\0" * 50_000_000) + bomb.flush()
    assert "more than any image has" in refused(wrap(packed))
    assert "more files" in refused(make_archive({f"f{number}": "" for number in range(200)}))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_more_compressed_parts_than_hold_anything_are_refused(packing: Literal["gzip", "zstd"]) -> None:
    empty, layer = pack(b"", packing), render_layer({"key": KEY})
    message = "`x.tar: a` is compressed in more parts than any image"
    assert refused(wrap(empty * 1100 + pack(layer, packing))) == message
    one = pack(craft("x", size=2000), packing) + pack(b"x", packing) * 1100
    assert refused(wrap(one)) == message


def test_skipped_frames_without_end_are_refused() -> None:
    frame = b"\x50\x2a\x4d\x18" + bytes(4)
    assert "more parts" in refused(wrap(frame * 1100 + pack(render_layer({"key": KEY}), "zstd")))


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_a_layer_that_is_compressed_file_by_file_is_read(packing: Literal["gzip", "zstd"]) -> None:
    layer = render_layer({f"{number}": "x" for number in range(3000)} | {"key": KEY})
    starts = sorted((*range(0, len(layer), 1024), *range(512, len(layer), 1024)))
    parts = [pack(layer[start : start + 512], packing) for start in starts]
    (image,) = read(wrap(b"".join(parts)))
    assert [hit.path for hit in image.layers[0].hits] == ["key"]
    assert len(image.layers[0].nodes) == 3001


def test_more_names_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_MOST_NAMES", 2000)
    (image,) = read(make_archive({f"f{number}": "" for number in range(100)} | {"key": KEY}))
    assert not image.layers[0].is_whole
    assert [hit.path for hit in image.layers[0].hits] == ["key"]


def test_a_directory_is_read_without_following_symlinks(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/key").write_bytes(KEY)
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "outside/key")
    if sys.platform != "win32":
        os.mkfifo(root / "pipe")
    (image,) = read_image_file(root, "x", Known(), lambda _: None)
    assert image.layers[0].hits == ()
    assert sorted(image.layers[0].links) == ["file", "link"]


@pytest.mark.timeout(20)
@pytest.mark.skipif(not hasattr(os, "SEEK_DATA"), reason="there is no question for holes")
def test_the_holes_of_a_file_are_left_out(tmp_path: Path) -> None:
    with (tmp_path / "core").open("wb") as file:
        file.seek(2**40)
        file.write(KEY)
        file.truncate(2**42)
    (image,) = read_image_file(tmp_path, "x", Known(), lambda _: None)
    assert [(hit.path, hit.line) for hit in image.layers[0].hits] == [("core", 1)]


def test_the_files_of_a_directory_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").write_bytes(b"x" * 600_000)
    (tmp_path / "two").write_bytes(b"x" * 600_000)
    monkeypatch.setattr(reader.Allowance.__init__, "__kwdefaults__", {"most": 1_000_000, "entries": 100})
    with pytest.raises(DiscoveryError, match="more than any image has"):
        read_image_file(tmp_path, "x", Known(), lambda _: None)
    monkeypatch.setattr(entries, "_MOST_LISTED", 1)
    with pytest.raises(DiscoveryError, match="`x` has more than 1 files in one directory"):
        read_image_file(tmp_path, "x", Known(), lambda _: None)


@pytest.mark.timeout(20)
def test_a_file_that_grows_is_read_to_the_size_it_had(tmp_path: Path) -> None:
    growing = tmp_path / "log"
    growing.write_bytes(b"x" * 1000)
    (entry,) = entries.read_directory(tmp_path, reader.Allowance("x"), lambda _: None)
    total = 0
    for part in entry.read():
        total += len(part)
        with growing.open("ab") as file:
            file.write(b"x" * 1000)
    assert total == 1000


def test_whiteouts_hide_what_is_below() -> None:
    (image,) = read(
        make_archive(
            {"a/": directory(), "a/x": "1", "a/y": "1", "b/z": "1"},
            {"a/.wh..wh..opq": "", "a/new": "2", ".wh.b": "", ".wh..wh.plnk": ""},
        )
    )
    tree = ImageTree(image.layers)
    assert [path for path in ("a/x", "a/y", "b/z", "a/new") if tree.find(path)] == ["a/new"]
    assert tree.children("a") == ("new",)


def test_more_whiteouts_than_are_kept_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "_MOST_NAMES", 2000)
    (image,) = read(make_archive({f".wh.f{number}": "" for number in range(100)} | {"etc/key": KEY}))
    (layer,) = image.layers
    assert (layer.is_whole, len(layer.removed), dict(layer.kept)) == (False, 13, {})


def test_a_link_that_no_system_could_make_is_passed_over() -> None:
    (image,) = read(make_archive({"a": link("a/" * 2049), "b": link("a/" * 2048)}))
    assert list(image.layers[0].links) == ["b"]
    assert image.layers[0].notes == ("passed over: a link that is longer than Linux allows",)


def test_what_is_hidden_under_a_deep_path_is_found_at_once() -> None:
    deep = "/".join(["d"] * 300)
    stack: tuple[dict[str, Item | bytes | str], ...] = tuple(
        {f"{deep}/{number}": "1", **({f"{deep[:101]}/.wh..wh..opq": ""} if number == 150 else {})}
        for number in range(300)
    )
    (image,) = read(make_archive(*stack), piece=1 << 20)
    tree = ImageTree(image.layers)
    begun = time.process_time()
    assert [number for number in range(300) if tree.find(f"{deep}/{number}")] == list(range(150, 300))
    assert time.process_time() - begun < 2


def make_index(children: dict[str, list[str]]) -> bytes:
    """An archive with indexes by the names of their blobs; `index` is the first."""
    texts = {
        name: json.dumps({"manifests": [{"digest": f"sha256:{each}"} for each in named]})
        for name, named in children.items()
    }
    first = texts.pop("index")
    blobs = {f"blobs/sha256/{name}": text for name, text in texts.items()}
    return render_layer({"index.json": first, **blobs})


@pytest.mark.timeout(20)
def test_indexes_that_name_each_other_are_read_once() -> None:
    names = ["a", "b", "c", "d", "e"]
    assert "is no image" in refused(make_index({"index": ["a"] * 64, "a": ["a"] * 64}))
    assert "is no image" in refused(make_index(dict.fromkeys(("index", *names[:4]), names * 20)))
    chain = {"index": ["1"]} | {f"{number}": [f"{number + 1}"] for number in range(1, 50)}
    assert refused(make_index(chain)) == "`x.tar` has an index in an index, deeper than any archive"


def make_manifest(layers: int, images: int = 1) -> bytes:
    """An archive that names its one layer so many times."""
    entry = {"Config": "c.json", "Layers": ["a/layer.tar"] * layers}
    return render_layer(
        {
            "a/layer.tar": render_layer({f"{number}.key": KEY for number in range(200)}),
            "c.json": "{}",
            "manifest.json": json.dumps([entry] * images),
        }
    )


def test_how_often_an_archive_names_its_parts_has_a_limit() -> None:
    assert len(read(make_manifest(1, images=500))) == 500
    assert refused(make_manifest(1, images=501)) == "`x.tar` has more than 500 images"
    assert refused(make_manifest(501)) == "`x.tar` has more than 500 layers in one image"
    assert refused(make_manifest(500, images=3)) == "`x.tar` names its parts more often than any archive does"


def test_an_image_with_two_names_is_read_under_both() -> None:
    with tarfile.open(fileobj=io.BytesIO(make_archive({"a": "b"}, form="oci"))) as tar:
        files = {each.name: tar.extractfile(each).read() for each in tar}  # type: ignore[union-attr]
    (found,) = json.loads(files["index.json"])["manifests"]
    named = [{"annotations": {"org.opencontainers.image.ref.name": each}} for each in ("one", "two")]
    path = f"blobs/sha256/{found['digest'].partition(':')[2]}"
    (inner,) = (each for each in json.loads(files[path])["manifests"] if "annotations" not in each)
    files["index.json"] = json.dumps({"manifests": [inner | each for each in named]}).encode()
    assert [image.name for image in read(render_layer(files))] == ["one", "two"]


def test_a_file_hides_the_directory_below() -> None:
    (image,) = read(make_archive({"a/x": "1"}, {"a": "file"}))
    assert ImageTree(image.layers).find("a/x") is None


def test_a_sparse_file_is_read() -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("key")
        body = b"1\n0\n%d\n" % len(KEY)
        entry.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.realsize": str(len(KEY)),
            "GNU.sparse.name": "key",
        }
        entry.size = 512 + len(KEY)
        tar.addfile(entry, io.BytesIO(body.ljust(512, b"\0") + KEY))
    (image,) = read(wrap(buffer.getvalue()))
    assert [hit.kind for hit in image.layers[0].hits] == ["key"]


def test_zstd_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_find_module", lambda _: None)
    with pytest.raises(DiscoveryError, match="zstd") as caught:
        read(make_archive({"x": "y"}, packing="zstd"))
    assert caught.value.code == "image-zstd"
    assert caught.value.hint == "`pip install backports.zstd`, or use Python 3.14"


def test_what_does_not_exist_is_said(tmp_path: Path) -> None:
    with pytest.raises(DiscoveryError) as caught:
        read_image_file(tmp_path / "gone.tar", "gone.tar", Known(), lambda _: None)
    assert caught.value.code == "image-not-found"


def generate(size: int) -> Iterator[bytes]:
    """A layer with one file of that size, which nobody holds."""
    yield craft("big", size=size)
    for _ in range(size // 65536):
        yield b"0123456789abcde\n" * 4096
    yield END


def test_a_large_file_is_never_held() -> None:
    import tracemalloc

    size = 128 * 1024 * 1024

    def archive() -> Iterator[bytes]:
        yield craft("a/layer.tar", size=512 + size + 1024)
        yield from generate(size)
        yield wrap(b"")[512:]  # its empty layer aside

    tracemalloc.start()
    (image,) = read_image_stream(archive(), "x", Known(), lambda _: None)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(image.layers[0].nodes) == ["big"]
    assert peak < 16 * 1024 * 1024


def test_the_user_of_an_image_reads_by_owner_group_and_others() -> None:
    from proxyenv.decide.images.tree import find_user
    from proxyenv.model.image import ImageConfig

    passwd = "root:x:0:0:root:/srv/root:/bin/sh\napp:x:10:20::/home/app:/bin/sh\n"
    files: dict[str, Item | bytes | str] = {
        "etc/passwd": passwd,
        "etc/group": "ssl:x:30:app\n",
        "mine": Item("x", 0o400, uid=10),
        "ours": Item("x", 0o040, gid=20),
        "more": Item("x", 0o040, gid=30),
        "all": Item("x", 0o004),
        "root": Item("x", 0o600),
        "shut/": directory(0o700),
        "shut/all": "x",
    }
    (image,) = read(make_archive(files))
    tree = ImageTree(image.layers)
    root, user = find_user(ImageConfig(), tree), find_user(ImageConfig(user="app"), tree)
    assert root is not None
    assert user is not None
    assert (root.home, user.home) == ("/srv/root", "/home/app")
    closed = [
        name
        for name in ("mine", "ours", "more", "all", "root", "shut/all")
        if tree.find_unreadable(name, user)
    ]
    assert closed == ["root", "shut/all"]
    for name in (
        "nobody",
        "9" * 5_000,
        "\u00b2",
    ):  # Python calls the last one a digit, and reads no number in it
        assert find_user(ImageConfig(user=name), tree) is None
    other = find_user(ImageConfig(user="12345:30"), tree)
    assert other is not None
    assert tree.find_unreadable("more", other) is None
    assert tree.find_unreadable("mine", other) == "`/mine` has mode 0400"
    for group in ("9" * 5_000, "\u00b2"):
        nobodys = find_user(ImageConfig(user=f"12345:{group}"), tree)
        assert nobodys is not None
        assert nobodys.groups == frozenset()
