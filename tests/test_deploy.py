"""What docs/deploy says is so: its settings and addresses exist, and a Valkey Cluster is a bus like any other."""

import json
import re
from pathlib import Path

import pytest

from bench.cluster import ClusterNode, meet
from live import settings
from live.errors import SettingError
from tests.hubs import StartHub
from tests.screens import acks, ingest, live

DEPLOY = Path(__file__).parent.parent / "docs" / "deploy"
ADDRESSES = {"/api/v1/events", "/readyz", "/readyz?store=any", "/readyz?store=any&drain=404", "/healthz", "/metrics"}


def files() -> list[Path]:
    """All that is deployed."""
    return sorted(DEPLOY.iterdir())


@pytest.mark.parametrize("path", files(), ids=lambda path: str(path.name))
def test_every_setting_that_is_deployed_is_one(path: Path) -> None:
    known = {row.name for row in settings.rows()}
    named = set(re.findall(r"\bLIVE_[A-Z_]*[A-Z]\b", path.read_text())) - {"LIVE_BOOTSTRAP"}
    assert named <= known, f"not settings: {named - known}"


def test_kubernetes_gives_hubs_no_variables_of_its_own() -> None:
    """The service `live` would give them LIVE_SERVICE_HOST, and a hub does not start with what it does not know."""
    assert "enableServiceLinks: false" in (DEPLOY / "kubernetes.yaml").read_text()
    for name in ("LIVE_SERVICE_HOST", "LIVE_SERVICE_PORT_HTTP", "LIVE_PORT", "LIVE_PORT_8000_TCP_ADDR"):
        with pytest.raises(SettingError, match="enableServiceLinks"):
            settings.load({name: "10.0.0.1"})


@pytest.mark.parametrize("name", ["haproxy.cfg", "nginx.conf", "Caddyfile", "kubernetes.yaml"])
def test_every_proxy_keeps_the_metrics_to_itself_and_asks_only_what_a_hub_answers(name: str) -> None:
    text = (DEPLOY / name).read_text()
    assert "/metrics" in text
    for path in re.findall(r'(?:GET |health_uri |path:? "?|location = )(/\S+?)[\s};,"]', text):
        assert path in ADDRESSES, path


@pytest.mark.parametrize("name", ["haproxy.cfg", "Caddyfile", "kubernetes.yaml"])
def test_who_routes_does_not_take_out_all_hubs_when_the_store_is_away(name: str) -> None:
    text = (DEPLOY / name).read_text()
    asked = re.findall(r"(?:httpchk GET |health_uri |readinessProbe:.*\n.*path: \"?)(/[^\s\",}]+)", text)
    assert [path.removesuffix("&drain=404") for path in asked] == ["/readyz?store=any"]


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.bus("it starts a cluster of Valkeys, and is about how they pass news on")
async def test_hubs_at_different_nodes_of_a_valkey_cluster_hear_each_other(
    tmp_path: Path, start_hub: StartHub, database_name: str
) -> None:
    """PUBLISH goes to all nodes, whichever has the slot of the topic."""
    seldom = {"LIVE_RECONCILE": "1m"}  # so that it was the bus
    async with (
        ClusterNode(tmp_path / "one") as one,
        ClusterNode(tmp_path / "two") as two,
        ClusterNode(tmp_path / "three") as three,
    ):
        await meet([one, two, three])
        here, there = (start_hub(database_name, LIVE_REDIS_URL=node.url, **seldom) for node in (one, two))
        async with live(there) as viewer, ingest(here) as socket:
            await viewer.wall("w")
            await viewer.until(lambda frame: frame["op"] == "beat" and frame["bus"] == "ok")
            said = {"type": "message", "session": "s", "id": "1", "role": "user", "text": "hello"}
            await socket.send(json.dumps(said))
            await acks(socket, 1)
            await viewer.until_shown("w", lambda wall: wall == {"web:s": 1})
