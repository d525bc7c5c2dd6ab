from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import DiscoveryError
from proxyenv.formats.receipt import parse_receipt, render_receipt
from proxyenv.model.pool import PoolEntry
from proxyenv.model.receipt import (
    AnchorRecord,
    EarlierFile,
    EarlierSetup,
    FileEntry,
    Hunk,
    KeyChange,
    Receipt,
)
from proxyenv.model.store import Store, StoredCertificate, StoreEntry, Witness

RECEIPT = Receipt(
    version="0.1.0",
    state="done",
    entries=(
        FileEntry(
            path=Path("/h/profiles.toml"),
            kind="keys",
            digest="ab" * 32,
            created=False,
            mode=0o640,
            profile="work",
            keys=(KeyChange("PREFECT_API_URL", None, "http://h/api"),),
            hunks=(Hunk(3, 1, ('active = "x"\n',)),),
        ),
    ),
    directories=(Path("/h/.config"),),
    anchors=(
        AnchorRecord(
            "cd" * 32,
            "CN=Corp",
            "2030-01-01T00:00:00+00:00",
            (("3.12", ""), ("3.13", "bc-not-critical")),
            "CN=Root",
        ),
    ),
    certifi="2026.10.19",
    system="ef" * 32,
    profile="work",
    variables=("HTTPS_PROXY",),
    stores=(
        StoreEntry(
            Store(
                "java",
                "java",
                Path("/j/cacerts"),
                "Java's `/j/cacerts`",
                "/j/bin/keytool",
                witnesses=(Path("/j/cacerts"),),
            ),
            (StoredCertificate("cd" * 32, "-----BEGIN", Path("/h/certs/0a1b2c3d.0")),),
            (
                Witness(Path("/j/cacerts"), "12" * 32, "34" * 32),
                Witness(Path("/j/ca.pem"), "56" * 32, "56" * 32, link="/target", mode=0o640),
            ),
        ),
    ),
)

TEXT = """\
{
  "anchors": [
    {
      "fingerprint": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
      "issuer": "CN=Root",
      "not_after": "2030-01-01T00:00:00+00:00",
      "subject": "CN=Corp",
      "verdicts": [
        [
          "3.12",
          ""
        ],
        [
          "3.13",
          "bc-not-critical"
        ]
      ]
    }
  ],
  "certifi": "2026.10.19",
  "directories": [
    "/h/.config"
  ],
  "entries": [
    {
      "created": false,
      "digest": "abababababababababababababababababababababababababababababababab",
      "grammar": null,
      "hunks": [
        {
          "length": 1,
          "lines": [
            "active = \\"x\\"\\n"
          ],
          "start": 3
        }
      ],
      "keys": [
        {
          "earlier": null,
          "key": "PREFECT_API_URL",
          "written": "http://h/api"
        }
      ],
      "kind": "keys",
      "mode": 416,
      "path": "/h/profiles.toml",
      "profile": "work"
    }
  ],
  "previous": null,
  "profile": "work",
  "receipt": 1,
  "state": "done",
  "stores": [
    {
      "certificates": [
        {
          "fingerprint": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
          "path": "/h/certs/0a1b2c3d.0",
          "pem": "-----BEGIN"
        }
      ],
      "store": {
        "bundle": null,
        "family": "java",
        "keytool": null,
        "kind": "java",
        "lack": null,
        "openssl": null,
        "place": "/j/cacerts",
        "title": "Java's `/j/cacerts`",
        "tool": "/j/bin/keytool",
        "witnesses": [
          "/j/cacerts"
        ]
      },
      "witnesses": [
        {
          "after": "3434343434343434343434343434343434343434343434343434343434343434",
          "before": "1212121212121212121212121212121212121212121212121212121212121212",
          "path": "/j/cacerts"
        },
        {
          "after": "5656565656565656565656565656565656565656565656565656565656565656",
          "before": "5656565656565656565656565656565656565656565656565656565656565656",
          "link": "/target",
          "mode": 416,
          "path": "/j/ca.pem"
        }
      ]
    }
  ],
  "system": "efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef",
  "variables": [
    "HTTPS_PROXY"
  ],
  "version": "0.1.0"
}
"""


