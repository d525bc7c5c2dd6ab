from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from proxyenv.model.url import describe_refusal


@pytest.mark.parametrize("url", ["http://ada:Zq7vXj3:/?#[]@p.test", "http://ada:Zq7\u2100@p.test:1"])
def test_no_part_of_it_is_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="Zq7") as caught:
        _ = urlsplit(url).port
    assert describe_refusal(caught.value) == "its host or its port is malformed"


def test_what_repeats_nothing_is_kept() -> None:
    with pytest.raises(ValueError, match="IPv6") as caught:
        urlsplit("http://[bad/x.pem")
    assert describe_refusal(caught.value) == "Invalid IPv6 URL"
