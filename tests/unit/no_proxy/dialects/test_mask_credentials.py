from __future__ import annotations

import pytest

from proxyenv.no_proxy.dialects.dialect import mask_credentials


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("http://ada:s3cret@p.test", "ada at p.test: invalid `****`"),
        ("http://s3cret:@p.test", "ada at p.test: invalid `****`"),
        ("s3cret@p.test", "ada at p.test: invalid `****`"),
        ("http://p.test:3128", "ada at p.test: invalid `s3cret`"),
    ],
)
def test_what_a_client_quotes_is_masked(value: str, shown: str) -> None:
    assert mask_credentials("ada at p.test: invalid `s3cret`", value) == shown
