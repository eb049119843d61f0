"""Dashboards, alerts and manifests, checked against the code without a cluster."""

import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from prometheus_client import REGISTRY

from config import settings
from core import metrics
from core.adapters.redis_link import SHARD, script

ROOT = Path(__file__).resolve().parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
K8S = ROOT / "deploy" / "k8s"
RULES: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yaml").read_text())["groups"][0][
    "rules"
]
PANELS: list[dict[str, Any]] = json.loads((MONITORING / "grafana.json").read_text())["panels"]
RUNBOOK = (ROOT / "docs" / "operations.md").read_text()
DOCUMENTS: list[dict[str, Any]] = [
    document
    for path in sorted(K8S.glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text())
]
PODS = [one for one in DOCUMENTS if one["kind"] in {"Deployment", "StatefulSet"}]
OURS = [one for one in PODS if one["metadata"]["name"] != "redis"]


def known() -> set[str]:
    """Return the names of all series that a process may expose."""
    assert metrics.READY is not None
    names = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("skingen")}
    suffixes = ("", "_total", "_bucket", "_sum", "_count")
    return {f"{name}{suffix}" for name in names for suffix in suffixes}


@pytest.mark.parametrize(
    "expression",
    [rule["expr"] for rule in RULES] + [t["expr"] for panel in PANELS for t in panel["targets"]],
)
def test_expressions_name_series_that_exist(expression: str) -> None:
    """A dashboard or an alert over a series that nobody counts would be silent for ever."""
    assert set(re.findall(r"skingen_\w+", expression)) <= known()


def test_every_metric_is_on_the_dashboard() -> None:
    """What is worth counting is worth a panel."""
    shown = " ".join(target["expr"] for panel in PANELS for target in panel["targets"])
    names = {metric.name for metric in REGISTRY.collect() if metric.name.startswith("skingen")}
    assert {name for name in names if name not in shown} == set()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_every_alert_has_a_runbook(rule: dict[str, Any]) -> None:
    """Whoever is woken finds what to do under the alert's own heading."""
    name = rule["alert"]
    assert f"### {name}\n" in RUNBOOK
    assert rule["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
    assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda one: f"{one['kind']}-{one['metadata']['name']}"
)
def test_manifests_fit_the_schema(document: dict[str, Any]) -> None:
    """Kubernetes knows every field, strictly; KEDA's own kind has no schema there."""
    if document["apiVersion"].startswith("keda"):
        assert document["spec"]["scaleTargetRef"]["name"] in {p["metadata"]["name"] for p in OURS}
        return
    kubernetes_validate.validate(document, "1.31", strict=True)


@pytest.mark.parametrize("pod", PODS, ids=lambda one: str(one["metadata"]["name"]))
def test_every_container_is_confined(pod: dict[str, Any]) -> None:
    """No root, no capabilities, a read-only root, a system-call profile, a memory limit."""
    spec = pod["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        own = container["securityContext"]
        assert own["readOnlyRootFilesystem"] is True
        assert own["allowPrivilegeEscalation"] is False
        assert own["capabilities"]["drop"] == ["ALL"]
        assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("pod", OURS, ids=lambda one: str(one["metadata"]["name"]))
def test_every_process_is_asked_how_it_is(pod: dict[str, Any]) -> None:
    """Restart by health, traffic by readiness, and time to finish what is in hand."""
    spec = pod["spec"]["template"]["spec"]
    (container,) = spec["containers"]
    assert container["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "ops"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "ops"}
    assert spec["terminationGracePeriodSeconds"] >= 60


def test_workers_scale_on_the_streams_that_they_read() -> None:
    """KEDA looks at the keys and the group that the scripts use."""
    (scaled,) = (one for one in DOCUMENTS if one["kind"] == "ScaledObject")
    facts = [trigger["metadata"] for trigger in scaled["spec"]["triggers"]]
    assert {fact["stream"] for fact in facts} == {
        f"sk:{{{SHARD}}}:q:{model}" for model in ("vlm:high", "generator:low")
    }
    (group,) = re.findall(r"local GROUP = '(\w+)'", script("claim"))
    assert {fact["consumerGroup"] for fact in facts} == {group}
    assert "return P .. 'q:' .. model .. ':' .. priority" in script("claim")


def test_configuration_names_settings_that_exist() -> None:
    """A misspelt variable would be ignored in silence."""
    example = (ROOT / "config" / ".env.example").read_text()
    for one in DOCUMENTS:
        for name in one.get("data", one.get("stringData", {})):
            assert f"{name}=" in example
    assert "ops_port" in settings.OperationsSettings.model_fields


def test_secrets_are_not_in_the_repository() -> None:
    """The example is empty, and the real one is not applied from here."""
    (secret,) = (one for one in DOCUMENTS if one["kind"] == "Secret")
    assert set(secret["stringData"].values()) == {""}
    applied = yaml.safe_load((K8S / "kustomization.yaml").read_text())["resources"]
    assert set(applied) == {path.name for path in K8S.glob("*.yaml")} - {
        "kustomization.yaml",
        "secret.example.yaml",
    }
