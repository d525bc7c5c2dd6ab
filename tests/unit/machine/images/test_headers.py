"""Tars as every program writes them, and as only somebody hostile does."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.entries import read_tar
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(20)

LONG: Final = "/".join(["d" * 90] * 3)
KEY: Final = b"-----BEGIN PRIVATE KEY-----\n" + b"A" * 64 + b"\n"
END: Final = bytes(1024)


def read(tar: bytes, piece: int = 1000) -> dict[str, tuple[str, str, bytes]]:
    """Of each entry its kind, its target and its content."""
    pieces = (tar[start : start + piece] for start in range(0, len(tar), piece))
    return {
        entry.path: (
            "hard link" if entry.is_hard_link else entry.kind,
            entry.target,
            b"".join(entry.read()) if entry.size else b"",
        )
        for entry in read_tar(pieces, "x", lambda _: None)
    }


def refused(tar: bytes) -> str:
    with pytest.raises(DiscoveryError) as caught:
        read(tar)
    assert caught.value.code == "image-unreadable"
    return caught.value.message


def craft(flag: bytes, content: bytes = b"", name: str = "f") -> bytes:
    """One header with its content."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size = flag, len(content)
    return entry.tobuf(tarfile.GNU_FORMAT) + content + bytes(-len(content) % 512)


def record(text: str) -> bytes:
    """One record of POSIX's, below 100 bytes."""
    return f"{len(text) + 4:02} {text}\n".encode()


def sign(header: bytearray) -> bytes:
    """The header with its checksum."""
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def sparse(*, goes_on: int = 0, size: bytes = b"%011o\0" % 512) -> bytes:
    """The header of a sparse file as GNU tar once wrote it: one block, and what is behind it is a hole."""
    header = bytearray(craft(b"S", b"y" * 512)[:512])
    header[386:410] = b"%011o\0%011o\0" % (512, 512)
    header[482] = goes_on
    header[483:495] = size
    return sign(header)


def lay_out(root: Path) -> None:
    """A directory with one of everything."""
    (root / LONG).mkdir(parents=True)
    (root / LONG / "file").write_bytes(KEY)
    (root / "file").hardlink_to(root / LONG / "file")
    (root / "link").symlink_to(f"{LONG}/file")
    (root / "empty").touch()


@pytest.mark.parametrize("form", ["v7", "oldgnu", "gnu", "ustar", "posix"])
def test_what_gnu_tar_writes_is_read(tmp_path: Path, form: str) -> None:
    lay_out(tmp_path)
    kept = ("empty", "link", "file", f"{LONG}/file") if form not in {"v7", "ustar"} else ("empty", "file")
    command = (require_client("tar"), "-c", f"--format={form}", "-C", str(tmp_path), *kept)
    found = read(subprocess.run(command, check=True, capture_output=True).stdout)
    everything = {
        "empty": ("file", "", b""),
        "file": ("file", "", KEY),
        "link": ("link", f"{LONG}/file", b""),
        f"{LONG}/file": ("hard link", "file", b""),
    }
    assert found == {path: everything[path] for path in kept}


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--format=gnu",), id="GNU"),
        pytest.param(("--format=posix", "--sparse-version=0.0"), id="0.0"),
        pytest.param(("--format=posix", "--sparse-version=0.1"), id="0.1"),
        pytest.param(("--format=posix", "--sparse-version=1.0"), id="1.0"),
    ],
)
def test_of_a_sparse_file_what_is_stored_is_read(tmp_path: Path, options: tuple[str, ...]) -> None:
    with (tmp_path / "core").open("wb") as file:
        for number in range(200):
            file.seek(number * 1_048_576)
            file.write(b"%03d\n" % number * 1024)
        file.truncate(10**12)
    (tmp_path / "next").write_bytes(KEY)
    command = (require_client("tar"), "-cS", *options, "-C", str(tmp_path), "core", "next")
    found = read(subprocess.run(command, check=True, capture_output=True).stdout)
    assert set(found["core"][2].split()) == {b"%03d" % number for number in range(200)}
    assert len(found["core"][2]) < 3_000_000
    assert found["next"] == ("file", "", KEY)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(tarfile.GNU_FORMAT, id="GNU"),
        pytest.param(tarfile.PAX_FORMAT, id="POSIX"),
    ],
)
def test_what_python_writes_is_read(form: int) -> None:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
        entry = tarfile.TarInfo(f"{LONG}/\u00e4\udcff")
        entry.uid, entry.gid, entry.mode, entry.size = 3_000_000, 2**31, 0o4751, len(KEY)
        tar.addfile(entry, io.BytesIO(KEY))
        entry = tarfile.TarInfo("link")
        entry.type, entry.linkname = tarfile.SYMTYPE, LONG
        tar.addfile(entry)
    first, second = read_tar(iter([buffer.getvalue()]), "x", lambda _: None)
    assert (first.path, first.kind, first.size) == (f"{LONG}/\u00e4\udcff", "file", 93)
    assert (first.uid, first.gid, first.mode) == (3_000_000, 2_147_483_648, 0o4751)
    assert (second.path, second.kind, second.target) == ("link", "link", LONG)


