"""The programs of a user, as they would be typed or kept in a file. None of them knows of a proxy."""

from __future__ import annotations

from typing import Final

REQUESTS: Final = "import sys, requests; print(*(requests.get(url, timeout=30).text for url in sys.argv[1:]))"
"""Fetches every URL with requests, and prints what came."""

HTTPX: Final = "import sys, httpx; print(*(httpx.get(url, timeout=30).text for url in sys.argv[1:]))"
"""Fetches every URL with httpx, and prints what came."""

HTTPX_TOLD: Final = "import sys, httpx; print(httpx.Client(proxy=sys.argv[1]).get(sys.argv[2]).text)"
"""Fetches one URL through a proxy that it is told, trusting what Python trusts of itself."""

FLOW: Final = '''"""Fetch a document from each URL, each in a task of its own."""

import json
import sys

import httpx
from prefect import flow, runtime, task


@task
def fetch(url: str) -> str:
    answer = httpx.get(url, timeout=30)
    answer.raise_for_status()
    return answer.json()["uuid"]


@flow(log_prints=True)
def fetch_all(urls: list[str]) -> dict[str, object]:
    uuids = [fetch(url) for url in urls]
    print("uuids:", *uuids)
    return {"flow_run": runtime.flow_run.id, "uuids": uuids}


if __name__ == "__main__":
    print(json.dumps(fetch_all(sys.argv[1:])))
'''
"""A flow of the user's own. Its last line on stdout is JSON with ``flow_run`` and ``uuids``."""
