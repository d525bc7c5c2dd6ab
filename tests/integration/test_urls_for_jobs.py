"""A URL with a secret is refused before a job gets it: Prefect's server would keep it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.command import proxyenv

if TYPE_CHECKING:
    from pathlib import Path

QUERY: Final = "https://host.corp.test/health?token=s3cret&s3cret"
USER: Final = "https://ada:s3cret@host.corp.test/health"
WATCH: Final = ("pool", "watch", "images", "--every", "6h", "--notify", "custom-webhook/al")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        pytest.param(
            QUERY, "`--url https://host.corp.test/health?token=****&****` has a query", id="a query"
        ),
        pytest.param(USER, "`--url` holds credentials", id="credentials"),
    ],
)
@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("check", "--pool", "images"), id="a pool"),
        pytest.param(("check", "--all-pools"), id="all pools"),
        pytest.param(("check", "--deployment", "etl/nightly", "--keep"), id="a deployment"),
        pytest.param(WATCH, id="a standing check"),
    ],
)
def test_a_url_with_a_secret_is_refused_for_jobs(
    tmp_path: Path, arguments: tuple[str, ...], url: str, said: str
) -> None:
    ran = proxyenv(*arguments, "--url", url, "--output", "json", home=tmp_path)
    (error,) = ran.json["errors"]
    assert (ran.status, error["code"], said in error["message"]) == (2, "url-invalid", True), error
    assert "without a query" in error["hint"] or "needs none" in error["hint"]
    assert "s3cret" not in ran.out + ran.err
