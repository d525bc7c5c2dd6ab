"""Whom a POSIX ACL lets write."""

from __future__ import annotations

from typing import Final

import pytest

from proxyenv.machine.acl import Writers, find_writers
from support.acls import pack_acl

USUAL: Final = pack_acl(users={12: 6, 13: 4}, groups={14: 5, 15: 7}, group=6)


@pytest.mark.parametrize(
    ("acl", "writers"),
    [
        pytest.param(USUAL, Writers((12,), (15,), own_group=True), id="those with the right"),
        pytest.param(pack_acl(users={12: 7}, mask=5), Writers(), id="nobody above the mask"),
        pytest.param(pack_acl(others=7), Writers(), id="others, whom the mode shows"),
        pytest.param(USUAL[:-1], Writers(), id="an entry that is cut"),
        pytest.param(b"\x03" + USUAL[1:], Writers(), id="another version"),
        pytest.param(b"\x02", Writers(), id="no whole version"),
        pytest.param(b"", Writers(), id="empty"),
    ],
)
def test_an_acl_lets_write_whom_it_names_with_that_right(acl: bytes, writers: Writers) -> None:
    assert find_writers(acl) == writers
