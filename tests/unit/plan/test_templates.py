from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.model.pool import TemplateEdit
from proxyenv.model.receipt import KeyChange
from proxyenv.plan.templates import ShapeError, digest, edit_template, find_foreign, undo_edits

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc~/-"), inner, max_size=3),
    max_leaves=12,
)
TEMPLATES = st.dictionaries(st.sampled_from("abc~/-"), VALUES, max_size=3)
PATHS = st.lists(st.sampled_from("abc~/"), min_size=1, max_size=4)
EDITS = st.lists(
    st.builds(
        lambda path, value, item: TemplateEdit((*path, *(("-",) if item else ())), value),
        PATHS,
        VALUES,
        st.booleans(),
    ),
    max_size=5,
)


def text_of(value: object) -> str:
    """What stands in the database, to the order of the keys."""
    return json.dumps(value)


def edit_what_can_be(template: dict[str, Any], edits: list[TemplateEdit]) -> list[TemplateEdit]:
    """Those of *edits* that fit, one after the other."""
    fitting: list[TemplateEdit] = []
    for edit in edits:
        try:
            edit_template(template, [*fitting, edit])
        except ShapeError:
            continue
        fitting.append(edit)
    return fitting


@given(TEMPLATES, EDITS)
def test_taken_back_it_is_the_same_to_the_byte(template: dict[str, Any], edits: list[TemplateEdit]) -> None:
    before = text_of(template)
    edited = edit_template(template, edit_what_can_be(template, edits))
    assert text_of(template) == before
    assert text_of(undo_edits(edited.template, edited.changes)) == before


@given(TEMPLATES, EDITS)
def test_what_is_there_is_not_written_again(template: dict[str, Any], edits: list[TemplateEdit]) -> None:
    last = {edit.path: edit for edit in edits}
    apart = [edit for edit in last.values() if not any(is_below(edit, other) for other in last.values())]
    edited = edit_template(template, edit_what_can_be(template, apart))
    again = edit_template(edited.template, edit_what_can_be(template, apart))
    assert (again.template, again.changes) == (edited.template, ())


def is_below(edit: TemplateEdit, other: TemplateEdit) -> bool:
    """Whether one edit is inside the other's value."""
    return edit is not other and edit.path[: len(other.path)] == other.path


@given(TEMPLATES, EDITS, st.text(min_size=1, max_size=3))
def test_what_others_add_stays(template: dict[str, Any], edits: list[TemplateEdit], added: str) -> None:
    edited = edit_template(template, edit_what_can_be(template, edits))
    now = {**edited.template, f"their {added}": [1]}
    assert undo_edits(now, edited.changes) == {**template, f"their {added}": [1]}


ENV = ("variables", "properties", "env", "default")


def test_a_value_that_others_changed_stays_and_is_named() -> None:
    edited = edit_template(
        {"a": {"b": "theirs"}}, [TemplateEdit(("a", "b"), "ours"), TemplateEdit(("a", "c"), 1)]
    )
    now = copy.deepcopy(edited.template)
    now["a"]["b"] = "new"
    assert undo_edits(now, edited.changes) == {"a": {"b": "new"}}
    assert find_foreign(now, edited.changes) == ("/a/b",)
    assert find_foreign(edited.template, edited.changes) == ()


def test_a_variable_that_others_add_beside_ours_keeps_the_object_that_was_made() -> None:
    edited = edit_template({}, [TemplateEdit((*ENV, "HTTPS_PROXY"), "http://p:1")])
    now = copy.deepcopy(edited.template)
    now["variables"]["properties"]["env"]["default"]["THEIRS"] = "1"
    assert undo_edits(now, edited.changes) == {
        "variables": {"properties": {"env": {"default": {"THEIRS": "1"}}}}
    }


def test_a_placeholder_gives_way_to_a_list_and_comes_back() -> None:
    template = {"env": "{{ env }}", "x": 1}
    edited = edit_template(template, [TemplateEdit(("env", "-"), {"name": "A"}, over="{{ env }}")])
    assert edited.template == {"env": [{"name": "A"}], "x": 1}
    assert text_of(undo_edits(edited.template, edited.changes)) == text_of(template)


@pytest.mark.parametrize(
    ("template", "edit", "place"),
    [
        pytest.param({"a": []}, TemplateEdit(("a", "b"), 1), "/a", id="a list where an object belongs"),
        pytest.param({"a": "x"}, TemplateEdit(("a", "b", "c"), 1), "/a", id="a text on the way"),
        pytest.param({"a": {}}, TemplateEdit(("a", "-"), 1), "/a", id="an object where a list belongs"),
        pytest.param({"a": []}, TemplateEdit(("a", 0, "b"), 1), "/a", id="no item of that number"),
        pytest.param(
            {"a": [{"name": "x", "value": 1}]},
            TemplateEdit(("a", "-"), {"name": "x"}),
            "/a, which has another `x`",
            id="another item of that name",
        ),
    ],
)
def test_what_has_another_shape_is_refused(template: dict[str, Any], edit: TemplateEdit, place: str) -> None:
    with pytest.raises(ShapeError) as caught:
        edit_template(template, [edit])
    assert str(caught.value) == place


def test_no_value_stands_in_what_is_recorded() -> None:
    edited = edit_template({}, [TemplateEdit(("a",), "http://ada:geheim@p:1")])
    assert "geheim" not in repr(edited.changes)
    assert "geheim" not in repr(TemplateEdit(("a",), "geheim"))


@pytest.mark.parametrize("token", ["9" * 5000, "²", "\u0660", "01", "-1", ""])
def test_a_token_that_names_no_item_finds_nothing(token: str) -> None:
    template: dict[str, Any] = {"a": ["ours", "ours"]}
    for pointer in (f"/a/{token}", f"/a/{token}/b"):
        assert undo_edits(template, [KeyChange(pointer, None, digest("ours"))]) == template
