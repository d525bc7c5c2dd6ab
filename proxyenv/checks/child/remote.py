"""Whether a job reaches the remotes of git that the code of a deployment comes from."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final, cast

from proxyenv.checks.child.fetch import get_document

if TYPE_CHECKING:
    from proxyenv.checks.child.record import Record

_SECONDS: Final = 30.0
_KEPT: Final = 1024
"""In bytes, of what git says."""
_QUIET: Final = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}


def ask_git(remote: str, limits: Record, *, seconds: float = _SECONDS) -> Record:
    """What git says of a remote, or where there is no git, what its server answers.

    Args:
        remote: its URL.
        limits: see ``get_document``.
        seconds: how long git may take.

    Raises:
        TimeoutError: it took longer.
    """
    places = filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep))
    path = os.pathsep.join(places)  # nothing that lies in the working directory
    git = shutil.which("git", path=path)
    if git is None and remote.startswith(("http://", "https://")):
        return get_document(f"{remote.rstrip('/')}/info/refs?service=git-upload-pack", limits)
    if git is None:
        return {"skipped": "there is no git"}
    with subprocess.Popen(
        [git, "ls-remote", "--exit-code", remote, "HEAD"],
        env={**os.environ, "PATH": path, **_QUIET},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,  # so that the helper that it starts for `https://` can be ended with it
    ) as process:
        try:
            said = _listen(process, seconds)
        except BaseException:
            _end(process)
            raise
    return {"status": process.returncode, "said": " ".join(said.decode("utf-8", "replace").split())}


def _listen(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The start of what it says until it ends."""
    said, until = bytearray(), time.monotonic() + seconds
    stream = cast("IO[bytes]", process.stderr)
    # Its helpers hold the same pipe, so that it may stay open after git itself has ended.
    reader = threading.Thread(target=_hear, args=(stream, said), daemon=True)
    reader.start()
    reader.join(seconds)
    try:
        process.wait(max(until - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"no answer in {seconds:g} s") from error
    return bytes(said)


def _hear(stream: IO[bytes], said: bytearray) -> None:
    """Take all that comes, and keep the start of it."""
    with suppress(OSError, ValueError):  # it is closed where nobody waits any more
        while more := stream.read(65536):
            said += more[: _KEPT - len(said)]


if sys.platform == "win32":

    def _end(process: subprocess.Popen[bytes]) -> None:
        command = ("taskkill", "/T", "/F", "/PID", str(process.pid))
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

else:

    def _end(process: subprocess.Popen[bytes]) -> None:
        """End a program that nobody has waited for yet, and all that it has started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
