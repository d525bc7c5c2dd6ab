"""Inside a container every hint that would set up a machine has the image's or the pod's line."""

from __future__ import annotations

import pytest

from proxyenv.decide.containers import Inside, judge_missing, place_hint, place_outcomes
from proxyenv.model.report import Outcome

IMAGE = Inside("image")
POD = Inside("kubernetes")
BUILT = Inside("image", is_set_up=True)
BUILT_POD = Inside("kubernetes", is_set_up=True)

REFRESH = "`proxyenv refresh` writes it again"
RUN_REFRESH = "`RUN proxyenv refresh --yes --no-check` in the Dockerfile of the image writes it again"
NO_CA = Outcome("tls", "failed", "ca-missing", "x", "give it with `--ca FILE`")
NO_USER = Outcome(
    "proxy-connect",
    "failed",
    "proxy-credentials-wanted",
    "x",
    "name the user: `--proxy http://USER@10.0.0.1:3128` asks for the password",
)
DIRECT = "if it can be reached directly: `proxyenv setup --no-proxy HOST`"
DOCKER = "docker run --env HTTP_PROXY --env HTTPS_PROXY --env http_proxy --env https_proxy IMAGE"
PASSWORD = "check user and password: `proxyenv setup --proxy USER@HOST:PORT`"


@pytest.mark.parametrize(
    ("inside", "hint", "placed"),
    [
        pytest.param(
            IMAGE, REFRESH, "`proxyenv image write proxyenv-files` writes it again", id="image: refresh"
        ),
        pytest.param(POD, REFRESH, "`proxyenv kubernetes` writes it again", id="pod: refresh"),
        pytest.param(BUILT, REFRESH, RUN_REFRESH, id="built in: refresh"),
        pytest.param(
            IMAGE,
            DIRECT,
            "if it can be reached directly: `proxyenv image write proxyenv-files --no-proxy HOST`",
            id="image: setup",
        ),
        pytest.param(
            POD,
            DIRECT,
            "if it can be reached directly: `proxyenv kubernetes --no-proxy HOST`",
            id="pod: setup",
        ),
        pytest.param(
            BUILT,
            DIRECT,
            "if it can be reached directly: `RUN proxyenv setup --no-proxy HOST --yes --no-check` in the "
            "Dockerfile of the image",
            id="built in: setup",
        ),
        pytest.param(
            BUILT,
            "run `proxyenv trust install`",
            "run `RUN proxyenv trust install --yes` in the Dockerfile of the image",
            id="built in: the trust store",
        ),
        pytest.param(
            BUILT,
            PASSWORD,
            f"check user and password: `{DOCKER}`",
            id="no password is built in",
        ),
        pytest.param(
            POD,
            PASSWORD,
            "check user and password: `proxyenv kubernetes --part secret --proxy USER@HOST:PORT "
            "--proxy-password-file FILE`",
            id="pod: a password is in a Secret",
        ),
        pytest.param(
            BUILT,
            "`proxyenv trust fetch HOST` shows what is sent",
            "`proxyenv trust fetch HOST` shows what is sent",
            id="what sets nothing up stays",
        ),
    ],
)
def test_a_command_that_sets_up_becomes_a_line(inside: Inside, hint: str, placed: str) -> None:
    assert place_hint(hint, inside) == placed


@pytest.mark.parametrize(
    ("inside", "outcome", "cause", "hint"),
    [
        pytest.param(
            IMAGE,
            NO_CA,
            "container-ca-missing",
            "build the image with the CA: `proxyenv image write proxyenv-files --ca FILE` writes its lines",
            id="image without the CA",
        ),
        pytest.param(
            BUILT_POD,
            NO_CA,
            "container-ca-missing",
            "in the Dockerfile of the image: `COPY corporate-ca.pem /etc/proxyenv/corporate-ca.pem`, then "
            "`RUN proxyenv setup --ca /etc/proxyenv/corporate-ca.pem --yes --no-check`",
            id="set up without the CA",
        ),
        pytest.param(
            BUILT,
            Outcome(
                "file [/home/app/.local/share/proxyenv/ca-bundle.pem]", "failed", "missing", "x", REFRESH
            ),
            "container-file-missing",
            RUN_REFRESH,
            id="the bundle is gone",
        ),
        pytest.param(
            BUILT,
            Outcome("file [/home/app/.config/proxyenv/env.sh]", "failed", "missing", "x", REFRESH),
            "missing",
            RUN_REFRESH,
            id="another file is gone",
        ),
        pytest.param(
            IMAGE,
            NO_USER,
            "proxy-credentials-wanted",
            f"start the container with them: `{DOCKER}` takes those of your shell",
            id="image: the proxy wants credentials",
        ),
        pytest.param(
            POD,
            NO_USER,
            "proxy-credentials-wanted",
            "give them to the pod: `proxyenv kubernetes --part secret --proxy USER@HOST:PORT "
            "--proxy-password-file FILE` prints the Secret",
            id="pod: the proxy wants credentials",
        ),
        pytest.param(
            BUILT,
            Outcome("environment", "failed", "not-sourced", "x", "open a new shell"),
            "not-sourced",
            'in the Dockerfile of the image: `ENTRYPOINT ["proxyenv", "run", "--"]`, for every command',
            id="no shell",
        ),
        pytest.param(
            BUILT_POD,
            Outcome("environment [http_proxy, HTTP_PROXY]", "failed", "shadowed", "x", "source it"),
            "shadowed",
            "leave `http_proxy`, `HTTP_PROXY` out of the manifest of this pod",
            id="the pod has another proxy",
        ),
        pytest.param(
            BUILT_POD._replace(missing={"SSL_CERT_FILE": "/gone.pem"}),
            Outcome("environment [SSL_CERT_FILE]", "failed", "shadowed", "x", "source it"),
            "container-file-missing",
            "mount it: `proxyenv kubernetes` prints the ConfigMap and the patch",
            id="the pod names a file that is not there",
        ),
    ],
)
def test_what_the_image_or_the_pod_lacks_has_its_cause(
    inside: Inside, outcome: Outcome, cause: str, hint: str
) -> None:
    (placed,) = place_outcomes((outcome,), inside)
    assert (placed.check, placed.status, placed.cause, placed.hint) == (
        outcome.check,
        outcome.status,
        cause,
        hint,
    )


def test_what_is_well_stays_as_it_is() -> None:
    well = Outcome("bundle", "ok", detail="made from certifi")
    assert place_outcomes((well,), BUILT) == (well,)


def test_a_file_that_a_variable_names_has_the_line_that_copies_it() -> None:
    (outcome,) = judge_missing(Inside("image", missing={"SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem"}))
    assert outcome == Outcome(
        "environment [SSL_CERT_FILE]",
        "failed",
        "container-file-missing",
        "`SSL_CERT_FILE` names `/etc/proxyenv/ca-bundle.pem`, which is not in the image of this container",
        "in its Dockerfile: `COPY --chmod=0644 ca-bundle.pem /etc/proxyenv/ca-bundle.pem`",
    )
