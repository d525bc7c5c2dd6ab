"""What on this machine gets into jobs of Prefect that run elsewhere, and is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

API_ROOTS: Final = "PREFECT_API_SSL_CERT_FILE"
"""The roots of Prefect's own client: a worker hands its setting to every job."""

_DOCKER: Final = "prefect-docker"
_HINT: Final = (
    "`proxyenv pool show NAME` shows what the jobs of a pool get, `proxyenv pool patch NAME` cures it"
)


class JobSources(NamedTuple):
    """What may get into jobs.

    Args:
        integrations: the packages whose workers start jobs in other places.
        docker_proxies: the Docker client's configuration, where it names proxies.
    """

    integrations: tuple[str, ...] = ()
    docker_proxies: str | None = None


class JobFault(NamedTuple):
    """Something of this machine that is wrong in jobs.

    Args:
        cause: a code of the family ``causes``.
        detail: in one line.
        hint: the next step.
    """

    cause: str
    detail: str
    hint: str = _HINT


def find_job_faults(sources: JobSources, bundle: str | None) -> Iterator[JobFault]:
    """What a worker on this machine would do to its jobs.

    Args:
        sources: what is here.
        bundle: the file that the profile names for Prefect's client, if any.
    """
    if sources.integrations and bundle:
        workers = ", ".join(f"`{each}`" for each in sources.integrations)
        detail = (
            f"workers of {workers} hand `{API_ROOTS}={bundle}` to their jobs, which do not have that file"
        )
        yield JobFault("jobs-get-host-path", detail)
    if _DOCKER in sources.integrations and sources.docker_proxies:
        detail = f"workers of `{_DOCKER}` put the proxies of `{sources.docker_proxies}` into their containers"
        yield JobFault("jobs-get-docker-proxies", detail)
