"""What each client takes for true; where the client can be run, tests/clients/test_readings.py asks it."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from proxyenv.formats.truth import falsy, read_truth, truthy


@pytest.mark.parametrize(
    ("client", "yes", "no", "neither"),
    [
        (
            "apt",
            ["1", "Yes", "true", "with", "on", "enable"],
            ["0", "no", "FALSE", "without", "off"],
            ["", "2", "x"],
        ),
        ("azure", ["0", "false", "no", "x"], [""], []),
        ("bundler", ["1", "-1", "2x"], ["0", "", "none", "0x1"], ["false"]),
        ("cargo", ["true"], ["false"], ["True", "1", ""]),
        ("composer", ["1", "true", "no", "off"], ["", "0", "false"], []),
        (
            "conda",
            ["1", "0.1", "TRUE", "y", "on"],
            ["0", "0.0", "no", "non", "None", "n", ""],
            ["/a.pem", "truststore"],
        ),
        ("gcloud", ["1", "True", "on", "y"], ["0", "off", "n", ""], ["t", "x"]),
        ("git", ["1", "2", "-1", "1k", "YES"], ["0", "0x0", "No", ""], ["t", "y", "1x", "9" * 5_000]),
        ("helm", ["1", "t", "TRUE", "True"], ["0", "f", "False"], ["", "yes", "on", "tRUE"]),
        ("node", ["1", "false", "no", "", "00"], ["0"], []),
        ("npm", ["0", "no", "off", "null", "FALSE", ""], ["false"], []),
        ("perl", ["1", "no", "false", "00"], ["0", ""], []),
        ("pip", ["y", "T", "on", "1"], ["n", "F", "off", "0"], ["", "enable"]),
        ("pnpm", ["0"], ["false"], []),
        ("poetry", ["true"], ["False"], ["/a.pem", ""]),
        ("python", ["1", "", "false"], ["0"], []),
        ("vscode", ["true"], ["false"], ["False", "null"]),
        ("wget", ["on", "YES", "1"], ["OFF", "no", "0"], ["true", "false", "", "quiet"]),
        ("yarn", ["true", "0", "no"], ["false", ""], []),
        ("yarn 2", ["true", "1"], ["false", "0"], ["True", "no", ""]),
    ],
)
def test_words(client: str, yes: list[str], no: list[str], neither: list[str]) -> None:
    read = {word: read_truth(client, word) for word in (*yes, *no, *neither)}
    assert read == {**dict.fromkeys(yes, True), **dict.fromkeys(no, False), **dict.fromkeys(neither)}
    assert all(truthy(client)(word) for word in yes)
    assert all(falsy(client)(word) for word in no)
    assert not any(truthy(client)(word) or falsy(client)(word) for word in neither)


@pytest.mark.parametrize(
    "word",
    [
        "y",
        "Y",
        "t",
        "on",
        "ON",
        "1",
        "yes",
        "true",
        "TRUE",
        "n",
        "f",
        "off",
        "no",
        "0",
        "false",
        "2",
        "enable",
        "",
        " true",
        "true ",
    ],
)
def test_prefect_reads_as_pydantic_does(word: str) -> None:
    try:
        expected = TypeAdapter(bool).validate_python(word)
    except ValidationError:
        expected = None
    assert read_truth("prefect", word) is expected


def test_a_client_that_nobody_looked_up_has_no_words() -> None:
    with pytest.raises(KeyError):
        read_truth("nobody", "true")
