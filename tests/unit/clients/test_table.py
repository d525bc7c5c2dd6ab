"""Which variables the rows call for."""

from __future__ import annotations

from proxyenv.clients.table import CLIENTS, UNSET_WITH_STORE, Role, roots_variables, store_switches


def test_with_truststore_only_those_with_roots_of_their_own_are_told_a_file() -> None:
    assert roots_variables(truststore=True) == (
        ("PIP_CERT", Role.REPLACES_ROOTS),
        ("AWS_CA_BUNDLE", Role.REPLACES_ROOTS),
        ("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", Role.REPLACES_ROOTS),
        ("GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", Role.REPLACES_ROOTS),
        ("NODE_EXTRA_CA_CERTS", Role.ADDS_ROOTS),
        ("DENO_CERT", Role.ADDS_ROOTS),
    )


def test_what_hides_the_store_is_never_written_with_truststore() -> None:
    assert {name for name, _ in roots_variables(truststore=True)}.isdisjoint(UNSET_WITH_STORE)


def test_without_it_every_row_has_its_variable() -> None:
    assert {name for name, _ in roots_variables()} == {client.roots for client in CLIENTS if client.roots}


def test_uv_has_to_be_told_to_use_the_store() -> None:
    assert store_switches() == (("UV_SYSTEM_CERTS", "1"),)
