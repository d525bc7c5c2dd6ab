from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import PlanError
from proxyenv.formats.block import find_block, remove_block, upsert_block

LINES = st.sampled_from(
    ["export A=1", "# >>> conda >>>", "# <<< conda <<<", "", "\ttab", "\u00e9", "\r", "x\r"]
)
TEXTS = st.builds(
    lambda lines, newline, final: newline.join(lines) + (newline if final else ""),
    st.lists(LINES, max_size=6),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
BODIES = st.lists(st.sampled_from(["if x; then y; fi", "z", "# c"]), min_size=1, max_size=3).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@given(TEXTS, BODIES, st.sampled_from([None, "\n"]))
def test_upsert_then_remove_restores_the_file(text: str, body: str, newline: str | None) -> None:
    once = upsert_block(text, body, newline=newline)
    assert upsert_block(once, body, newline=newline) == once
    assert find_block(once) == body
    assert remove_block(once) == text


@given(TEXTS, BODIES, BODIES)
def test_another_body_takes_the_place_of_the_first(text: str, first: str, second: str) -> None:
    assert upsert_block(upsert_block(text, first), second) == upsert_block(text, second)


@given(TEXTS)
def test_removing_nothing_changes_nothing(text: str) -> None:
    assert remove_block(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", "# >>> proxyenv >>>\nx\n# <<< proxyenv <<<\n", id="an empty file"),
        pytest.param("a\n", "a\n# >>> proxyenv >>>\nx\n# <<< proxyenv <<<\n", id="a final line break"),
        pytest.param("a", "a\n# >>> proxyenv (joined) >>>\nx\n# <<< proxyenv <<<\n", id="none"),
        pytest.param("a\r\n", "a\r\n# >>> proxyenv >>>\r\nx\r\n# <<< proxyenv <<<\r\n", id="CRLF"),
    ],
)
def test_upsert_block(text: str, expected: str) -> None:
    assert upsert_block(text, "x\n") == expected


def test_a_block_for_a_program_that_takes_no_crlf_has_none() -> None:
    text = "a\r\nb"
    expected = "a\r\nb\n# >>> proxyenv (joined) >>>\nx\n# <<< proxyenv <<<\n"
    assert upsert_block(text, "x\n", newline="\n") == expected


@pytest.mark.parametrize("text", ["a\n", "a"])
def test_what_was_written_after_the_block_stays(text: str) -> None:
    assert remove_block(upsert_block(text, "x\n") + "later\n") == "a\nlater\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# >>> proxyenv >>>\nx\n", id="no end"),
        pytest.param("x\n# <<< proxyenv <<<\n", id="no beginning"),
        pytest.param(
            "# >>> proxyenv >>>\n# >>> proxyenv >>>\nq\n# <<< proxyenv <<<\n", id="a second beginning"
        ),
        pytest.param(
            "# >>> proxyenv >>>\r\nq\r\n# >>> proxyenv (joined, CRLF) >>>\r\nx\r\n# <<< proxyenv <<<\r\n",
            id="a block after a beginning",
        ),
    ],
)
def test_damaged_markers_are_refused(text: str) -> None:
    with pytest.raises(PlanError) as caught:
        remove_block(text, source="`~/.bashrc`")
    assert caught.value.code == "block-damaged"
    assert "`~/.bashrc`" in caught.value.message


def test_a_block_that_was_pasted_twice_is_removed_twice() -> None:
    once = upsert_block("a\n", "x\n")
    assert remove_block(once + once.removeprefix("a\n") + "b\n") == "a\nb\n"


def test_a_path_with_a_line_separator_stays_on_one_line() -> None:
    body = "if [ -r '/u\u2028v/env.sh' ]; then . '/u\u2028v/env.sh'; fi\n"
    assert find_block(upsert_block("", body)) == body
