"""The codes of what ``image scan`` finds: what leaks from an image, and what will break in it."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

_MOUNT: Final = "`RUN --mount=type=secret,id=NAME COMMAND`: it is there for one step and in no layer"
_BUNDLE: Final = "`COPY --chmod=0644 ca-bundle.pem /etc/proxyenv/ca-bundle.pem`, and name that file"

CODES: Final[tuple[Code, ...]] = (
    # what leaks
    Code(
        "image-env-password",
        "a variable of the image holds a password",
        ("`ENV` names a proxy with its password", "`ENV` sets a token or a key that a step needs"),
        f"leave the `ENV` line out; for a step of the build {_MOUNT}; for a container, give it at its start",
    ),
    Code(
        "image-history-password",
        "the history of the image holds a password",
        ("a declared `ARG` was given a password", "a password was typed in `RUN`, or stands in `ENV`"),
        _MOUNT,
    ),
    Code(
        "image-label-password",
        "a label of the image holds a password",
        ("a CI system labels images with the URL of the repository, credentials included",),
        "write the `LABEL` without credentials",
    ),
    Code(
        "image-healthcheck-password",
        "the HEALTHCHECK of the image holds a password",
        ("its command names a URL with credentials",),
        "let the command read the password from the environment of the container",
    ),
    Code(
        "image-command-password",
        "a command of the image holds a password",
        ("`CMD`, `ENTRYPOINT`, `ONBUILD` or `SHELL` was given a password as an argument",),
        "let the command read the password from the environment of the container",
    ),
    Code(
        "image-settings-password",
        "a tool's settings in a layer hold a password or a token",
        (
            "`COPY` brought `.netrc`, `.npmrc`, `pip.conf` or `.docker/config.json`",
            "a step removed the file, which leaves it in the layer below",
            "`git clone` of a URL with a token keeps it in `.git/config`",
        ),
        "`RUN --mount=type=secret,id=NAME,target=FILE COMMAND` in place of `COPY`",
    ),
    Code(
        "image-file-password",
        "a file in a layer holds a URL with a password",
        ("an env file or a script was copied in", "a step wrote the proxy into a file"),
        f"keep the file out by `.dockerignore`; {_MOUNT}",
    ),
    Code(
        "image-log-password",
        "a log or the history of a shell in a layer holds a password",
        ("apt, pip and npm log their command lines", "somebody worked in a container and committed it"),
        "give the password by a mounted secret and not on a command line, and remove logs in the same step",
    ),
    Code(
        "image-cache-password",
        "the cache of a package manager in a layer holds a URL with a password",
        ("npm, pip and conda keep the URL of the index beside what they fetched",),
        "`RUN --mount=type=cache,target=DIR COMMAND`: the cache stays out of the image",
    ),
    Code(
        "image-encoded-password",
        "a file in a layer holds the header of Basic authentication, whose base64 is user and password",
        ("a tool was told to send `Proxy-Authorization`", "a log holds the headers of requests"),
        _MOUNT,
    ),
    Code(
        "image-proxy-password",
        "the image holds the password of this machine's proxy",
        ("it was written raw, percent-encoded or in base64 into a file or a setting",),
        f"change the password, since everybody who has the image has it; then {_MOUNT}",
    ),
    Code(
        "image-private-key",
        "a layer holds a private key",
        ("the key of an intercepting proxy lies beside its CA", "an SSH key was copied in for `git clone`"),
        "`RUN --mount=type=ssh COMMAND` or `RUN --mount=type=secret,id=KEY COMMAND`; of a CA its certificate",
    ),
    Code(
        "image-proxy-arg",
        "the Dockerfile declares an ARG for the proxy, so that the history keeps its value",
        ("`ARG HTTP_PROXY` was written because `--build-arg` seemed to need it",),
        "leave the `ARG` line out: Docker hands `--build-arg HTTP_PROXY` to each step without it",
    ),
    # what is not verified
    Code(
        "image-verification-off",
        "something in the image does not verify certificates",
        ("it was switched off because the corporate CA was missing",),
        f"{_BUNDLE} in place of the switch",
    ),
    # what will break
    Code(
        "image-file-missing",
        "something in the image names a CA file that is not there",
        (
            "the path is one of the machine that built the image",
            "the `COPY` line is missing, or a stage lost it",
        ),
        _BUNDLE,
    ),
    Code(
        "image-file-unreadable",
        "the user of the image cannot read a CA file",
        (
            "`COPY` keeps the mode of the file on the builder, and its umask was 077",
            "`COPY --chown` was forgotten",
        ),
        "`COPY --chmod=0644 FILE PATH`",
    ),
    Code(
        "image-store-unreadable",
        "the user of the image cannot read a part of the trust store",
        ("the CA was copied with mode 0600, and the store links to it",),
        "`COPY --chmod=0644 corp.crt /usr/local/share/ca-certificates/corp.crt`, then the store's tool",
    ),
    Code(
        "image-bundle-without-ca",
        "a bundle or the trust store of the image lacks the corporate CA",
        (
            "the CA was copied, and `RUN update-ca-certificates` is missing",
            "the file of the CA is DER or UTF-16, or its name does not end in `.crt`, and the tool skips it",
            "a variable names a bundle that was there before",
        ),
        _BUNDLE,
    ),
    Code(
        "image-bundle-older",
        "a bundle of the image is older than that of this machine",
        ("the image was built before the corporate CA or the public roots were renewed",),
        "build the image again with the bundle of today",
    ),
    Code(
        "image-bundle-without-roots",
        "a bundle of the image holds no public roots, and replaces them",
        (
            "a variable such as `SSL_CERT_FILE` names the corporate CA alone",
            "the CA was copied over the bundle of the trust store",
        ),
        _BUNDLE,
    ),
    Code(
        "image-store-covered",
        "the trust store of the image is covered or removed",
        ("a volume or a copied directory takes the place of `/etc/ssl/certs`",),
        "`COPY` the CA to `/usr/local/share/ca-certificates` and `RUN update-ca-certificates`",
    ),
    Code(
        "image-store-unhashed",
        "a directory of CAs has no names that OpenSSL looks for",
        (
            "certificates were copied, and `openssl rehash` was not run",
            "only the bundle was copied from a stage",
        ),
        "`RUN openssl rehash DIR`, or name a bundle: `ENV SSL_CERT_FILE=/etc/proxyenv/ca-bundle.pem`",
    ),
    Code(
        "image-ca-expired",
        "a corporate CA in the image has expired",
        ("the image was built before IT replaced the CA",),
        "build the image again with the CA that is in use now",
    ),
    Code(
        "image-ca-expires",
        "a corporate CA in the image expires within thirty days",
        ("IT will replace it, and images live longer",),
        "ask IT for its successor, and copy both",
    ),
    Code(
        "image-ca-not-yet-valid",
        "a corporate CA in the image is not valid yet",
        ("IT has not switched to it", "the clock of this machine is wrong"),
        "copy the CA that is in use until then beside it",
    ),
    Code(
        "image-python-refuses",
        "a Python in the image will refuse the corporate CA",
        ("Python 3.13 and later follow RFC 5280 strictly",),
        "ask IT for a CA with the extensions that are missing; until then base the image on Python 3.12",
    ),
    Code(
        "image-proxy-loopback",
        "the image names a proxy on loopback, which in a container is the container itself",
        ("the proxy of the machine that built the image was written into it",),
        "`ENV HTTPS_PROXY=http://proxy.corp.example:3128`; for one on the host `http://host.docker.internal:3128`",
    ),
    Code(
        "image-healthcheck-proxied",
        "the HEALTHCHECK of the image will go through the proxy",
        ("busybox's `wget` ignores `NO_PROXY`", "`NO_PROXY` lacks `localhost`, `127.0.0.1` or `0.0.0.0`"),
        "`ENV NO_PROXY=localhost,127.0.0.1,::1,0.0.0.0`; for busybox `wget -Y off`",
    ),
)
