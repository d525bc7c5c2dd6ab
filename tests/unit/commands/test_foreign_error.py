"""What Python or the operating system raises becomes an error of proxyenv, class by class."""

from __future__ import annotations

import errno
import json
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from proxyenv.commands.foreign_error import find_foreign_error
from proxyenv.formats.configuration import parse_configuration
from proxyenv.formats.format import require_bounded

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.errors import ProxyenvError


class Text(str):
    """The text of a file whose reader fails while it looks for something."""

    __slots__ = ("error",)
    error: BaseException

    def __len__(self) -> int:
        raise self.error


def read_settings(error: BaseException) -> None:
    text = Text("a = 1")
    text.error = error
    require_bounded(text, source="`proxyenv.toml`")


def refuse(error: BaseException) -> None:
    raise error


def explain(act: Callable[[], object], verb: str = "status") -> ProxyenvError | None:
    try:
        act()
    except Exception as error:  # noqa: BLE001 - whatever it is
        return find_foreign_error(error, verb)
    pytest.fail("nothing was raised")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        pytest.param(
            OSError(errno.EIO, "Input/output error", "/net/a"),
            "system-refused",
            "`/net/a` cannot be used: input/output error",
            id="a disk that fails",
        ),
        pytest.param(
            NotADirectoryError(errno.ENOTDIR, "Not a directory", b"/a/b"),
            "system-refused",
            "`/a/b` cannot be used: not a directory",
            id="a file for a directory",
        ),
        pytest.param(
            OSError(errno.ENOSPC, "No space left on device", "standard output"),
            "no-space",
            "`standard output` cannot be used: no space left on device",
            id="a full disk",
        ),
        pytest.param(
            OSError(403, "Forbidden", "http://ada:p4ss@proxy.test"),
            "system-refused",
            "`status` cannot go on: forbidden",
            id="a URL is no path",
        ),
        pytest.param(TimeoutError(), "system-refused", "`status` cannot go on: TimeoutError", id="no words"),
        pytest.param(
            ssl.SSLError(1, "[SSL] wrong version number"),
            "system-refused",
            "`status` cannot go on: [SSL] wrong version number",
            id="TLS",
        ),
        pytest.param(
            OSError(errno.ENOMEM, "Cannot allocate memory", "/a"),
            "out-of-resources",
            "the system gives `status` no more memory",
            id="no memory for a call",
        ),
        pytest.param(
            MemoryError(), "out-of-resources", "the system gives `status` no more memory", id="no memory"
        ),
        pytest.param(
            ImportError("libssl.so.3: failed to map segment from shared object"),
            "out-of-resources",
            "the system gives `status` no more memory",
            id="no memory for a library",
        ),
        pytest.param(
            OSError(errno.EMFILE, "Too many open files", "/a"),
            "out-of-resources",
            "the system gives `status` no more open files",
            id="too many open files",
        ),
        pytest.param(
            BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"),
            "out-of-resources",
            "the system gives `status` no more processes",
            id="too many processes",
        ),
    ],
)
def test_what_the_system_refuses(error: Exception, code: str, message: str) -> None:
    found = explain(lambda: refuse(error))
    assert found is not None
    assert (found.code, found.message) == (code, message)


def test_the_file_is_named_for_which_there_is_no_memory() -> None:
    found = explain(lambda: read_settings(MemoryError()))
    assert found is not None
    assert found.message == "the system gives `status` no more memory while it read `proxyenv.toml`"


@pytest.mark.parametrize(
    ("error", "what"),
    [
        pytest.param(RecursionError("maximum depth"), "is nested too deeply", id="deep"),
        pytest.param(
            json.JSONDecodeError("p4ssw0rd", "p4ssw0rd", 0),
            "is not what `status` can read (JSONDecodeError)",
            id="a library's refusal, without its words",
        ),
        pytest.param(
            UnicodeDecodeError("utf-8", b"p4ssw0rd\xff", 8, 9, "invalid start byte"),
            "is not what `status` can read (UnicodeDecodeError)",
            id="bytes that are no text, without their content",
        ),
    ],
)
def test_what_a_parser_cannot_read_is_named_by_its_file(error: Exception, what: str) -> None:
    found = explain(lambda: read_settings(error))
    assert found is not None
    assert found.code == "input-unreadable"
    assert found.message.startswith(f"`proxyenv.toml` {what}, at `proxyenv/formats/format.py`, line ")
    assert found.hint is None


def test_a_number_of_too_many_digits_is_what_was_read() -> None:
    found = explain(lambda: int("9" * 5000))
    assert found is not None
    assert (
        found.message
        == "something that `status` read is not what `status` can read (ValueError), at an unknown line"
    )


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(KeyError("a"), id="a missing key"),
        pytest.param(RuntimeError("generator raised StopIteration"), id="a runtime error"),
        pytest.param(ImportError("cannot import name 'x'"), id="a name that is not there"),
    ],
)
def test_anything_else_is_a_bug(error: Exception) -> None:
    assert explain(lambda: refuse(error)) is None


def test_a_value_that_proxyenv_itself_refuses_is_a_bug() -> None:
    configuration: Any = None
    assert explain(lambda: parse_configuration(configuration, source="`a`")) is None


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_{name}, ({soft}, {hard}))
from proxyenv.commands.foreign_error import find_foreign_error
print(find_foreign_error({error}, "status").hint)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="its limits")
@pytest.mark.parametrize(
    ("name", "soft", "hard", "error", "hint"),
    [
        pytest.param(
            "AS",
            1 << 30,
            -1,
            "MemoryError()",
            "`ulimit -S -v unlimited` raises the limit of this shell, then run the command again",
            id="memory",
        ),
        pytest.param(
            "AS",
            1 << 30,
            2 << 30,
            'RuntimeError("can\'t start new thread")',
            "`ulimit -S -v 2097152` raises the limit of this shell, then run the command again",
            id="memory for a thread, up to a limit",
        ),
        pytest.param(
            "NOFILE",
            40,
            40,
            "OSError(24, 'Too many open files')",
            "a higher limit than that of this shell (`ulimit -n` shows it) can only be given by root",
            id="open files, and no more",
        ),
        pytest.param(
            "AS",
            -1,
            -1,
            "MemoryError()",
            "end programs that take many resources, then run the command again",
            id="no limit",
        ),
    ],
)
def test_the_limit_to_raise_is_named(name: str, soft: int, hard: int, error: str, hint: str) -> None:
    script = LIMITED.format(name=name, soft=soft, hard=hard, error=error)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == (f"{hint}\n", "")
