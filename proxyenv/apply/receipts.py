"""Reads and writes the receipt while something else than files is changed: trust stores, work pools."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from proxyenv.apply.atomic import discard, observe, publish, put, stage, sync_directory
from proxyenv.apply.directories import create_receipt, missing_directories
from proxyenv.apply.faults import changed_meanwhile, in_spite_of, nothing_changed
from proxyenv.apply.lock import locked
from proxyenv.errors import not_installed
from proxyenv.formats.receipt import parse_receipt, render_receipt
from proxyenv.model.change import FileState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.pool import PoolEntry
    from proxyenv.model.receipt import Receipt

_MODE: Final = 0o600


def load_receipt(path: Path) -> tuple[Receipt, tuple[int, int] | None]:
    """The receipt as it is now, and whose file it is.

    Raises:
        DiscoveryError: ``not-installed`` or ``receipt-invalid``.
        Fault: it cannot be read.
    """
    state = observe(path)
    if state is None:
        raise not_installed()
    text = state.text
    return parse_receipt(text, source=f"`{path}`"), state.owner


def save_receipt(path: Path, receipt: Receipt, owner: tuple[int, int] | None) -> None:
    """Write the receipt, whole or not at all; who may read it stays.

    Raises:
        Fault: it cannot be written.
    """
    try:
        put(path, _make_state(path, receipt, owner))
    except BaseException:
        discard(path)
        raise


def _make_state(path: Path, receipt: Receipt, owner: tuple[int, int] | None) -> FileState:
    found = observe(path)
    return FileState(render_receipt(receipt).encode("ascii"), found.mode if found else _MODE, owner)


def write_rebuilt_receipt(path: Path, receipt: Receipt, *, instead_of: FileState | None) -> None:
    """Write a receipt where there is none, or a damaged one; from then on a removal that is killed can go on.

    Args:
        path: of the receipt.
        receipt: what was rebuilt.
        instead_of: what was in its place when it was.

    Raises:
        ApplyError: ``locked``, ``changed-meanwhile``, ``read-only``, ``no-space`` or ``write-failed``.
    """
    path = path.resolve()
    with nothing_changed(), locked(path, receipt.directories):
        if observe(path) != instead_of:
            raise changed_meanwhile(path)
        state = FileState(
            render_receipt(receipt).encode("ascii"), _MODE, instead_of.owner if instead_of else None
        )
        discard(path)
        create_receipt(path, state, missing_directories((path,)))


@contextmanager
def recording_pool(path: Path, api: str, pool: str, entry: PoolEntry | None) -> Iterator[None]:
    """Write into the receipt what a work pool has, once the body has brought it there.

    The receipt is on the disk before the body begins, under another name, so a disk that refuses does so
    before anything has changed.

    Args:
        path: of the receipt of an installation.
        api: the URL of the API, without credentials.
        pool: its name.
        entry: what takes the place of what was known of it; ``None``: nothing.

    Raises:
        ApplyError: ``locked``, ``read-only``, ``no-space`` or ``write-failed``.
        DiscoveryError: ``not-installed`` or ``receipt-invalid``.
    """
    with nothing_changed(), locked(path, ()):
        receipt, owner = load_receipt(path)
        others = tuple(each for each in receipt.pools if (each.api, each.pool) != (api, pool))
        pools = (*others, entry) if entry else others
        try:
            if pools != receipt.pools:
                stage(path, _make_state(path, receipt._replace(pools=pools), owner))
            yield
            if pools != receipt.pools:
                with in_spite_of(f"the work pool `{pool}` is changed"):
                    publish(path)
                    sync_directory(path.parent)
        except BaseException:
            discard(path)
            raise


def record_pool(path: Path, api: str, pool: str, entry: PoolEntry | None) -> None:
    """Write into the receipt what a work pool will have, or had; see :func:`recording_pool`."""
    with recording_pool(path, api, pool, entry):
        pass
