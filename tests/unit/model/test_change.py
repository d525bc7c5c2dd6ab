from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.model.change import Change, FileState, Leaf, pack_tree, unpack_tree
from proxyenv.model.tools import ToolFile

NAMES = st.text(
    st.characters(exclude_characters="/\0\n", exclude_categories=["Cs"]), min_size=1, max_size=8
).filter(lambda name: name not in {".", ".."})
LEAVES = st.lists(
    st.builds(Leaf, NAMES, st.integers(0, 0o777), st.binary(max_size=20)), unique_by=lambda leaf: leaf.name
)


def test_the_files_stand_in_a_row_in_the_order_of_their_names() -> None:
    assert pack_tree([Leaf("b.0", 0o644, b"two\n"), Leaf("a.0", 0o600, b"one\n")]) == (
        b"0600 4 a.0\none\n0644 4 b.0\ntwo\n"
    )


@pytest.mark.parametrize("name", [b"", b".", b"..", b"/etc/x", b"../x", b"a/b", b"a\0"])
def test_a_name_that_leads_elsewhere_is_none(name: bytes) -> None:
    with pytest.raises(ValueError, match="would not lie in the directory"):
        unpack_tree(b"0600 1 %s\nx" % name)


def test_no_file_runs_as_its_owner() -> None:
    assert unpack_tree(b"6755 1 a\nx") == (Leaf("a", 0o755, b"x"),)


@given(LEAVES)
def test_what_is_packed_is_unpacked(leaves: list[Leaf]) -> None:
    assert list(unpack_tree(pack_tree(leaves))) == sorted(leaves)


@given(LEAVES)
def test_the_order_of_the_files_does_not_matter(leaves: list[Leaf]) -> None:
    assert pack_tree(leaves) == pack_tree(reversed(leaves))


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"no line feed", id="no line"),
        pytest.param(b"0644 9 a\nshort", id="cut off"),
        pytest.param(b"0644 a\n", id="no size"),
    ],
)
def test_what_was_not_packed_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpack_tree(content)


def test_no_content_of_a_file_is_shown() -> None:
    state = FileState(b"http://user:hunter2@proxy:1", 0o600)
    file = ToolFile("npm", Path("/n"), "ini", (("proxy", "http://user:hunter2@proxy:1"),), "hunter2")
    shown = f"{Change(Path('/f'), 'owned', None, state)} {file}"
    assert "FileState(mode=0o600, owner=None)" in shown
    assert "hunter2" not in shown
