"""The templates that Prefect's own collection gives to new work pools."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def usual_templates() -> dict[str, dict[str, Any]]:
    """Type of work pool → its usual template. Prefect need not be imported for that, which takes seconds."""
    prefect = find_spec("prefect")
    assert prefect is not None
    assert prefect.origin is not None
    data = Path(prefect.origin).parent / "server/api/collections_data/views/aggregate-worker-metadata.json"
    collections = json.loads(data.read_text("utf-8"))
    return {
        worker["type"]: worker["default_base_job_configuration"]
        for workers in collections.values()
        for worker in workers.values()
    }
