from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cluster.grouping import deal, group_by_host, politeness_keys, shards_wanted
from sites.model import Section, SiteSpec


def portal(name: str, *hosts: str, api: str = "") -> SiteSpec:
    section = Section(
        site_id=name, key="nb", name="年报", url=f"http://{hosts[0]}/nb/", family="static", hosts=hosts,
        options={"api": api} if api else {},
    )  # fmt: skip
    return SiteSpec(
        id=name, name=name, home=f"http://{hosts[0]}/", family="static", sections=(section,), hosts=tuple(hosts)
    )


def ids(groups) -> list[list[str]]:
    return [[spec.id for spec in group] for group in groups]


def test_portals_below_one_registrable_host_belong_together() -> None:
    found = group_by_host(
        [portal("a", "www.x.gov.cn"), portal("b", "www.y.gov.cn"), portal("c", "zwgk.x.gov.cn", "c.gov.cn")]
    )
    assert ids(found) == [["a", "c"], ["b"]]


def test_a_portal_that_shares_hosts_with_two_others_joins_them() -> None:
    found = group_by_host([portal("a", "a.gov.cn"), portal("b", "b.gov.cn"), portal("c", "www.a.gov.cn", "b.gov.cn")])
    assert ids(found) == [["a", "b", "c"]]


def test_a_host_that_only_an_option_names_counts() -> None:
    assert "api.gov.cn" in politeness_keys(portal("a", "a.gov.cn", api="https://data.api.gov.cn/list"))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=3, unique=True), min_size=1, max_size=10),
    st.integers(1, 6),
    st.lists(st.integers(0, 500), min_size=10, max_size=10),
)
def test_no_host_stands_in_two_shards_and_no_portal_is_forgotten(hosts, shards, pages) -> None:
    specs = [portal(f"p{number}", *(f"{host}.gov.cn" for host in own)) for number, own in enumerate(hosts)]
    groups = group_by_host(specs)
    weights = {spec.id: weight for spec, weight in zip(specs, pages, strict=False)}
    dealt = deal(groups, shards, weights)
    assert sorted(spec.id for shard in dealt for spec in shard) == sorted(spec.id for spec in specs)
    keys = [frozenset().union(*(politeness_keys(spec) for spec in shard)) for shard in dealt]
    assert sum(map(len, keys)) == len(frozenset().union(*keys))
    assert dealt == deal(group_by_host(reversed(specs)), shards, weights)
    assert len(dealt) <= shards


def test_shards_are_about_equally_heavy() -> None:
    specs = [portal(f"p{number}", f"p{number}.gov.cn") for number in range(12)]
    dealt = deal(group_by_host(specs), 3, {f"p{number}": 100 for number in range(12)})
    assert [len(shard) for shard in dealt] == [4, 4, 4]


def test_there_is_a_shard_a_worker_and_none_larger_than_a_process_asks_at_once() -> None:
    assert shards_wanted(50, 2, 64) == 2
    assert shards_wanted(1, 8, 64) == 1
    assert shards_wanted(1000, 2, 64) == 16
