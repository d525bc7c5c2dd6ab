"""``python -m proxyenv`` and the console script ``proxyenv``."""

from __future__ import annotations

import sys

from proxyenv.cli import run


def main() -> int:
    """Run one verb.

    Returns:
        The exit status: 0 success, 1 negative answer, 2 usage, 3 failed, 130 interrupted.
    """
    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
