"""The options of ``setup``, each declared once, and the saved configuration in the same terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.model.option import Option, OptionValues, declare

if TYPE_CHECKING:
    from collections.abc import Mapping

BASES: Final = ("certifi", "system", "both")
"""Whose public roots a bundle may start from."""

PROXY_URLS: Final = ("proxy", "http_proxy", "https_proxy", "proxy_there")
"""The options that name a proxy, and maybe its user."""

PASSWORD_SOURCES: Final = ("proxy_password_file", "proxy_password_env", "proxy_password_keyring")
"""The options that say where the password of a proxy comes from; at most one is given."""

TRUSTS: Final = ("bundle", "truststore")
"""Where Python may find the corporate CA: in our bundle, or in the operating system's store."""

ACTIVATIONS: Final = ("shell", "plugin", "both")
"""How processes may get the environment: from a shell that sources it, or from Prefect's plugin."""


class SetupOptions(OptionValues):
    """The options of ``setup`` as one place has them: the command line, a file, or all of them merged.

    ``None`` and ``()`` mean that nothing was said. To add an option, add a field; the order of the fields is
    that of ``--help`` and of the keys in ``proxyenv.toml``.
    """

    proxy: str | None = declare(
        Option(
            ("--proxy",),
            "the proxy, such as `proxy.corp.example:3128`",
            metavar="URL",
            group="proxy",
            sensitive=True,
            details="`host:port` is enough. `USER@HOST` asks for the [password](passwords.md).",
        )
    )
    http_proxy: str | None = declare(
        Option(
            ("--http-proxy",),
            "a different proxy for `http://`",
            metavar="URL",
            key="proxy.http",
            group="proxy",
            sensitive=True,
        )
    )
    https_proxy: str | None = declare(
        Option(
            ("--https-proxy",),
            "a different proxy for `https://`",
            metavar="URL",
            key="proxy.https",
            group="proxy",
            sensitive=True,
        )
    )
    pac: str | None = declare(
        Option(
            ("--pac",),
            "the PAC file that names the proxy, where one proxy and NO_PROXY say the same",
            metavar="URL|FILE",
            key="proxy.pac",
            group="proxy",
            details="With the extra `pac`; `refresh` and `status` ask it again, see [PAC files](pac.md).",
        )
    )
    pac_digest: str | None = declare(
        Option(
            ("--pac-digest",),
            "the SHA-256 that the PAC file must have",
            metavar="SHA256",
            key="proxy.pac_digest",
            group="proxy",
            details="Now and at every `refresh`.",
        )
    )
    wpad: bool | None = declare(
        Option(
            ("--wpad",),
            "look for the PAC file at `wpad` in the search domain, and follow it once you have agreed",
            takes="yes",
            group="proxy",
            details="Where nobody can be asked, it needs `--pac-digest`; see [WPAD](pac.md#wpad).",
        )
    )
    proxy_there: str | None = declare(
        Option(
            ("--proxy-there",),
            "the proxy as containers and other machines reach it, where it is on loopback here",
            metavar="URL",
            key="proxy.there",
            group="proxy",
            sensitive=True,
            details="For `env --place`, `image write`, `kubernetes` and what is written for Docker.",
        )
    )
    proxy_password_file: str | None = declare(
        Option(
            ("--proxy-password-file",),
            "the file with the password of the proxy's user",
            metavar="FILE",
            key="proxy.password_file",
            group="proxy",
            excludes="proxy password",
            details="In its only line, and closed to others. `refresh` reads it again.",
        )
    )
    proxy_password_env: str | None = declare(
        Option(
            ("--proxy-password-env",),
            "the variable with the password of the proxy's user",
            metavar="NAME",
            key="proxy.password_env",
            group="proxy",
            excludes="proxy password",
            details="`refresh` reads it again where it is set.",
        )
    )
    proxy_password_keyring: str | None = declare(
        Option(
            ("--proxy-password-keyring",),
            "the service for which the system's keyring has the password of the proxy's user",
            metavar="SERVICE",
            key="proxy.password_keyring",
            group="proxy",
            excludes="proxy password",
            details="With the extra `keyring`; `keyring set SERVICE USER` stores it. `refresh` asks again.",
        )
    )
    from_tools: bool | None = declare(
        Option(
            ("--from-tools",),
            "whether to take the proxy and the CA that the tools' own files name, where nothing else does",
            takes="yes-no",
            group="proxy",
            details="Such as `.npmrc`, `.gitconfig` or `pip.conf`; without it a terminal is asked, see "
            "[where a proxy is found](sources.md).",
        )
    )
    no_proxy: tuple[str, ...] | None = declare(
        Option(
            ("--no-proxy",),
            "hosts to reach directly, besides those that are found automatically",
            takes="list",
            metavar="LIST",
            key="proxy.no_proxy",
            group="proxy",
            details="In any grammar, see [NO_PROXY](no-proxy.md).",
        )
    )
    no_proxy_patterns: tuple[str, ...] = declare(
        Option(
            (), "entries of `--no-proxy` that were written as patterns, as Windows does",
            takes="list", key="proxy.no_proxy_patterns",
        )
    )  # fmt: skip
    derive: bool | None = declare(
        Option(
            ("--derive",),
            "whether to find automatically what must be reached directly",
            takes="yes-no",
            default=True,
            key="proxy.derive",
            group="proxy",
            details="`--no-derive` adds nothing, not even loopback.",
        )
    )
    derived: tuple[str, ...] = declare(
        Option(
            (), "what was found automatically, in patterns; written for other programs, never read back",
            takes="list", key="proxy.derived",
        )
    )  # fmt: skip
    ca: tuple[str, ...] = declare(
        Option(
            ("--ca",),
            "a corporate CA, besides those that are set up; `-` is standard input, "
            "`system` the system's store (repeatable)",
            takes="values",
            metavar="FILE|DIR|URL",
            key="trust.ca",
            group="trust",
            details="PEM, DER, PKCS#7 or PKCS#12; `system` means what the operating system trusts beyond "
            "public roots, see [which CA](certificates.md).",
        )
    )
    replace_ca: bool | None = declare(
        Option(
            ("--replace-ca",),
            "trust what `--ca` names instead of the CAs that are set up; without it, `--ca` adds",
            takes="yes",
            group="trust",
            details="It ends a rotation: `--replace-ca --ca NEW`. Alone, it picks from the system's store "
            "the CA that signs what the proxy shows now.",
        )
    )
    fingerprints: tuple[str, ...] = declare(
        Option(
            ("--ca-fingerprint",),
            "accept only CAs with this fingerprint (repeatable)",
            takes="values",
            metavar="SHA256",
            key="trust.fingerprints",
            group="trust",
            details="Now and at every `refresh`. Without `--ca`, the CA is taken from what the proxy sends.",
        )
    )
    ca_password_env: str | None = declare(
        Option(
            ("--ca-password-env",),
            "the variable with a CA file's password",
            metavar="NAME",
            group="trust",
            excludes="password",
            details="For PKCS#12; without it and without `--ca-password-file` it is asked for.",
        )
    )
    ca_password_file: str | None = declare(
        Option(
            ("--ca-password-file",),
            "the file with a CA file's password",
            metavar="FILE",
            group="trust",
            excludes="password",
            details="In its first line.",
        )
    )
    base: str | None = declare(
        Option(
            ("--base",),
            "whose public roots the bundle starts from (default: certifi)",
            choices=BASES,
            key="trust.base",
            group="trust",
            details="certifi's, those that the operating system trusts, or all of them.",
        )
    )
    trust: str | None = declare(
        Option(
            ("--trust",),
            "where Python finds the CA: our bundle, or the system's store (default: bundle)",
            choices=TRUSTS,
            key="trust.mode",
            group="trust",
            details="See [bundle or truststore](certificates.md#bundle-or-truststore).",
        )
    )
    venvs: tuple[str, ...] = declare(
        Option(
            ("--venv",),
            "use truststore in this virtual environment (repeatable; default: the one that runs this)",
            takes="values",
            metavar="DIR",
            key="trust.venvs",
            group="trust",
        )
    )
    profile: str | None = declare(
        Option(
            ("--profile",),
            "the profile to write",
            metavar="NAME",
            key="prefect.profile",
            group="Prefect",
            details="The active one, if you made it and its API is the one meant; otherwise `proxyenv`.",
        )
    )
    activate: bool | None = declare(
        Option(
            ("--no-activate",),
            "do not make the profile the active one",
            takes="no",
            default=True,
            key="prefect.activate",
            group="Prefect",
            details="`--activate` without a value takes that back.",
        )
    )
    activation: str | None = declare(
        Option(
            ("--activate",),
            "how processes get the environment: from a shell, Prefect's plugin, or both; "
            "without a value: make the profile the active one",
            takes="optional-value",
            choices=ACTIVATIONS,
            key="prefect.activation",
            group="Prefect",
            details="`shell` by default, with truststore `both`.",
        )
    )
    api_url: str | None = declare(
        Option(("--api-url",), "the Prefect API", metavar="URL", key="prefect.api_url", group="Prefect")
    )
    shells: tuple[str, ...] = declare(
        Option(
            ("--shell",),
            "edit the rc file of this shell: {names} (repeatable; default: those that you have)",
            takes="values",
            metavar="NAME",
            names="shells",
            key="shell.shells",
            group="shells",
        )
    )
    rc: bool | None = declare(
        Option(
            ("--rc",),
            "whether to edit rc files",
            takes="yes-no",
            default=True,
            key="shell.rc",
            group="shells",
            details="`--no-rc` edits none.",
        )
    )
    configure: tuple[str, ...] = declare(
        Option(
            ("--configure",),
            "configure a tool in its own file: {names}, all-installed, none (repeatable)",
            takes="values",
            metavar="NAME",
            names="tools",
            key="tools.configure",
            group="tools",
            details="For what no variable reaches, see [where no variable reaches]"
            "(clients.md#tools-with-files-of-their-own); `none` takes it back.",
        )
    )
    system: bool | None = declare(
        Option(
            ("--system",),
            "for all users of this machine and the services that are named, in `/etc/proxyenv`",
            takes="yes",
            key="system.all_users",
            group="system",
            details="On Linux, as root. See [all users of a machine](all-users.md).",
        )
    )
    services: tuple[str, ...] = declare(
        Option(
            ("--service",),
            "with `--system`: the systemd service that gets the variables too (repeatable)",
            takes="values",
            metavar="NAME",
            key="system.services",
            group="system",
            details="Such as `prefect-worker` or `jupyterhub`; `none` takes it back. See "
            "[all users of a machine](all-users.md).",
        )
    )
    target_pythons: tuple[str, ...] = declare(
        Option(
            ("--target-python",),
            "judge the CAs for this version of Python too (repeatable)",
            takes="values",
            metavar="VERSION",
            form=r"3\.[0-9]{1,2}(\.[0-9]{1,2})?",
            example="3.13",
            key="check.target_pythons",
            group="check",
            details="Such as `3.13`, which your flows will move to; `none` takes it back.",
        )
    )
    urls: tuple[str, ...] = declare(
        Option(
            ("--url",),
            "what the check fetches (repeatable)",
            takes="values",
            metavar="URL",
            key="check.urls",
            group="check",
            details="A JSON document with a `uuid` is best.",
        )
    )

    timer: bool | None = declare(
        Option(
            ("--timer",),
            "whether a timer runs `refresh --if-stale` every hour",
            takes="yes-no",
            key="refresh.timer",
            group="fleet",
            details="Of systemd or launchd, see [fleets](fleet.md); `--no-timer` removes it.",
        )
    )
    policy: str | None = declare(
        Option(
            ("--config",),
            "a fleet's policy, which ranks above what is saved; `none` leaves it",
            metavar="FILE|URL",
            key="policy.source",
            group="fleet",
            details="It has the keys of `proxyenv.toml`, see [fleets](fleet.md).",
        )
    )
    policy_digest: str | None = declare(
        Option(
            ("--config-digest",),
            "the SHA-256 that the policy must have; a URL needs one",
            metavar="SHA256",
            key="policy.digest",
            group="fleet",
        )
    )

    @property
    def uses_truststore(self) -> bool:
        """Whether Python takes its roots from the operating system's store."""
        return self.trust == "truststore"

    @property
    def uses_shell(self) -> bool:
        """Whether shells source the env file by themselves."""
        return self._activation != "plugin"

    @property
    def uses_plugin(self) -> bool:
        """Whether Prefect's plugin sets the environment."""
        return self._activation != "shell"

    @property
    def _activation(self) -> str:
        """In truststore mode Python trusts the CA without any shell, so there it gets the proxy so too."""
        return self.activation or ("both" if self.uses_truststore else "shell")


SETUP_OPTIONS: Final[Mapping[str, Option]] = SetupOptions.options
"""The options of ``setup``, by the name of the field that holds the value."""


class Configuration(SetupOptions):
    """``proxyenv.toml``: what was decided, in the terms of the options.

    Paths are absolute and URLs normalised. ``ca`` is empty when the CAs were found: then ``corporate-ca.pem``
    itself is what they are read from.
    """

    @property
    def holds_token(self) -> bool:
        """Whether a value beside the two proxies holds what is not shown: a token of a URL, or a password."""
        from proxyenv.model.url import show_source

        values = (getattr(self, name) for name in self.options if name not in {"http_proxy", "https_proxy"})
        texts = (each for value in values for each in (value if isinstance(value, tuple) else (value,)))
        return any(show_source(each) != each for each in texts if isinstance(each, str))
