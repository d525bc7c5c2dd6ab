"""The files of an image as a container sees them: found in any layer, and at a cost that has a limit."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.decide.images import tree as trees
from proxyenv.decide.images.evidence import Expected
from proxyenv.decide.images.judgement import judge_image
from proxyenv.decide.images.secrets import Known
from proxyenv.decide.images.tree import ImageTree
from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.evidence import read_evidence
from proxyenv.machine.images.source import read_image_stream
from proxyenv.model.image import Image, ImageConfig
from support.image_archives import Item, Layer, directory, link, make_archive

if TYPE_CHECKING:
    from proxyenv.model.image import ImageFind

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)
STORE: Final = "etc/ssl/certs"
BUNDLE: Final = f"{STORE}/ca-certificates.crt"


def read(*layers: Layer) -> ImageTree:
    (image,) = read_image_stream(iter([make_archive(*layers)]), "x.tar", Known(), lambda _: None)
    return ImageTree(image.layers)


def judge(tree: ImageTree, **variables: str) -> tuple[ImageFind, ...]:
    image = Image("x", tree.layers, ImageConfig(environment=variables))
    return judge_image(read_evidence(image, Expected(), NOW))


def test_a_hard_link_to_a_symlink_leads_where_that_leads() -> None:
    linked = Item(kind="hard link", target="opt/link")
    tree = read({"opt/ca.pem": "x", "opt/link": link("/opt/ca.pem"), BUNDLE: linked})
    assert tree.follow(BUNDLE).path == "opt/ca.pem"
    assert tree.read(BUNDLE) == b"x"


def test_what_replaces_a_hard_link_to_a_symlink_is_no_link() -> None:
    tree = read({"a": link("b"), "c": Item(kind="hard link", target="a"), "b": "x"}, {"c": "y"})
    assert tree.follow("c").path == "c"


@pytest.mark.parametrize(
    "upper",
    [
        pytest.param({BUNDLE: "new"}, id="a file"),
        pytest.param({BUNDLE: link("/opt/ca.pem"), "opt/ca.pem": "new"}, id="a symlink"),
    ],
)
def test_a_file_in_a_directory_that_was_a_symlink_is_found(upper: Layer) -> None:
    lower: Layer = {STORE: link("../pki/tls/certs"), "etc/pki/tls/certs/ca.pem": "old"}
    tree = read(lower, upper)
    assert tree.read(BUNDLE) == b"new"
    assert tree.read(f"{STORE}/ca.pem") == b"old"
    assert tree.follow(f"{STORE}/none.pem").node is None


def test_a_directory_with_an_entry_of_its_own_replaces_a_symlink() -> None:
    lower: Layer = {STORE: link("../pki/tls/certs"), "etc/pki/tls/certs/ca.pem": "old"}
    tree = read(lower, {f"{STORE}/": directory(), BUNDLE: "new"})
    assert tree.read(BUNDLE) == b"new"
    assert tree.read(f"{STORE}/ca.pem") is None


def test_the_names_in_a_directory_are_those_that_are_seen() -> None:
    tree = read(
        {"d/a": "1", "d/b/c": "1", "d/e": "1", "other/x": "1"},
        {"d/.wh.a": "", "d/f": "2", "dd/g": "2"},
        {"d/a/": directory(), "d/.wh.e": ""},
        {"d/.wh.f": "", "d/f": "3"},
    )
    assert tree.children("d") == ("a", "b", "f")
    assert tree.children("") == ("d", "dd", "other")
    assert tree.children("none") == ()


def test_of_what_is_kept_the_highest_is_seen() -> None:
    tree = read(
        {"etc/a": "1", "etc/b": "1", "etc/c/d": "1", "etc/e": "1", "etc/f/g": "1"},
        {"etc/b": "2", "etc/.wh.e": "", "etc/c/.wh..wh..opq": "", "etc/f": "2"},
        {"etc/b": "3", "etc/c/h": "3"},
    )
    kept = [(number, path) for number, path, _ in tree.kept() if path != "config.json"]
    assert kept == [(0, "etc/a"), (1, "etc/f"), (2, "etc/b"), (2, "etc/c/h")]


def test_one_directory_in_any_spelling_is_listed_once() -> None:
    files: Layer = {f"d/{number}": "" for number in range(30_000)}
    tree = read({**files, "link": link("d"), "d/a.pem": "x"})
    spelled = ["/d" + "/." * number for number in range(1, 300)]
    begun = time.process_time()
    found = judge(tree, SSL_CERT_DIR=":".join((*spelled, "/link", "//d/../d")))
    assert time.process_time() - begun < 5
    assert [(each.cause, each.path) for each in found] == [("image-store-unhashed", "/d/.")]


def test_more_directories_and_files_than_an_image_names_are_refused() -> None:
    tree = read({"a": "x"})
    message = "the image names more than 64 directories in `SSL_CERT_DIR`: no image has so many"
    with pytest.raises(DiscoveryError, match=message):
        judge(tree, SSL_CERT_DIR=":".join(f"/{number}" for number in range(65)))
    options = " ".join(f"-Djavax.net.ssl.trustStore=/{number}" for number in range(65))
    with pytest.raises(DiscoveryError, match="the image names more than 64 CA files"):
        judge(tree, JAVA_TOOL_OPTIONS=options)
    assert len(judge(tree, JAVA_TOOL_OPTIONS=f"{options[:200]} {options[:200]}")) == 6


def test_deep_paths_under_many_layers_are_followed_at_once() -> None:
    deep = "/".join(["a"] * 2000)
    lower, upper = read({f"{deep}/f": "x"}, {"z/q": ""}).layers
    tree = ImageTree((lower, *[upper] * 499))
    begun = time.process_time()
    found = judge(tree, SSL_CERT_DIR=":".join(f"/{deep}/x{number}" for number in range(20)))
    assert time.process_time() - begun < 5
    assert [each.cause for each in found] == ["image-file-missing"] * 20


def test_many_layers_with_many_names_are_looked_up_at_once() -> None:
    many: Layer = {f"etc/{number}": "x" for number in range(20_000)}
    low, one, two = read(many, {"etc/one": ""}, {"etc/two": ""}).layers
    tree = ImageTree((low, *[one, two] * 249))
    begun = time.process_time()
    assert len(tree.children("etc")) == 20_002
    assert len(tuple(tree.kept())) == 20_000
    assert time.process_time() - begun < 0.5


def test_how_far_the_paths_of_an_image_lead_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = "/".join(["a"] * 50)
    back = "/".join([".."] * 50)
    tree = read({f"{deep}/f": "x", "l": link(f"{deep}/{back}/{deep}/f")})
    assert tree.follow("l").path == f"{deep}/f"
    monkeypatch.setattr(trees, "_MOST_STEPS", 200)
    tree = ImageTree(tree.layers)
    assert tree.follow("l").node is not None
    assert tree.follow("l").node is not None  # it is known
    with pytest.raises(DiscoveryError, match="lead further than those of any image"):
        tree.follow("./l")
