from __future__ import annotations

import pytest

from proxyenv.decide.images.named_files import render_copy


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param("/x/ca.pem", "`COPY --chmod=0644 ca.pem /x/ca.pem`", id="a path"),
        pytest.param(
            "/x/https://ada:SECxyz",
            "`COPY --chmod=0644 ca-bundle.pem /etc/proxyenv/ca-bundle.pem`",
            id="a URL that was cut",
        ),
    ],
)
def test_a_hint_holds_no_part_of_what_is_no_path(path: str, line: str) -> None:
    assert render_copy(path) == line
