"""What an answer says of the time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxyenv.checks.answer import read_date


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Sun, 06 Nov 1994 08:49:37 GMT", id="as it should be"),
        pytest.param("Sun, 06 Nov 1994 09:49:37 +0100", id="of another zone"),
        pytest.param("Sun, 06 Nov 1994 08:49:37", id="of no zone"),
        pytest.param("Sun Nov  6 08:49:37 1994", id="of C, which names no zone"),
    ],
)
def test_a_date_is_read(text: str) -> None:
    assert read_date({"date": text}) == datetime(1994, 11, 6, 8, 49, 37, tzinfo=UTC)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"date": "soon"}, id="words"),
        pytest.param({"date": "Mon, 32 Jan 2024 00:00:00 GMT"}, id="a day that no month has"),
        pytest.param({"date": "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"}, id="a year of twenty digits"),
    ],
)
def test_no_date_is_none(headers: dict[str, str]) -> None:
    assert read_date(headers) is None
