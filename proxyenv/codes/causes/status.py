"""Causes that ``status`` finds: what is not as it was set up."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    # trust stores
    Code(
        "store-lacks-ca",
        "a trust store does not trust a corporate CA",
        ("the CA was never installed there", "an update of the store dropped it"),
        "`proxyenv trust install`",
    ),
    Code(
        "store-tool-missing",
        "the program that writes a trust store is not installed",
        ("Debian's `libnss3-tools` has `certutil`, a JDK has `keytool`",),
        "install the program that the outcome names, then `proxyenv trust install`",
    ),
    # status
    Code(
        "ca-changed",
        "the corporate CA has changed since it was set up",
        ("IT has replaced the CA in the file given with `--ca`", "a trust store still has the old one"),
        "`proxyenv refresh`, then `proxyenv trust install` where trust stores are used",
    ),
    Code(
        "pac-changed",
        "the PAC file no longer says what was set up from it",
        ("IT has changed it", "this is another network", "it is asked about a host that was not known then"),
        "`proxyenv refresh`",
    ),
    Code(
        "pac-not-asked",
        "the PAC file that was set up from cannot be asked now",
        ("this is another network: the VPN is not connected", "the extra `pac` is not installed any more"),
        "connect to the company's network, then `proxyenv status`",
    ),
    Code(
        "policy-changed",
        "the fleet's policy has changed since it was followed",
        ("its file was written again, and it is not pinned to a digest",),
        "`proxyenv refresh`",
    ),
    Code(
        "system-store-changed",
        "the operating system's roots have changed since the bundle was made",
        ("an update of `ca-certificates`", "an administrator added or removed a CA"),
        "`proxyenv refresh`",
    ),
    Code(
        "missing",
        "a file that was written is gone",
        ("somebody or a clean-up program deleted it",),
        "`proxyenv refresh`",
    ),
    Code(
        "modified",
        "a file was changed after it was written",
        ("somebody edited it", "another program rewrote it or changed its mode"),
        "`proxyenv diff` shows what `proxyenv refresh` would change back",
    ),
    Code(
        "interrupted",
        "a run was interrupted before it finished",
        ("the process was killed or the machine was switched off",),
        "`proxyenv setup` finishes it, `proxyenv uninstall` reverts it",
    ),
    Code(
        "bundle-stale",
        "certifi has changed since the bundle was made",
        ("certifi was upgraded or downgraded",),
        "`proxyenv refresh`",
    ),
    Code(
        "ca-expires",
        "a corporate CA expires within 30 days",
        ("IT usually has its successor already",),
        "ask IT for the next CA, and give it with `--ca FILE`",
    ),
    Code(
        "ca-has-expired",
        "a corporate CA has expired",
        ("IT has replaced it", "the clock of this machine is wrong"),
        "ask IT for the CA that replaced it, and give it with `--ca FILE`",
    ),
    Code(
        "not-sourced",
        "this shell has not sourced the env file",
        ("it was started before `setup`", "it reads another rc file", "it runs in an IDE or a service"),
        "open a new shell, or source the env file that the hint names",
    ),
    Code(
        "container-file-missing",
        "inside a container, a variable names a CA file that the container does not have",
        ("the path is one of the machine that built the image", "the `COPY` line or the volume is missing"),
        "the line of the Dockerfile in the hint, or `proxyenv kubernetes` for a pod; then start it again",
    ),
    Code(
        "container-ca-missing",
        "inside a container, the bundle lacks the CA that issued the certificate",
        ("the image was built without the corporate CA, or before IT replaced it",),
        "`proxyenv image write proxyenv-files --ca FILE`, and build the image again",
    ),
    Code(
        "verification-off",
        "one of your settings switches the verification of certificates off",
        ("somebody wrote `strict-ssl=false`, `http.sslVerify=false` or the like as a workaround",),
        "remove it: the hint has the command",
    ),
    Code(
        "ca-file-missing",
        "one of your settings names a CA file that does not exist",
        ("the file was moved or deleted", "the setting was copied from another machine"),
        "remove it: the hint has the command",
    ),
    Code(
        "ca-file-differs",
        "one of your settings names a CA file without the corporate CA",
        ("the file was written before IT replaced the CA", "it has the public roots only"),
        "remove it, so that the bundle is used: the hint has the command",
    ),
    Code(
        "value-missing",
        "one of your settings is a name without a value, and its tool refuses the whole file",
        ("what stood behind the `=` was deleted with it", "a script wrote an empty variable"),
        "remove it: the hint has the command",
    ),
    Code(
        "no-proxy-word",
        "one of your settings lists `none` or the like, which its tool takes for the name of a host",
        ("it was meant for an empty list", "a program wrote a value that it did not have"),
        "remove it: the hint has the command",
    ),
    Code(
        "proxy-differs",
        "one of your settings names another proxy",
        ("it is left from another network or from before the proxy moved",),
        "remove it: the hint has the command",
    ),
    Code(
        "proxy-off",
        "one of your settings sends a tool past every proxy",
        (
            "it was meant for a network without a proxy",
            "a recipe from the web emptied the proxy, or excepted every host",
        ),
        "remove it: the hint has the command",
    ),
    Code(
        "shadowed",
        "something else overrides a value that was written",
        (
            "an rc file or this shell sets the same variable later",
            "the shell was started before `refresh`",
            "`.env`, `prefect.toml` or `pyproject.toml` in this directory beats the profile",
        ),
        "remove what the outcome names: the hint says how",
    ),
    Code(
        "prefect-settings-invalid",
        "a settings file in the working directory is one that Prefect cannot read",
        ("`prefect.toml`, `pyproject.toml` or `.env` there has a syntax error",),
        "correct the file that the outcome names",
    ),
    Code(
        "profile-inactive",
        "another Prefect profile is active than the one that was written",
        ("`prefect profile use` chose another one",),
        "`proxyenv refresh` makes the written one active again",
    ),
    Code(
        "builder-fetch",
        "an image cannot be built, since what fetches before its first `RUN` lacks the proxy or the CA",
        (
            "the builder fetches `FROM` and `ADD https://`: Docker's daemon, a container of buildx, kaniko",
            "the client, `docker` or `buildx`, fetches the token of a registry",
            "lines of the Dockerfile, build arguments and secrets reach none of them",
        ),
        "`proxyenv image write DIR` writes `DIR/builder`, whose `README.md` says what each of them takes",
    ),
    # jobs of work pools
    Code(
        "jobs-get-host-path",
        "workers on this machine hand the path of its CA file to jobs that do not have the file",
        ("a worker hands every setting of Prefect to its jobs, and it beats what the image says",),
        "`proxyenv pool show NAME` shows what the jobs of a pool get, `proxyenv pool patch NAME` cures it",
    ),
    Code(
        "jobs-get-docker-proxies",
        "workers on this machine put the proxies of the Docker client into the containers of jobs",
        ("`proxies` in `~/.docker/config.json`; they replace those of the image, NO_PROXY too",),
        "`proxyenv pool patch NAME` sets all six variables, which win",
    ),
    Code(
        "jobs-get-old-settings",
        "the jobs of a work pool get a proxy, a list or paths that were set up on this machine before",
        (
            "`setup` or `refresh` has changed them since `pool patch`",
            "no other verb than `pool patch` writes to Prefect's API",
        ),
        "run `proxyenv pool patch NAME` again: it takes the old values back and writes the new ones",
    ),
)
