"""The deployment of the proof flow: it needs no code on the worker, and Prefect alone in the job.

The flow travels in the deployment. Its one pull step writes it into the directory of the run, which the
worker removes, or else into one of its own, which the flow removes as soon as it is loaded. Prefect takes any
function that can be imported for a step; ``timeit.timeit`` runs a text in the job's own interpreter, whatever
that is called there, without a shell. Then the run starts as any other: ``prefect flow-run execute`` in a
container, the engine in a process.

Source: Prefect 3.8.8 and 3.9.1, `runner/_workspace_resolver.py` and `flows.py`; driven on process and Docker.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.interpreter import load_sources

if TYPE_CHECKING:
    from collections.abc import Mapping

FLOW_NAME: Final = "proxyenv-check"
"""What the name of the flow starts with on the server, and the tag of all that is made there."""

_ENTRYPOINT: Final = "proxyenv_check.py:check"

_MODULE: Final = "proxyenv.checks.child.job"

_FILE: Final = """\
import base64, json, os, shutil, sys, types, zlib
for name, source in json.loads(zlib.decompress(base64.b64decode({sources!r}))):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, "<" + name + ">", "exec", dont_inherit=True), module.__dict__)
check = module.check
here, back = os.path.dirname(os.path.abspath(__file__)), %r
if back:
    os.chdir(back)
    shutil.rmtree(here, ignore_errors=True)
"""
"""The file in the job. Each module is made before one that imports it, as in `checks/interpreter.py`."""

_STEP: Final = """\
import base64, os, tempfile, zlib
text = zlib.decompress(base64.b64decode({file!r})).decode()
back, top = os.getcwd(), os.path.realpath(tempfile.gettempdir()) + os.sep
if os.path.realpath(back).startswith(top):
    back = ""
else:
    os.chdir(tempfile.mkdtemp(prefix="proxyenv-check-"))
with open("proxyenv_check.py", "w", encoding="utf-8") as file:
    file.write(text % back)
"""


class Order(NamedTuple):
    """What a job has to look at.

    Args:
        documents: URL → the form that it has to have: ``index``, ``uuid`` or, for any, empty.
        named: whether somebody asked for each of them; else they stand for one another.
        token: what nobody could guess: letters and digits.
        anchors: the SHA-256 of each corporate CA.
        names: the variables whose values are reported, passwords masked.
        timeout: seconds for one step over the network.
        git: remotes to ask for.
        days: a corporate CA that ends in fewer days is announced by the event ``proxyenv.ca.expiring``.
    """

    documents: Mapping[str, str]
    named: bool
    token: str
    anchors: tuple[str, ...]
    names: tuple[str, ...]
    timeout: float
    git: tuple[str, ...] = ()
    days: int = 0


def make_deployment(pool: str, order: Order) -> dict[str, Any]:
    """The arguments of Prefect's ``client.create_deployment`` that make a job run the proof.

    The caller adds ``flow_id``, ``name`` and ``work_pool_name``, and what the jobs are to have besides:
    ``work_queue_name``, ``job_variables``, ``tags``, ``schedules``.

    Args:
        pool: its name, which the keys of the artifacts are made of.
        order: what to look at.

    Returns:
        JSON values: ``entrypoint``, ``pull_steps``, ``parameters``, ``enforce_parameter_schema``.
    """
    limits = {"step": order.timeout, "document": 3 * order.timeout, "bytes": 1 << 20}
    asked = {
        "key": make_key(pool),
        "documents": [list(pair) for pair in order.documents.items()],
        "named": order.named,
        "token": order.token,
        "anchors": list(order.anchors),
        "names": list(order.names),
        "limits": limits,
        "git": list(order.git),
        "days": order.days,
    }
    return {
        "entrypoint": _ENTRYPOINT,
        "pull_steps": [{"timeit.timeit": {"stmt": _make_step(), "number": 1}}],
        "parameters": {"order": asked, "proven": []},
        "enforce_parameter_schema": False,
    }


def make_key(pool: str) -> str:
    """What the keys of the artifacts of a pool's workers start with; one worker has always the same."""
    return f"{FLOW_NAME}-{hashlib.sha256(pool.encode()).hexdigest()[:8]}"


def _make_step() -> str:
    sources = _pack(json.dumps(load_sources(_MODULE)))
    return _STEP.format(file=_pack(_FILE.format(sources=sources)))


def _pack(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")