def test_each_key_and_each_item_of_a_list_has_a_line() -> None:
    receipt = RECEIPT._replace(anchors=RECEIPT.anchors * 2, entries=(), stores=())
    anchor = (
        '    {"fingerprint": "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd", '
        '"issuer": "CN=Root", "not_after": "2030-01-01T00:00:00+00:00", "subject": "CN=Corp", '
        '"verdicts": [["3.12", ""], ["3.13", "bc-not-critical"]]}'
    )
    assert render_receipt(receipt).splitlines() == [
        "{",
        '  "anchors": [',
        anchor + ",",
        anchor,
        "  ],",
        '  "certifi": "2026.10.19",',
        '  "directories": [',
        '    "/h/.config"',
        "  ],",
        '  "entries": [],',
        '  "previous": null,',
        '  "profile": "work",',
        '  "receipt": 1,',
        '  "state": "done",',
        '  "stores": [],',
        '  "system": "efefefefefefefefefefefefefefefefefefefefefefefefefefefefefefefef",',
        '  "variables": [',
        '    "HTTPS_PROXY"',
        "  ],",
        '  "version": "0.1.0"',
        "}",
    ]


def test_the_text_is_sorted_and_versioned() -> None:
    assert json.loads(render_receipt(RECEIPT), object_pairs_hook=list) == json.loads(
        TEXT, object_pairs_hook=list
    )


def test_the_text_is_read_as_earlier_versions_indented_it() -> None:
    assert parse_receipt(TEXT, source="receipt.json") == RECEIPT


def test_a_field_that_a_later_version_adds_is_passed_over() -> None:
    assert parse_receipt(TEXT.replace('"profile"', '"news": [], "profile"'), source="receipt.json") == RECEIPT


def test_a_mode_of_a_replaced_file_that_is_no_mode_refuses_the_receipt() -> None:
    with pytest.raises(DiscoveryError, match="`mode` is no set of permission bits"):
        parse_receipt(TEXT.replace("416", '"rw"'), source="receipt.json")


def test_a_path_that_is_not_utf8_survives_as_ascii() -> None:
    receipt = Receipt("0.1.0", "done", (), directories=(Path("/h/caf\udce9"),))
    text = render_receipt(receipt)
    assert text.isascii()
    assert parse_receipt(text, source="receipt.json") == receipt


def test_the_first_receipts_name_no_grammar() -> None:
    receipt = parse_receipt(TEXT.replace('"grammar": null,', ""), source="receipt.json")
    assert receipt == RECEIPT


def test_the_first_receipts_name_no_store_no_roots_of_the_system_and_no_verdict() -> None:
    record = {name: value for name, value in json.loads(TEXT).items() if name not in {"stores", "system"}}
    del record["anchors"][0]["verdicts"], record["anchors"][0]["issuer"]
    receipt = parse_receipt(json.dumps(record), source="receipt.json")
    assert (receipt.stores, receipt.system) == ((), None)
    assert (receipt.anchors[0].verdicts, receipt.anchors[0].issuer) == ((), "")


@pytest.mark.parametrize(
    "noun", [Receipt, FileEntry, KeyChange, Hunk, AnchorRecord, StoreEntry, StoredCertificate, Witness]
)
def test_no_field_is_forgotten(noun: Any) -> None:
    fields = getattr(noun, "_fields", None) or noun.__dataclass_fields__
    names = {name for name in fields if f'"{name}": ' not in TEXT}
    assert names <= {"replaced", "pools", "off", "network"}  # left out where there is nothing


def test_the_network_is_kept() -> None:
    placed = RECEIPT._replace(network=("corp.example", "10.0.0.2"))
    assert parse_receipt(render_receipt(placed), source="receipt.json") == placed


POOLS = RECEIPT._replace(
    pools=(
        PoolEntry(
            "https://prefect.corp.example/api",
            "images",
            "docker",
            (KeyChange("/variables/properties/env/default/NO_PROXY", '"before"', "ab" * 32),),
            "cd" * 32,
            ("--at", "/opt/proxyenv"),
        ),
    )
)


