"""The objects of a cluster: their sizes, and where the password is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from proxyenv.catalog.kubernetes.objects import (
    DELIVERIES,
    fits_annotation,
    render_cas,
    render_environment,
    render_secret,
)
from proxyenv.catalog.kubernetes.pods import list_values
from proxyenv.errors import PlanError
from support.clusters import PASSWORD, SECRET_PROXY, make_pod_target, make_roots


def render(name: str, **changes: Any) -> dict[str, Any]:
    return render_cas(make_pod_target()._replace(**changes), DELIVERIES[name])


def test_a_config_map_holds_the_bundle_and_the_corporate_cas_without_a_comment() -> None:
    made = render("configmap")
    assert (made["apiVersion"], made["kind"], made["metadata"]["name"]) == ("v1", "ConfigMap", "proxyenv-ca")
    assert sorted(made["data"]) == ["ca-bundle.pem", "corporate-ca.pem"]
    assert made["data"]["ca-bundle.pem"].count("-----BEGIN CERTIFICATE-----") == 3
    assert made["data"]["corporate-ca.pem"].count("-----BEGIN CERTIFICATE-----") == 1
    assert made["data"]["corporate-ca.pem"] in made["data"]["ca-bundle.pem"]
    assert "#" not in json.dumps(made)


def test_equal_roots_make_equal_objects() -> None:
    roots = make_roots("A", "B", "C")
    assert render("configmap", public_roots=roots) == render("configmap", public_roots=roots[::-1])


def test_more_than_a_mebibyte_is_refused() -> None:
    many = make_roots("A") * 2000  # one certificate counts once
    assert render("configmap", public_roots=many)
    (root,) = make_roots("A")
    large = tuple(root._replace(fingerprint=f"{number:064x}") for number in range(2000))
    with pytest.raises(PlanError) as caught:
        render("configmap", public_roots=large)
    assert caught.value.code == "value-unrepresentable"
    assert "a ConfigMap holds 1048576" in caught.value.message


def test_what_kubectl_apply_cannot_keep_is_known() -> None:
    assert fits_annotation({"data": "x" * 261_877})
    assert not fits_annotation({"data": "x" * 261_878})


def test_no_corporate_ca_makes_no_config_map() -> None:
    with pytest.raises(PlanError) as caught:
        render_cas(make_pod_target(trusts=False), DELIVERIES["configmap"])
    assert (caught.value.code, caught.value.hint) == ("no-corporate-ca", "`--ca FILE`")


def test_trust_manager_gets_the_corporate_cas_alone() -> None:
    made = render("trust-manager")
    assert (made["apiVersion"], made["kind"]) == ("trust.cert-manager.io/v1alpha1", "Bundle")
    default, own = made["spec"]["sources"]
    assert default == {"useDefaultCAs": True}
    assert own["inLine"].count("-----BEGIN CERTIFICATE-----") == 1
    assert made["spec"]["target"] == {"configMap": {"key": "ca-bundle.pem"}}


def test_openshift_fills_an_empty_config_map() -> None:
    made = render("openshift")
    assert made["metadata"]["labels"]["config.openshift.io/inject-trusted-cabundle"] == "true"
    assert "data" not in made


def test_the_password_is_in_the_secret_and_in_nothing_else() -> None:
    target = make_pod_target(secret=True)
    secret = render_secret(target)
    assert secret is not None
    assert secret["stringData"] == {"HTTPS_PROXY": SECRET_PROXY.reveal()}
    others = [render_cas(target, each) for each in DELIVERIES.values()]
    others.append(render_environment(list_values(target, "10.96.0.1")))
    basic = SECRET_PROXY.reveal_basic()
    for text in (PASSWORD, "s3cr%24t", str(basic)):
        assert text not in json.dumps(others)


def test_without_a_password_there_is_no_secret() -> None:
    assert render_secret(make_pod_target()) is None


def test_the_environment_of_env_from_has_the_address_itself() -> None:
    values = list_values(make_pod_target(), "10.96.0.1")
    assert values["NO_PROXY"] == "localhost,.svc,10.96.0.1"
    assert values["PRICE"] == "$(HOME) costs $5"  # envFrom expands nothing
    assert "SSL_CERT_DIR" not in values