def test_a_path_in_two_fields_is_one() -> None:
    entry = tarfile.TarInfo(f"{LONG}/file"[-200:])
    assert list(read(entry.tobuf(tarfile.USTAR_FORMAT) + END)) == [f"{LONG}/file"[-200:]]


def test_times_in_an_old_header_are_no_path() -> None:
    header = bytearray(craft(b"0"))
    header[345:357] = b"14371234567\0"
    assert list(read(sign(header) + END)) == ["f"]


def test_the_last_records_count_and_an_empty_value_does_not() -> None:
    first = craft(b"x", record("path=one") + record("size=9999"))
    last = craft(b"x", record("path=") + record("linkpath=two"))
    assert read(first + last + craft(b"2") + END) == {"f": ("link", "two", b"")}


def test_records_for_all_files_count_for_none() -> None:
    everywhere = craft(b"g", record("path=everywhere") + record("size=0"))
    assert read(everywhere + craft(b"0", b"content") + END) == {"f": ("file", "", b"content")}


def test_any_number_of_records_for_all_files_is_passed_over() -> None:
    one = b"".join(record(f"S.{number:05}=v") for number in range(3000))
    assert list(read(craft(b"g", one) * 3000 + craft(b"0") + END, piece=1 << 20)) == ["f"]


def test_what_stands_before_one_file_has_a_limit() -> None:
    message = "`x` has a header that is larger than any tar's"
    assert refused(craft(b"x", record("path=a")) * 1025 + craft(b"0") + END) == message
    assert refused(craft(b"L", b"a" * 2**20) + craft(b"0") + END) == message
    assert list(read((craft(b"x", record("path=a")) * 1000 + craft(b"0")) * 3 + END)) == ["a"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"1" * 250_000, id="digits"),
        pytest.param(b"11 path=ab", id="no end of a line"),
        pytest.param(b"99 path=ab\n", id="longer than it is"),
        pytest.param(b"0 path=ab\n", id="shorter than it is"),
        pytest.param(record("path"), id="no value"),
        pytest.param(record("size=1e5"), id="no number"),
        pytest.param(record(f"uid={'9' * 40}"), id="a long number"),
        pytest.param(record("size=-512"), id="negative"),
    ],
)
def test_broken_records_are_refused(content: bytes) -> None:
    assert "header" in refused(craft(b"x", content) + craft(b"0") + END)


def test_a_hole_of_any_size_costs_nothing() -> None:
    hole = sparse(size=b"\x80\0\0\0\x10" + bytes(7))
    assert read(hole + b"y" * 512 + END) == {"f": ("file", "", b"y" * 512)}


def test_any_number_of_pieces_of_a_sparse_file_takes_no_memory() -> None:
    import tracemalloc

    block = b"77777777777\0" * 42 + b"\1" + bytes(7)
    tar = sparse(goes_on=1) + block * 50_000 + bytes(512) + b"y" * 512 + END
    tracemalloc.start()
    found = read(tar)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == {"f": ("file", "", b"y" * 512)}
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"two\n" + bytes(508), id="no number"),
        pytest.param(b"\n" * 512, id="no digits"),
        pytest.param(b"999999999\n1\n".ljust(512, b"\0"), id="longer than the file"),
        pytest.param(b"0\n", id="no whole block"),
    ],
)
def test_a_broken_map_is_refused(content: bytes) -> None:
    version = record("GNU.sparse.major=1") + record("GNU.sparse.minor=0")
    assert "damaged" in refused(craft(b"x", version) + craft(b"0", content) + END)


@pytest.mark.parametrize(
    ("number", "mode"),
    [
        pytest.param(b"\xff" * 8, 0o7777, id="negative"),
        pytest.param(b"\x80" + b"\x7f" * 7, 0o7577, id="large"),
        pytest.param(b"\x80\0\0\1\0\0\1\xa4", 0o644, id="beyond 32 bits"),
    ],
)
def test_of_a_mode_of_any_size_the_permissions_are_read(number: bytes, mode: int) -> None:
    header = bytearray(craft(b"0"))
    header[100:108] = header[108:116] = header[116:124] = number
    (entry,) = read_tar(iter([sign(header) + END]), "x", lambda _: None)
    assert entry.mode == mode
    assert entry.uid == entry.gid


def test_a_file_comes_in_whole_pieces_however_its_tar_comes() -> None:
    content = b"\x7fELF" + b"x" * 5000
    tar = craft(b"0", content) + END
    for piece in (1, 3, 700):
        pieces = (tar[start : start + piece] for start in range(0, len(tar), piece))
        for entry in read_tar(pieces, "x", lambda _: None):
            assert list(entry.read()) == [content]


def test_a_number_that_is_none_is_refused() -> None:
    header = bytearray(craft(b"0"))
    header[108:116] = b"0o17777\0"
    assert refused(sign(header) + END) == ("`x` is damaged: a header in it has no number where one belongs")
