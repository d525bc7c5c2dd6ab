"""YAML that anybody reads alike, and lists that grow while every other byte stays."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from proxyenv.errors import PlanError
from proxyenv.formats.yaml_stream import apply_insertions, insert_items, read_documents, render_documents

NEW = ({"name": "A", "value": "yes"}, {"name": "B", "value": "$(HOST),\tx"})


def add(text: str, key: str = "env", *, before: str = "") -> str:
    """The text with :data:`NEW` in a list of the mapping below ``pod``."""
    (document,) = read_documents(text, source="a test")
    mapping = document.find("pod")
    assert mapping is not None
    return apply_insertions(text, [insert_items(text, mapping, key, NEW, before=before)])


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("plain/path.pem", "plain/path.pem"),
        ("yes", '"yes"'),
        ("Off", '"Off"'),
        ("n", '"n"'),
        ("1e3", '"1e3"'),
        ("0o17", '"0o17"'),
        ("1:30", '"1:30"'),
        ("2020-01-01", '"2020-01-01"'),
        ("", '""'),
        ("a: b", '"a: b"'),
        ("a #b", '"a #b"'),
        ("http://h:1", '"http://h:1"'),
        ('q"\\', '"q\\"\\\\"'),
        ("two\nlines\n", "|\n  two\n  lines"),
    ],
)
def test_what_could_be_no_text_is_quoted(value: str, spelt: str) -> None:
    text = render_documents([{"key": value}])
    assert text == f"---\nkey: {spelt}\n"
    assert yaml.safe_load(text) == {"key": value}


BLOCK = """\
# first
pod:
  name: web  # it
  image: web
other: 1
"""


def test_a_list_that_is_not_there_follows_the_name() -> None:
    assert (
        add(BLOCK)
        == """\
# first
pod:
  name: web  # it
  env:
  - name: A
    value: "yes"
  - name: B
    value: "$(HOST),\\tx"
  image: web
other: 1
"""
    )


def test_or_it_stands_before_another_key() -> None:
    assert add(BLOCK, before="image").startswith(
        '# first\npod:\n  name: web  # it\n  env:\n  - name: A\n    value: "yes"\n'
    )
    assert add(BLOCK, before="image").endswith("  image: web\nother: 1\n")


TEXTS = [
    pytest.param("pod:\n  env:\n  - name: Z # kept\n  - name: Y\n  name: web\n", id="block"),
    pytest.param("pod:\n  env:\n    -   name: Z\n  name: web\n", id="block with wide indents"),
    pytest.param("pod:\n  name: web\n  env:\n  # why\n  - {name: Z}", id="block without a last line end"),
    pytest.param("pod:\r\n  name: web\r\n  env:\r\n  - name: Z\r\n", id="carriage returns"),
    pytest.param("pod:\n  name: web\n  env: [{name: Z}, {name: Y}]\n", id="brackets"),
    pytest.param("pod: {name: web, env: [{name: Z}]}\n", id="braces"),
    pytest.param('{"pod": {"name": "web", "env": [\n  {"name": "Z"}\n]}}', id="JSON"),
    pytest.param('{"pod": {\n  "name": "web", "image": "x"\n}}', id="JSON without the list"),
    pytest.param("pod: {name: web, env: []}\n", id="braces with an empty list"),
    pytest.param("pod: {name: web, env: }\n", id="braces with nothing"),
    pytest.param("pod:\n  name: web\n  env: []  # none\n  image: x\n", id="an empty list"),
    pytest.param("pod:\n  name: web\n  env:\n  image: x\n", id="nothing"),
    pytest.param("pod:\n  name: web\n  env: null\n", id="null"),
    pytest.param("pod:\n  name: 'we\n    b'\n  image: x\n", id="a name in two lines"),
    pytest.param("pod: &it\n  name: web\nalso: *it\n", id="an anchor before the mapping"),
    pytest.param("pod:\n  name: web\n  env: &all\n  - name: Z\nalso: *all\n", id="an anchor before the list"),
    pytest.param("pod:\n  env:\n  - &z\n    name: Z\n  - *z\n  name: web\n", id="an anchor before an item"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_list_grows_and_nothing_else_changes(text: str) -> None:
    before: Any = yaml.safe_load(text)
    try:
        made = add(text)
    except PlanError as error:
        assert error.code == "settings-invalid"  # noqa: PT017 - refused is as good as right
        assert "anchor" in text
        return
    after: Any = yaml.safe_load(made)
    assert after["pod"].pop("env") == [*NEW, *(before["pod"].pop("env", None) or [])]
    assert (after["pod"], after.keys()) == (before["pod"], before.keys())
    assert ("\r\n" in made) == ("\r\n" in text)
    assert made.replace("\r\n", "").count("\r") == 0
    for comment in ("# kept", "# why", "# none"):
        assert (comment in made) == (comment in text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "pod: {name: web, env: 7}",
            "line 1 of the manifest cannot be edited safely: `env` is no list",
            id="no list",
        ),
        pytest.param("pod:\n  <<: {image: x}\n  name: web\n", "its `<<` names", id="merged"),
        pytest.param(
            "pod:\n  name: web\n  env: &x []\n", "an anchor or a tag", id="an empty list with an anchor"
        ),
        pytest.param("pod:\n  name: web\n  env:\n  -\n    name: Z\n", "unusual way", id="a lonely dash"),
    ],
)
def test_what_cannot_grow_safely_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PlanError) as caught:
        add(text)
    assert caught.value.code == "settings-invalid"
    assert reason in caught.value.message


def test_what_is_no_yaml_is_refused() -> None:
    with pytest.raises(PlanError) as caught:
        read_documents("a: 1\n---\nb: {{ .Values.x }}\n  c\n", source="`chart.yaml`")
    assert (caught.value.code, "line" in caught.value.message) == ("settings-invalid", True)
    assert caught.value.hint == "correct it; a template of Helm has to be rendered first"
