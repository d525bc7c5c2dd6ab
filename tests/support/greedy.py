"""What a fresh interpreter may run: a program that takes all the memory that it gets."""

from __future__ import annotations

from proxyenv.checks.child.record import Reporter, read_job


def main() -> None:
    """Take memory until there is none, and say so."""
    reporter, _ = Reporter(), read_job()
    taken: list[bytes] = []
    try:
        while len(taken) < 4096:
            taken.append(b"x" * (1 << 20))
    except MemoryError:
        taken.clear()
        reporter.say("refused")
    reporter.say("end")
