"""The compose file of a cluster: it parses, and what it runs exists. It is not run here."""

from pathlib import Path

import typer
import yaml

from crawler.cli import app
from crawler.cluster.dask_pool import parse_cluster

DEPLOY = Path(__file__).resolve().parents[1] / "docs" / "deploy"


def test_the_containers_of_a_cluster_see_one_folder_and_meet_at_one_scheduler() -> None:
    services = yaml.safe_load((DEPLOY / "cluster.compose.yaml").read_text(encoding="utf-8"))["services"]
    night, worker = services["night"], services["worker"]
    assert night["command"][0] in set(typer.main.get_command(app).commands)
    assert parse_cluster(night["command"][2]) == worker["entrypoint"][2]
    assert night["volumes"] == worker["volumes"]
    assert worker["entrypoint"][worker["entrypoint"].index("--nthreads") + 1] == "1"
    assert not any("ports" in service for service in services.values())
