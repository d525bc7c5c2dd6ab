from __future__ import annotations

import pytest

from proxyenv.model.configuration import SETUP_OPTIONS, Configuration
from proxyenv.model.intent import Request


def test_options_that_nobody_gave_are_empty() -> None:
    assert (Request().proxy, Request().ca, Request().rc, Request().refresh) == (None, (), None, False)


def test_values_are_compared_by_their_fields_and_frozen() -> None:
    value = Configuration(base="both")
    assert value == Configuration(base="both", ca=())
    assert hash(value) == hash(Configuration(base="both", ca=()))
    assert value != Configuration(base="system")
    assert value._replace(base="system") == Configuration(base="system")
    assert Request() != Configuration()
    with pytest.raises(AttributeError):
        value.base = "system"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del value.base
    with pytest.raises(TypeError, match="Configuration has no bases"):
        Configuration(bases="both")  # type: ignore[call-arg]


def test_only_what_was_given_is_shown_and_no_password() -> None:
    value = Request(proxy="http://u:hunter2@p", base="both", ca_password="geheim")
    assert repr(value) == "Request(base='both')"


def test_the_options_are_in_the_order_of_their_declaration() -> None:
    assert list(SETUP_OPTIONS)[:3] == ["proxy", "http_proxy", "https_proxy"]
    assert Request.options == SETUP_OPTIONS