def test_what_was_written_into_work_pools_is_kept() -> None:
    assert parse_receipt(render_receipt(POOLS), source="receipt.json") == POOLS


def test_a_work_pool_of_an_earlier_version_is_read() -> None:
    record = json.loads(render_receipt(POOLS))
    del record["pools"][0]["made_from"], record["pools"][0]["options"]
    (entry,) = parse_receipt(json.dumps(record), source="receipt.json").pools
    assert (entry.made_from, entry.options) == (None, ())


def test_a_receipt_without_work_pools_is_as_it_was() -> None:
    assert "pools" not in render_receipt(RECEIPT)
    assert parse_receipt(TEXT, source="receipt.json").pools == ()


def test_damage_in_a_work_pool_refuses_the_receipt() -> None:
    record = json.loads(render_receipt(POOLS))
    record["pools"][0]["keys"] = "none"
    with pytest.raises(DiscoveryError, match=r"receipt\.json is not valid"):
        parse_receipt(json.dumps(record), source="receipt.json")


BEFORE = RECEIPT._replace(version="0.0.9", stores=())
REPLACED = RECEIPT._replace(
    replaced=EarlierSetup(
        BEFORE,
        (
            EarlierFile(Path("/h/.bashrc"), "block", "ab" * 32, 0o640, (1000, 1000), "cd" * 32),
            EarlierFile(Path("/h/env.sh"), "owned", None, None, None, "ef" * 32),
            EarlierFile(Path("/h/certs"), "tree", "ab" * 32, 0o755, None, None),
        ),
    )
)


def test_what_was_replaced_is_read_as_it_was_written() -> None:
    assert parse_receipt(render_receipt(REPLACED), source="receipt.json") == REPLACED


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        pytest.param("path", "h/.bashrc", "not absolute", id="a relative path"),
        pytest.param("path", "/h/../etc/passwd", "holds `..`", id="a way out"),
        pytest.param("digest", "ab", "no SHA-256", id="no digest"),
        pytest.param("digest", None, "do not fit together", id="a mode and no content"),
        pytest.param("mode", 0o10000, "permission bits", id="no mode"),
        pytest.param("kind", "symlink", "not known", id="a kind of a later version"),
        pytest.param("owner", [0], "no pair", id="half an owner"),
        pytest.param("owner", [True, 0], "no pair", id="an owner that is no number"),
        pytest.param("left", 1, "stands where a text should", id="no digest of what was left"),
    ],
)
def test_a_replaced_file_that_is_not_valid_refuses_the_receipt(field: str, value: Any, message: str) -> None:
    record = json.loads(render_receipt(REPLACED))
    record["replaced"]["files"][0][field] = value
    with pytest.raises(DiscoveryError, match=message):
        parse_receipt(json.dumps(record), source="receipt.json")


def _record(**fields: Any) -> str:
    return json.dumps({**json.loads(TEXT), **fields})


def _stored(**fields: Any) -> str:
    entry = json.loads(TEXT)["stores"][0]
    return _record(stores=[{**entry, "store": {**entry["store"], **fields}}])


