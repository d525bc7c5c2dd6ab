"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``setup``, ``diff`` and ``refresh``, as given and not yet judged.

    Args:
        proxy: a proxy URL for both schemes.
        http_proxy: a proxy URL for ``http://`` origins.
        https_proxy: a proxy URL for ``https://`` origins.
        no_proxy: what to reach directly, in any grammar.
        derive: whether to work out what must be direct; ``None`` means as before, at first yes.
        ca: files, directories or URLs that hold corporate CAs, `-` or `system`.
        ca_password: of a PKCS#12 file among them, as typed.
        ca_password_env: the variable that holds it.
        ca_password_file: the file that holds it, in its first line.
        confirmed: CAs (DER) that were seen on the wire and that the user vouched for.
        fingerprints: the SHA-256 fingerprints that the CAs must have; empty means no restriction.
        base: the public roots that the bundle starts from: ``certifi``, ``system`` or ``both``; ``None``
            means as before, at first certifi's.
        trust: ``bundle`` or ``truststore``; ``None`` means as before, at first ``bundle``.
        venvs: the virtual environments in which Python goes through truststore; empty means as before,
            at first the one that runs this.
        profile: the Prefect profile to write, or ``None`` for the usual one.
        activate: whether to make that profile the active one; ``None`` means as before, at first yes.
        activation: how processes get the environment: ``shell``, ``plugin`` or ``both``; ``None`` means as
            before, at first what the trust mode calls for.
        api_url: the Prefect API to use.
        shells: the shells whose rc files get the block; empty means those that the user has.
        rc: whether to edit rc files; ``None`` means as before, at first yes.
        configure: the tools to tell in their own files, ``all-installed`` or ``none``; empty means as before.
        urls: what ``check`` fetches; empty means the usual document.
        saved: ignore what is merely found and start from ``proxyenv.toml`` (``refresh``).
    """

    proxy: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    derive: bool | None = None
    ca: tuple[str, ...] = ()
    ca_password: str | None = field(default=None, repr=False)
    ca_password_env: str | None = None
    ca_password_file: str | None = None
    confirmed: tuple[bytes, ...] = ()
    fingerprints: tuple[str, ...] = ()
    base: str | None = None
    trust: str | None = None
    venvs: tuple[str, ...] = ()
    profile: str | None = None
    activate: bool | None = None
    activation: str | None = None
    api_url: str | None = None
    shells: tuple[str, ...] = ()
    rc: bool | None = None
    configure: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    saved: bool = False
