"""What is decided for pods, and manifests that get it."""

from __future__ import annotations

import functools
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.model.place import PLACES, PlaceLayout, PlaceTarget
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.target import Variable
from support.certificates import make_ca

if TYPE_CHECKING:
    from proxyenv.model.certificate import Certificate

PASSWORD: Final = "s3cr$t/with+all"
SECRET_PROXY: Final = parse_proxy_url("http://ada:s3cr%24t%2Fwith%2Ball@proxy.corp.example:3128")
PROXY: Final = parse_proxy_url("http://proxy.corp.example:3128")

MANIFEST: Final = """\
# The web and its database.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      securityContext: {runAsNonRoot: true, runAsUser: 10001}
      initContainers:
      - name: wait
        image: wait:1
      - name: mesh  # a sidecar
        image: mesh:1
        restartPolicy: Always
        volumeMounts: []
      containers:
      - name: web
        image: web:1
        env:
        # kept
        - name: NO_PROXY
          value: db.shop
        securityContext: {readOnlyRootFilesystem: true}
      - {name: log, image: "log:1", volumeMounts: [{name: logs, mountPath: /logs}]}
      volumes:
      - {name: logs, emptyDir: {}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports: [{port: 80}]
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
          - name: job
            image: job:1
"""
"""A Deployment with an init container, a sidecar and two containers, a Service, and a CronJob."""


@functools.cache
def make_roots(*names: str) -> tuple[Certificate, ...]:
    """A certificate of each name, sorted by fingerprint."""
    found = (parse_certificates(make_ca(name).pem, source="a test")[0] for name in names)
    return tuple(sorted(found, key=lambda each: each.fingerprint))


def make_pod_target(*, secret: bool = False, trusts: bool = True) -> PlaceTarget:
    """What is decided for pods.

    Args:
        secret: whether the proxy has a password.
        trusts: whether there is a corporate CA.
    """
    proxy = SECRET_PROXY if secret else PROXY
    layout = PlaceLayout(PurePosixPath("/etc/proxyenv"))
    bundle, corporate = str(layout.bundle), str(layout.corporate)
    roots = (
        Variable("SSL_CERT_FILE", bundle, file=bundle),
        Variable("NODE_EXTRA_CA_CERTS", corporate, file=corporate),
        Variable("SSL_CERT_DIR", None, file=bundle),
    )
    settings = {"PREFECT_API_URL": "https://prefect.corp.example/api"}
    return PlaceTarget(
        next(each for each in PLACES if each.name == "kubernetes"),
        layout,
        http_proxy=proxy,
        https_proxy=proxy,
        no_proxy=("localhost", ".svc"),
        anchors=make_roots("Corp") if trusts else (),
        public_roots=make_roots("Public A", "Public B"),
        roots_title="certifi",
        variables=(
            Variable("HTTPS_PROXY", proxy.reveal(), sensitive=proxy.sensitive),
            Variable("NO_PROXY", "localhost,.svc"),
            Variable("no_grpc_proxy", None),
            Variable("PRICE", "$(HOME) costs $5"),
            *(roots if trusts else ()),
        ),
        settings=MappingProxyType({**settings, "PREFECT_API_SSL_CERT_FILE": bundle} if trusts else settings),
    )