def _entry(**fields: Any) -> str:
    return _record(entries=[{**json.loads(TEXT)["entries"][0], **fields}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "not valid JSON", id="empty"),
        pytest.param('{"receipt": 1', "not valid JSON", id="cut-off"),
        pytest.param("[" * 100_000, "not valid JSON", id="nested-without-end"),
        pytest.param("[]", "[] stands where an object should", id="a-list"),
        pytest.param("{}", "`receipt` is missing", id="no-format"),
        pytest.param('{"receipt": 1}', "`version` is missing", id="no-fields"),
        pytest.param(_record(receipt=True), "`receipt` is not a number", id="format-is-a-truth-value"),
        pytest.param(_record(receipt=2), "unknown format", id="format-of-the-future"),
        pytest.param(_record(receipt=0), "unknown format", id="format-that-never-was"),
        pytest.param(_record(version=None), "`version` is not a text", id="version-null"),
        pytest.param(_record(state="half"), "`state` is `half`", id="unknown-state"),
        pytest.param(_record(entries={}), "`entries` is not a list", id="entries-an-object"),
        pytest.param(_record(directories=["x"]), "the path `x` is not absolute", id="relative-directory"),
        pytest.param(_record(directories=[1]), "1 stands where a text should", id="directory-a-number"),
        pytest.param(_record(directories=["/a/../b"]), "`/a/../b` holds `..`", id="directory-climbs"),
        pytest.param(_record(directories=["/a\0"]), "holds a null character", id="directory-with-null"),
        pytest.param(_record(previous="x"), '"x" stands where an object should', id="previous-a-text"),
        pytest.param(_record(stores={}), "`stores` is not a list", id="stores-an-object"),
        pytest.param(_record(stores=[{}]), "`stores`: `store` is missing", id="store-without-fields"),
        pytest.param(_stored(place="../cacerts"), "`../cacerts` is not absolute", id="relative-store"),
        pytest.param(
            _record(
                stores=[
                    {
                        **json.loads(TEXT)["stores"][0],
                        "certificates": [{"fingerprint": "../../x", "pem": "", "path": None}],
                    }
                ]
            ),
            "`fingerprint` is no SHA-256",
            id="certificate-that-climbs",
        ),
        pytest.param(_stored(tool=1), "`tool` is not a text", id="tool-a-number"),
        pytest.param(_entry(path="env.sh"), "the path `env.sh` is not absolute", id="relative-file"),
        pytest.param(_entry(kind="mine"), "`kind` is `mine`", id="unknown-kind"),
        pytest.param(_entry(digest="AB" * 32), "`digest` is no SHA-256", id="digest-in-capitals"),
        pytest.param(_entry(created=1), "`created` is not true or false", id="created-a-number"),
        pytest.param(
            _entry(hunks=[{"start": -1, "length": 0, "lines": []}]),
            "below zero",
            id="hunk-before-the-first-line",
        ),
    ],
)
def test_what_is_not_a_receipt_is_refused_by_the_name_of_its_field(text: str, message: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        parse_receipt(text, source="receipt.json")
    assert caught.value.code == "receipt-invalid"
    assert caught.value.message.startswith("receipt.json ")
    assert message in caught.value.message
    assert caught.value.hint


def test_a_newer_format_asks_for_an_upgrade_and_not_for_a_deletion() -> None:
    with pytest.raises(DiscoveryError) as caught:
        parse_receipt(_record(receipt=2), source="receipt.json")
    assert caught.value.hint == "upgrade proxyenv: format 2 is newer than the format 1 that this one knows"


MOMENTS = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)

TEXTS = st.text(max_size=8)
PATHS = st.lists(st.text("ab. é'\"\\\n", min_size=1, max_size=5), max_size=3).map(
    lambda names: Path("/", *(name for name in names if name != ".."))
)
ENTRIES = st.builds(
    FileEntry,
    path=PATHS,
    kind=st.sampled_from(["owned", "block", "keys", "settings", "tree"]),
    digest=st.text("0123456789abcdef", min_size=64, max_size=64),
    created=st.booleans(),
    profile=st.none() | TEXTS,
    keys=st.lists(st.builds(KeyChange, TEXTS, st.none() | TEXTS, TEXTS), max_size=2).map(tuple),
    hunks=st.lists(
        st.builds(Hunk, st.integers(0), st.integers(0), st.lists(TEXTS, max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    grammar=st.none() | TEXTS,
)


def _receipts(previous: st.SearchStrategy[Receipt | None]) -> st.SearchStrategy[Receipt]:
    return st.builds(
        Receipt,
        version=TEXTS,
        state=st.sampled_from(["applying", "done"]),
        entries=st.lists(ENTRIES, max_size=2).map(tuple),
        directories=st.lists(PATHS, max_size=2).map(tuple),
        anchors=st.lists(st.builds(AnchorRecord, TEXTS, TEXTS, MOMENTS), max_size=2).map(tuple),
        certifi=st.none() | TEXTS,
        profile=st.none() | TEXTS,
        variables=st.lists(TEXTS, max_size=2).map(tuple),
        previous=previous,
    )


@given(_receipts(st.none() | _receipts(st.none())))
def test_what_is_written_is_read_back(receipt: Receipt) -> None:
    assert parse_receipt(render_receipt(receipt), source="receipt.json") == receipt
