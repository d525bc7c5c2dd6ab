"""The codes of work pools: what ``pool show`` says about jobs, and ``check --pool`` about workers."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "pool-host-path",
        "jobs get a path of the worker's machine, which they do not have",
        (
            "a worker hands every setting of Prefect that is set on its machine to its jobs, paths too",
            "it beats what the image says, and the job dies before it can report: `Crashed`, without a log",
        ),
        "`proxyenv pool patch NAME` writes what is true in a job",
        severity="error",
    ),
    Code(
        "pool-file-missing",
        "jobs get the path of a file that is not there",
        ("it was deleted or moved", "the deployment was written for another machine"),
        "`proxyenv pool patch NAME`, or correct the path where the find says that it stands",
        severity="error",
    ),
    Code(
        "pool-proxy-loopback",
        "jobs get a proxy on loopback, which in a container is the container itself",
        ("the proxy runs on the worker's machine, and its address there was written",),
        "`proxyenv pool patch NAME --proxy-there http://HOST:PORT`, as containers reach it",
        severity="error",
    ),
    Code(
        "pool-proxy-malformed",
        "jobs get a proxy that Prefect's clients cannot use",
        (
            "a scheme is missing: httpx adds it, websockets do not, and task runs are lost",
            "the URL starts with `https://` while the proxy speaks plain HTTP",
        ),
        "write `http://HOST:PORT`; `proxyenv pool patch NAME` does",
        severity="error",
    ),
    Code(
        "pool-docker-proxies",
        "the Docker client's own proxies get into the containers of jobs",
        ("`proxies` in `~/.docker/config.json` of the worker's user; they replace those of the image",),
        "`proxyenv pool patch NAME` sets all six variables, which win",
        severity="warning",
    ),
    Code(
        "pool-volumes-replaced",
        "a deployment's volumes replace those of the pool, so its jobs lack the CA",
        ("`volumes` of a deployment is not added to that of the pool, as `env` is",),
        "add the pool's volumes to the deployment, or put the files into the image",
        severity="error",
    ),
    Code(
        "pool-outdated",
        "the pool has what was set up on this machine before",
        ("`setup` or `refresh` has changed the proxy, the list or the paths since `pool patch`",),
        "run `proxyenv pool patch NAME` again: it takes the old values back and writes the new ones",
        severity="warning",
    ),
    Code(
        "worker-old-ca",
        "a worker lacked a corporate CA that is set up on this machine, when it was last checked",
        (
            "CAs are being exchanged, and its machine, image or ConfigMap still has the old one alone",
            "its machine is set up from another policy",
        ),
        "give it the new CA before the proxy uses it; `pool watch` or `check --pool --keep` looks again",
        severity="warning",
    ),
    Code(
        "pool-roots-corporate-only",
        "jobs trust the corporate CA and no public root",
        (
            "a variable that replaces the roots names a file with the corporate CA alone",
            "what is reached without the proxy, or is not intercepted, is refused then",
        ),
        "`proxyenv pool patch NAME` writes a bundle with the public roots, or name `ca-bundle.pem`",
        severity="warning",
    ),
    Code(
        "pool-secret-shown",
        "a password or a key is in the jobs' variables in clear",
        (
            "whoever may read the pool, the pods or the containers reads it",
            "a worker hands its key and its headers to its jobs",
        ),
        "use a Secret; the find says how",
        severity="warning",
    ),
    Code(
        "pool-no-proxy-cluster",
        "a worker asks its cluster's own API through the proxy",
        ("NO_PROXY lacks the literal address; names such as `.svc` and networks do not count there",),
        "add the address in `KUBERNETES_SERVICE_HOST` to NO_PROXY of the worker",
        severity="error",
    ),
    Code(
        "pool-no-template",
        "the pool has no template of its own yet",
        ("it was made by the API or Terraform, and no worker has started since",),
        "start a worker, or `proxyenv pool patch NAME`, which begins with the usual template of its type",
        severity="info",
    ),
    Code(
        "pool-paused",
        "the pool is paused: no job starts",
        ("somebody paused it",),
        "`prefect work-pool resume NAME`",
        severity="warning",
    ),
    Code(
        "pool-limit-zero",
        "the pool may run no job: its concurrency limit is 0",
        ("somebody set the limit; the pool says `READY` nevertheless",),
        "`prefect work-pool clear-concurrency-limit NAME`, or set a higher one",
        severity="warning",
    ),
    Code(
        "pool-no-worker",
        "no worker of the pool is alive",
        (
            "none was started, or it ended; one that has ended stays `ONLINE` for over a minute",
            "it cannot reach the API",
        ),
        "start one with `prefect worker start` on the machine that runs the jobs",
        severity="warning",
    ),
    Code(
        "pool-refuses-deployments",
        "the API does not let this key make the deployment of the proof",
        ("the key may only read", "the pool's template does not allow what the deployment says"),
        "ask for a key that may create deployments; the detail quotes the API",
        severity="error",
    ),
    Code(
        "worker-not-seen",
        "a worker that is alive took no run of the proof in time",
        (
            "other workers of the pool were faster each time: Prefect cannot send a run to one of them",
            "it is busy, or takes runs of other queues only",
        ),
        "check again with a longer `--timeout`",
        severity="error",
    ),
    Code(
        "worker-stopped",
        "a worker stopped while it was to be proved",
        ("somebody ended it", "its machine went down, or lost its way to the API"),
        "start it again, and check again",
        severity="error",
    ),
    Code(
        "job-not-taken",
        "no worker took the run of the proof in time",
        ("no worker takes runs of that queue", "all are busy, or their limits are reached"),
        "start a worker for that queue, or check again with a longer `--timeout`",
        severity="error",
    ),
    Code(
        "job-never-started",
        "a worker took the run, but its job did not start in time",
        (
            "the image is large, or its registry is slow",
            "a pod waits for a ConfigMap, a Secret or a node",
            "the job starts, and cannot reach the API to say so",
        ),
        "look at the container or the pod on the worker's side; `proxyenv pool show NAME` says what it gets",
        severity="error",
    ),
    Code(
        "job-not-finished",
        "the job of the proof did not end in time",
        ("something on its way answers very slowly",),
        "check again with a longer `--timeout`",
        severity="error",
    ),
    Code(
        "job-image-missing",
        "the image of the job cannot be had",
        (
            "its name is misspelt, or it was never pushed",
            "the registry wants credentials, or the daemon reaches it through a proxy that it does not know",
        ),
        "on the worker's machine: `docker pull IMAGE`",
        severity="error",
    ),
    Code(
        "job-without-prefect",
        "the image of the job has no Prefect",
        ("it is another image than was meant", "its `PATH` lacks the environment that has Prefect"),
        "use an image with Prefect in it: `image` of the deployment or of the pool",
        severity="error",
    ),
    Code(
        "job-died",
        "the job ended before it could report",
        (
            "a path of the worker's machine reached it, such as `PREFECT_API_SSL_CERT_FILE`",
            "it cannot reach the API: proxy, CA or address are wrong there",
            "it was killed, for its memory or by somebody",
        ),
        "`proxyenv pool show NAME` says what it gets; its own words are in the log of the container",
        severity="error",
    ),
    Code(
        "job-failed",
        "the run of the proof failed before it could write its result",
        ("the job lost its way to the API", "its Prefect is too old for the flow of the proof"),
        "read the log of the run: check again with `--keep`, and open it in Prefect",
        severity="error",
    ),
    Code(
        "job-other-proxy",
        "the job has another proxy than it should have",
        ("the worker was started from a shell with other variables", "its machine was set up otherwise"),
        "set the worker's machine up, and start the worker from a new shell",
        severity="warning",
    ),
    Code(
        "job-git-failed",
        "git in the job does not reach the remote of the deployment",
        ("git reads its CA from `GIT_SSL_CAINFO` alone", "it wants credentials that the job has not"),
        "`proxyenv pool patch NAME` sets git's variables too",
        severity="error",
    ),
    Code(
        "worker-infrastructure",
        "the worker cannot start jobs",
        (
            "its Docker daemon does not answer",
            "it may not create pods or tasks",
            "Prefect's API was too busy to answer it",
        ),
        "see the worker's own log",
        severity="error",
    ),
    Code(
        "worker-cluster-api",
        "the worker does not trust, or does not reach, the API of its own cluster",
        (
            "the cluster's CA is in the service account, not in the corporate bundle",
            "the worker asks for the cluster's API through the proxy",
        ),
        "add the address in `KUBERNETES_SERVICE_HOST` to the worker's NO_PROXY; leave the corporate CA alone",
        severity="error",
    ),
    Code(
        "watch-unscheduled",
        "the server schedules no run of the standing check",
        (
            "its scheduler does not run: `PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED`",
            "Prefect 3.8.8 with SQLAlchemy 2.1 fails at every run of its scheduler",
        ),
        "look at the log of the server",
        severity="error",
    ),
    Code(
        "notification-not-sent",
        "the server could not send the test notification of the standing check",
        (
            "it leaves from the server, which lacks the proxy or the CA itself",
            "the block has a wrong address, or sends no notifications",
            "the server's triggers do not run: `PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED`",
        ),
        "set the server's machine up, and start the server from a new shell; then `pool watch` again",
        severity="error",
    ),
    Code(
        "deployment-without-pool",
        "the deployment runs in no work pool",
        ("a process of its own serves it",),
        "`proxyenv check` on the machine of that process, with its Python",
        severity="error",
    ),
    Code(
        "deployment-queue-paused",
        "the queue of the deployment takes no runs",
        ("somebody paused it", "it was deleted"),
        "`prefect work-queue resume QUEUE --pool NAME`",
        severity="error",
    ),
    Code(
        "pool-type-unknown",
        "proxyenv does not know this type of work pool",
        ("it is a type of your own, or a newer one",),
        "set the variables that `proxyenv env --format json` prints in its template by hand",
        severity="info",
    ),
)
"""Every code of the family, worst first within what it is about."""
