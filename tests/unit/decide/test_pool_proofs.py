"""Why a job left no record, by what its worker and Prefect said."""

from __future__ import annotations

import pytest

from proxyenv.decide.pool_proofs import attribute, find_index, find_remotes, judge_before
from proxyenv.model.pool import PoolWorker, WorkPool

CRASHED = "Flow run infrastructure exited with non-zero status code 1"


@pytest.mark.parametrize(
    ("state", "message", "logs", "code", "where"),
    [
        pytest.param("CRASHED", CRASHED, (), "job-died", "job", id="a container that said nothing"),
        pytest.param(
            "CRASHED",
            "Flow run could not be submitted to infrastructure",
            ('docker.errors.ImageNotFound: 404 Client Error: Not Found ("No such image: etl:2")',),
            "job-image-missing",
            "worker",
            id="an image that is not there",
        ),
        pytest.param(
            "CRASHED",
            "ErrImagePull: failed to pull and unpack image",
            (),
            "job-image-missing",
            "worker",
            id="an image that a node cannot pull",
        ),
        pytest.param(
            "CRASHED",
            "Flow run infrastructure exited with non-zero status code 127",
            (),
            "job-without-prefect",
            "job",
            id="a command that is not in the image",
        ),
        pytest.param(
            "CRASHED",
            CRASHED,
            ("/usr/bin/python3: No module named prefect",),
            "job-without-prefect",
            "job",
            id="an image whose Python has no Prefect",
        ),
        pytest.param(
            "CRASHED",
            "Flow run could not be submitted to infrastructure",
            ("kubernetes_asyncio: Cannot connect to host 10.96.0.1:443: certificate verify failed",),
            "worker-cluster-api",
            "worker",
            id="the CA of the cluster's own API",
        ),
        pytest.param(
            "CRASHED",
            "Error while fetching server API version: ('Connection aborted.', FileNotFoundError(2))",
            (),
            "worker-infrastructure",
            "worker",
            id="a Docker daemon that does not answer",
        ),
        pytest.param(
            "CRASHED",
            "Failed to submit flow run to infrastructure: PrefectHTTPStatusError: Server error '503 Service "
            "Unavailable' for url 'http://p.test/api/flow_runs/1/labels'",
            (),
            "worker-infrastructure",
            "worker",
            id="an API that is too busy for the worker",
        ),
        pytest.param("SCHEDULED", "", (), "job-not-taken", "worker", id="a run that nobody took"),
        pytest.param("PENDING", "", (), "job-never-started", "worker", id="a pod that waits"),
        pytest.param("RUNNING", "", (), "job-not-finished", "job", id="a flow that does not end"),
        pytest.param(
            "FAILED", "Flow could not be retrieved", (), "job-failed", "job", id="a flow that failed"
        ),
    ],
)
def test_a_job_without_a_record_is_attributed(
    state: str, message: str, logs: tuple[str, ...], code: str, where: str
) -> None:
    found = attribute(state, message, logs, 60.0)
    assert (found.code, found.where) == (code, where)


def test_the_last_exception_in_the_log_is_quoted() -> None:
    log = "Traceback (most recent call last):\n  ...\nFileNotFoundError: [Errno 2] No such file or directory"
    assert attribute("CRASHED", CRASHED, ("Worker 'w' submitting flow run 'x'", log), 9.0).detail == (
        "the run is `CRASHED`: FileNotFoundError: [Errno 2] No such file or directory"
    )


def test_remotes_are_shown_without_credentials_and_templates_are_left_out() -> None:
    steps = (
        {"prefect.deployments.steps.git_clone": {"repository": "https://ada:geheim@git.corp.test/etl.git"}},
        {"prefect.deployments.steps.git_clone": {"repository": "{{ prefect.variables.repo }}"}},
        {"prefect.deployments.steps.set_working_directory": {"directory": "/flows"}},
    )
    assert find_remotes(steps) == ("https://git.corp.test/etl.git",)


@pytest.mark.parametrize(
    ("remote", "shown"),
    [
        pytest.param("https://ada:SEC/ret@git.test/x.git", (), id="a slash in the password"),
        pytest.param("https://ada:12/ret@git.test/x.git", (), id="a password that begins as a port"),
        pytest.param("https://git.test/x.git?private_token=SEC", (), id="a query"),
        pytest.param("https://git.test/x.git#SEC", (), id="a fragment"),
        pytest.param("https://ada:SECxyz", (), id="cut"),
        pytest.param("https://ada:SECxyz%40git.test/x.git", (), id="an encoded at sign"),
        pytest.param("ada:SEC@git.test:x.git", (), id="a password of ssh"),
        pytest.param("https://ada:S@EC@git.test/x.git", ("https://git.test/x.git",), id="two at signs"),
        pytest.param("git@git.test:etl/x.git", ("git@git.test:etl/x.git",), id="ssh"),
        pytest.param("git.test:etl/x.git", ("git.test:etl/x.git",), id="ssh without a user"),
        pytest.param("ssh://git@git.test:22/x.git", ("ssh://git.test:22/x.git",), id="a URL of ssh"),
    ],
)
def test_a_remote_in_which_a_secret_may_be_is_left_out(remote: str, shown: tuple[str, ...]) -> None:
    step = {"prefect.deployments.steps.git_clone": {"repository": remote}}
    assert find_remotes((step,)) == shown


def test_an_index_that_wants_credentials_is_left_out() -> None:
    assert (
        find_index({"PIP_INDEX_URL": "https://index.corp.test/simple"})
        == "https://index.corp.test/simple/pip/"
    )
    assert find_index({"PIP_INDEX_URL": "https://ada:geheim@index.corp.test/simple"}) is None


def test_a_pool_whose_worker_has_just_sent_a_heartbeat_is_ready() -> None:
    alive = PoolWorker("w", "ONLINE", "2026-11-28T20:00:00+00:00", 30.0, 59.0)
    gone = alive._replace(age=61.0)
    pool = WorkPool("etl", "process", {"variables": {}}, workers=(alive,))
    assert judge_before(pool, None) == ()
    assert [each.cause for each in judge_before(pool._replace(workers=(gone,)), None)] == ["pool-no-worker"]
