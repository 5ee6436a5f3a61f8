"""Which portals belong together: a registrable host is asked by one worker only, whoever shares it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from crawler.politeness import politeness_key
from sites.model import SiteSpec


def politeness_keys(spec: SiteSpec) -> frozenset[str]:
    """Every host a portal may be asked at, as politeness sees it: its own, its home's, its sections', and those its
    options name."""
    addresses = {*spec.hosts, spec.home}
    for section in spec.sections:
        addresses |= {section.url, *section.hosts}
        addresses |= {rule.url for rule in section.rules if rule.url}
        for options in (section.options, *(rule.options for rule in section.rules)):
            addresses |= {
                value for value in options.values() if isinstance(value, str) and value.startswith(("http:", "https:"))
            }
    return frozenset(politeness_key(address) for address in addresses if address)


def group_by_host(specs: Iterable[SiteSpec]) -> tuple[tuple[SiteSpec, ...], ...]:
    """The portals in groups that share no host with each other, ordered by the first id of each."""
    groups: list[tuple[set[str], list[SiteSpec]]] = []
    for spec in specs:
        keys, members = set(politeness_keys(spec)), [spec]
        apart = []
        for group in groups:
            if group[0] & keys:
                keys |= group[0]
                members += group[1]
            else:
                apart.append(group)
        groups = [*apart, (keys, members)]
    ordered = [tuple(sorted(members, key=lambda spec: spec.id)) for _, members in groups]
    return tuple(sorted(ordered, key=lambda members: members[0].id))


def shards_wanted(groups: int, workers: int, hosts_at_once: int) -> int:
    """How many shards: one a worker, and more when one would hold more hosts than are asked at once."""
    return max(1, min(groups, max(workers, -(-groups // hosts_at_once))))


def deal(
    groups: Sequence[tuple[SiteSpec, ...]], shards: int, weights: Mapping[str, int]
) -> tuple[tuple[SiteSpec, ...], ...]:
    """The groups dealt into so many shards of about the same weight, the heaviest first. `weights` are pages known of
    each portal; one not known counts as one page."""

    def weight(group: Sequence[SiteSpec]) -> int:
        return sum(1 + weights.get(spec.id, 0) for spec in group)

    dealt: list[tuple[int, list[SiteSpec]]] = [(0, []) for _ in range(shards)]
    for group in sorted(groups, key=lambda group: (-weight(group), group[0].id)):
        place = min(range(shards), key=lambda place: (dealt[place][0], place))
        load, members = dealt[place]
        dealt[place] = (load + weight(group), [*members, *group])
    return tuple(tuple(sorted(members, key=lambda spec: spec.id)) for _, members in dealt if members)
