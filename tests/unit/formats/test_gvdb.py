"""The database of dconf: what it holds, and that nothing in it harms who reads it."""

from __future__ import annotations

import contextlib
import random
import struct

import pytest

from proxyenv.formats.gvdb import read_database
from support.dconf_database import SITE

PROXY = "/system/proxy/"


def test_a_database_that_dconf_wrote() -> None:
    found = read_database(SITE, PROXY)
    assert dict(found.values) == {
        "/system/proxy/mode": "manual",
        "/system/proxy/autoconfig-url": "",
        "/system/proxy/ignore-hosts": ("localhost", "*.corp.test", "10.0.0.0/8"),
        "/system/proxy/http/host": "proxy.corp.test",
        "/system/proxy/http/port": 3128,
        "/system/proxy/http/use-authentication": True,
        "/system/proxy/http/authentication-user": "ada",
        "/system/proxy/http/authentication-password": "s@c",
        "/system/proxy/https/host": "proxy.corp.test",
        "/system/proxy/https/port": 3128,
    }
    assert found.locks == {"/system/proxy/mode", "/system/proxy/http/"}


@pytest.mark.parametrize(
    ("path", "locked"),
    [("/system/proxy/mode", True), ("/system/proxy/http/port", True), ("/system/proxy/https/port", False)],
)
def test_a_lock_of_a_directory_is_for_all_below(path: str, locked: bool) -> None:
    assert read_database(SITE, PROXY).is_locked(path) is locked


@pytest.mark.parametrize("data", [b"", b"GVariant", b"not a database at all", SITE[:40], b"\0" * 1000])
def test_what_is_no_database_is_said(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"it is (no database|damaged)"):
        read_database(data, PROXY)


def test_a_damaged_one_ends_in_a_value_error() -> None:
    chance = random.Random(7)  # noqa: S311 - the same bytes each time
    for _ in range(3000):
        data = bytearray(SITE)
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        with contextlib.suppress(ValueError):
            read_database(bytes(data[: chance.choice([len(data), chance.randrange(len(data))])]), PROXY)


def test_names_that_share_bytes_do_not_fill_the_memory() -> None:
    count, key = 20_000, b"/system/proxy/" + b"x" * 60_000
    end = 32 + 24 * count
    items = (
        struct.pack("<3IHcx2I", 0, each - 1 & 0xFFFFFFFF, end, len(key), b"v", 0, end)
        for each in range(count)
    )
    head = b"GVariant" + struct.pack("<6I", 0, 0, 24, end, 0, 0)
    with pytest.raises(ValueError, match="it is damaged"):
        read_database(head + b"".join(items) + key, PROXY)
