"""The company where all these people work, and one of them for each row."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from support.company import Company, open_company
from support.person import Person
from support.resting import resting

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def company(mitmproxy_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Everything running, once for all rows of a worker."""
    with (
        open_company(tmp_path_factory.mktemp("company"), mitmproxy_python) as found,
        resting("company", found.server.child.process.pid),
    ):
        yield found


@pytest.fixture
def person(company: Company) -> Iterator[Person]:
    with contextlib.ExitStack() as stack:
        yield Person(company, company.directory("person"), stack)
