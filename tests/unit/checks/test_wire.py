"""What a proxy says of the time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyenv.checks.wire import _read_date


def test_a_date_is_read() -> None:
    assert _read_date("Sun, 06 Nov 1994 08:49:37 GMT") == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(None, id="none"),
        pytest.param("soon", id="words"),
        pytest.param("Mon, 32 Jan 2024 00:00:00 GMT", id="a day that no month has"),
        pytest.param("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", id="a year of twenty digits"),
    ],
)
def test_no_date_is_none(text: str | None) -> None:
    assert _read_date(text) is None
