"""Every family harvests its replica completely, within a budget of requests."""

from __future__ import annotations

import pytest

from sites.model import Section
from sites.registry import load_families
from tests.replicas import catalogue
from tests.replicas.base import Replica
from tests.replicas.harvest import Harvest, harvest

FAMILIES = load_families()


def section_of(replica: Replica) -> Section:
    return Section(
        site_id="qinghe",
        key="nianbao",
        name="年报",
        url=replica.column,
        family=replica.family,
        hosts=(replica.host,),
        options=replica.options,
    )


def harvested(replica: Replica, **more: object) -> Harvest:
    return harvest(FAMILIES[replica.family], section_of(replica), replica.respond, **more)


@pytest.mark.parametrize("name", sorted(catalogue.REPLICAS))
def test_a_replica_is_harvested_completely(name: str) -> None:
    replica = catalogue.REPLICAS[name]()
    found = harvested(replica)
    assert found.complete, found.notes
    assert set(found.documents) == set(replica.expected)
    for url, document in replica.expected.items():
        if replica.claims_dates:
            assert found.refs[url].title == document.title
            assert found.refs[url].listed_on == document.day
        assert "存在的主要问题及改进情况" in found.documents[url].text
        assert f"主动公开政府信息{document.number}条" in found.documents[url].text


@pytest.mark.parametrize("name", sorted(catalogue.REPLICAS))
def test_every_replica_is_recognised(name: str) -> None:
    replica = catalogue.REPLICAS[name]()
    assert replica.family in FAMILIES
