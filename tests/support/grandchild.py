"""What a fresh interpreter may run: a program that prints, and that starts another one."""

from __future__ import annotations

import subprocess
import sys

from proxyenv.checks.child.record import Reporter, read_job

_PROGRAM = (
    "import socket, sys, time; s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); time.sleep(60)"
)


def main() -> None:
    """Start a program that holds a connection to the port of the job, and print meanwhile."""
    reporter, job = Reporter(), read_job()
    print("this is no record", flush=True)
    subprocess.Popen([sys.executable, "-c", _PROGRAM, str(job["port"])], stdout=2)
    reporter.say("started")
    sys.stdin.close()
    subprocess.run(["sleep", "60"], check=False)  # noqa: S607 - PATH is the test's own
