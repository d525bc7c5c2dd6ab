"""Where the machine stands: what decides which hosts can only be reached directly."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What was read of the network around the machine.

    Args:
        names: the machine's own names, lower case; none in a container, which gets a new one each time.
        cluster_address: the service address of the Kubernetes cluster that this runs in, or ``None``.
        cloud: the cloud that the machine runs in, a key of ``no_proxy.derivation.METADATA``, or ``None``.
        known_hosts: names and addresses from the hosts file, this machine's own ones left out.
    """

    names: tuple[str, ...] = ()
    cluster_address: str | None = None
    cloud: str | None = None
    known_hosts: tuple[tuple[str, str], ...] = ()
