"""Where in a page the document stands.

In this order (portals.md §7): the containers a family names, containers by the editors' and templates' customary
names, the places where the CMS itself marks the content, the headings of a report, and at last density: the region
whose running text outweighs its links and furniture most.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from sites.errors import SpecError
from sites.reading.catalogue import bare_date, starts_pair
from sites.reading.clean import is_chrome, is_footer, name_key
from sites.reading.containers import rank_of
from sites.reading.digest import normalise
from sites.reading.flow import Flow, Line

#: A densest region with less text than this may be any widget.
_FEW = 150
_REPORT_HEADING = re.compile(
    r"^[（(]?[一二三四五六七八九十\d][)）]?\s*[、.．]\s*(?:政府信息(?:主动)?公开)?(?:总体情况|总体概况|概述|主动公开|收到和处理|(?:政府信息)?依申请|因?政府信息公开.{0,12}(?:行政复议|行政诉讼)|"
    r"(?:工作)?存在的?(?:主要)?(?:问题|困难)|其[他它]需要)"
)


@dataclass(frozen=True, slots=True)
class Body:
    """Lines `first` to `last` (exclusive), the innermost region around them, how they were found (`family`,
    `editor`, `template`, `marks`, `headings`, `density`, `title`), and `coarse` when title, date line and buttons
    may stand inside."""

    first: int
    last: int
    region: int
    how: str
    coarse: bool = True


def find_body(
    flow: Flow, tree: LexborHTMLParser, selectors: Sequence[str] = (), titles: Sequence[str] = ()
) -> Body | None:
    """The body's place, or None when the page holds no text at all. `titles` are the names the page's head gives
    the document: where no box tells, it stands below them. Raises `SpecError` for a selector that is none."""
    weights = _prefix([len(line.text) - line.link_chars if line.hidden < 0 else 0 for line in flow.lines])
    named = _family(flow, tree, selectors)
    if named is not None:
        return named
    editors, templates, pages = _containers(flow, weights)
    if editors:
        found = _joined(flow, editors, weights, "editor")
        if 2 * _weight(weights, found) > weights[-1]:
            return found  # nothing on the page can be denser
    dense = _dense(flow)
    if editors and _worthy(flow, found, dense, weights, share=0.2):
        return found
    marked = _marked(flow, weights)
    if marked is not None and _worthy(flow, marked, dense, weights, share=0.5):
        return marked
    if templates:
        found = _joined(flow, templates, weights, "template")
        if _worthy(flow, found, dense, weights, share=0.5):
            return found
    headed = _headed(flow)
    if headed is not None:
        return headed
    if pages and dense is not None:
        found = _joined(flow, pages, weights, "template")
        if (
            found.first <= dense.first
            and dense.last <= found.last
            and _weight(weights, found) < 1.5 * _weight(weights, dense)
        ):
            return found
    if dense is None or _weight(weights, dense) < _FEW:
        return _below_title(flow, titles) or dense
    return dense


def visible(flow: Flow, body: Body, line: Line) -> bool:
    """Whether a line of the body is shown: not inside a hidden element that stands inside the body."""
    hidden = line.hidden
    return hidden < 0 or hidden <= body.region


def _family(flow: Flow, tree: LexborHTMLParser, selectors: Sequence[str]) -> Body | None:
    for selector in selectors:
        try:
            nodes = tree.css(selector)
        except (SelectolaxError, ValueError) as wrong:
            raise SpecError("a CSS selector cannot be read", key="body", value=selector) from wrong
        regions = [region for node in nodes if (region := flow.region_of(node)) is not None]
        filled = [
            region for region in regions if any(line.text or line.image for line in flow.lines[_span(flow, region)])
        ]
        if filled:
            return _joined(flow, filled, _prefix([len(line.text) for line in flow.lines]), "family")
    return None


def _span(flow: Flow, region: int) -> slice:
    return slice(flow.regions[region].first, flow.regions[region].last)


def _prefix(values: Iterable[int]) -> list[int]:
    return [0, *accumulate(values)]


def _weight(weights: list[int], body: Body) -> int:
    return weights[body.last] - weights[body.first]


def _containers(flow: Flow, weights: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Regions with a customary name and something in them; hidden ones only when no visible one has that rank."""
    ranks: tuple[list[int], list[int], list[int]] = ([], [], [])
    concealed: tuple[list[int], list[int], list[int]] = ([], [], [])
    pictures = _prefix([line.image is not None for line in flow.lines])
    for index, region in enumerate(flow.regions):
        if region.chrome or region.tag in ("li", "tr", "table", "tbody", "p", "a") or region.last <= region.first:
            continue
        if (
            weights[region.last] - weights[region.first] < 12
            and pictures[region.last] == pictures[region.first]
            and _shown(flow, index)
        ):
            continue
        rank = rank_of(region.node.attributes)
        if rank is not None:
            (ranks if _shown(flow, index) else concealed)[rank].append(index)
    return tuple(seen or unseen for seen, unseen in zip(ranks, concealed, strict=True))  # type: ignore[return-value]


def _shown(flow: Flow, region: int) -> bool:
    first = flow.regions[region].first
    return flow.lines[first].hidden < 0 or flow.lines[first].hidden > region


def _outermost(flow: Flow, regions: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for region in sorted(regions):
        if not kept or not flow.within(region, kept[-1]):
            kept.append(region)
    return kept


def _joined(flow: Flow, regions: list[int], weights: list[int], how: str) -> Body:
    """The heaviest outermost container, joined with neighbours of the same rank unless they repeat it."""
    outer = _outermost(flow, regions)
    best = max(outer, key=lambda region: weights[flow.regions[region].last] - weights[flow.regions[region].first])
    first, last = flow.regions[best].first, flow.regions[best].last
    region = best
    rivals = [other for other in outer if other != best and flow.regions[other].parent == flow.regions[best].parent]
    said = _said(flow, best) if rivals else ""
    for other in rivals:
        more = _said(flow, other)
        if not more or more in said or said in more:
            continue  # the same body for print, for telephones, for the elderly
        first, last = min(first, flow.regions[other].first), max(last, flow.regions[other].last)
        region = flow.regions[best].parent
    exact = all(rank_of(flow.regions[other].node.attributes) == 0 for other in outer)
    return Body(first, last, region, how, coarse=not exact)


def _said(flow: Flow, region: int) -> str:
    return normalise("".join(line.text for line in flow.lines[_span(flow, region)]))


def _worthy(flow: Flow, found: Body, dense: Body | None, weights: list[int], share: float) -> bool:
    """Whether a container found by name holds the document and not, say, a teaser: it has a fair share of the
    densest region's text, or pictures, or there is nothing denser."""
    if dense is None or (found.first <= dense.first and dense.last <= found.last):
        return True
    if any(line.image is not None for line in flow.lines[found.first : found.last]) and _weight(weights, dense) < 400:
        return True
    if flow.within(dense.region, found.region):
        return True
    inside = _weight(weights, found)
    if flow.within(found.region, dense.region):
        return inside >= share * _weight(weights, dense)
    return inside >= 2 * share * _weight(weights, dense)


def _marked(flow: Flow, weights: list[int]) -> Body | None:
    """The heaviest stretch between a content-begins and a content-ends mark."""
    best: Body | None = None
    for position, (kind, start) in enumerate(flow.marks):
        if kind != "start":
            continue
        end = next((line for other, line in flow.marks[position + 1 :] if other == "end"), None)
        if end is None or end <= start:
            continue
        found = Body(start, end, _around(flow, start, end), "marks", coarse=False)
        if _weight(weights, found) > (_weight(weights, best) if best else 40):
            best = found
    return best


def _around(flow: Flow, first: int, last: int) -> int:
    region = flow.lines[first].region
    for index in (first, last - 1):
        region = flow.common(region, flow.lines[index].region)
    while not (flow.regions[region].first <= first and flow.regions[region].last >= last) and region:
        region = flow.regions[region].parent
    return region


def _headed(flow: Flow) -> Body | None:
    """The smallest region around the headings of a report, when at least three of them stand in lines of their own."""
    places = [
        index for index, line in enumerate(flow.lines) if 4 <= len(line.text) <= 40 and _REPORT_HEADING.match(line.text)
    ]
    if len(places) < 3:
        return None
    region = flow.lines[places[0]].region
    for place in places[1:]:
        region = flow.common(region, flow.lines[place].region)
    if region == 0:
        return None
    return Body(flow.regions[region].first, flow.regions[region].last, region, "headings")


def _dense(flow: Flow) -> Body | None:
    """The region with the greatest sum of running text minus links and furniture; the innermost of equals."""
    if not flow.lines:
        return None
    in_table = _table_lines(flow)
    scores = _prefix(_score(flow, line, in_table[index]) for index, line in enumerate(flow.lines))
    best, value = -1, 0
    for index, region in enumerate(flow.regions):
        score = scores[region.last] - scores[region.first]
        if (
            score >= value
            and score > 0
            and region.tag not in ("tr", "tbody", "td", "th", "table", "ul", "ol")
            and (best < 0 or score > value or flow.within(index, best))
        ):
            best, value = index, score
    if best < 0:
        return None
    # a paragraph is no document: take the box that holds it and its neighbours when that costs nothing
    while best and flow.regions[best].tag in ("p", "li", "span", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6"):
        best = flow.regions[best].parent
    return Body(flow.regions[best].first, flow.regions[best].last, best, "density")


def _below_title(flow: Flow, titles: Sequence[str]) -> Body | None:
    """What follows the page's heading in the smallest box that holds anything below it: for documents too short to
    be dense (a sentence and an attachment, one picture, a list of names)."""
    names = [name for title in titles if len(name := name_key(title)) >= 6]
    places = [
        index
        for index, line in enumerate(flow.lines)
        if line.hidden < 0 and not line.link_chars and 6 <= len(line.text) <= 120 and _is_named(line.text, names)
    ]
    for place in reversed(places):
        region = flow.lines[place].region
        while region > 0:
            last = flow.regions[region].last
            if any(_content(flow, line) for line in flow.lines[place + 1 : last]):
                return Body(place + 1, last, region, "title")
            region = flow.regions[region].parent
    return None


def _is_named(text: str, names: Sequence[str]) -> bool:
    said = name_key(text)
    return any(said == name or (name.startswith(said) and len(said) >= 10) for name in names)


def _content(flow: Flow, line: Line) -> bool:
    if line.hidden >= 0 or flow.regions[line.region].chrome:
        return False
    if line.image is not None:
        return True
    return bool(line.text) and not is_chrome(line.text) and not starts_pair(line.text) and not bare_date(line.text)


def _table_lines(flow: Flow) -> list[bool]:
    inside = [False] * len(flow.lines)
    for region in flow.regions:
        if region.tag == "td" and region.last - region.first <= 3:
            inside[region.first : region.last] = [True] * (region.last - region.first)
    return inside


def _score(flow: Flow, line: Line, cell: bool) -> int:
    if line.hidden >= 0 or flow.regions[line.region].chrome:
        return 0
    if line.image is not None:
        return 0
    size = len(line.text)
    if not size:
        return 0
    free = size - line.link_chars
    if (
        size <= 120
        and (line.link_chars == 0 or size < 30)
        and (is_footer(line.text, weak=True) or is_chrome(line.text))
    ):
        return -60
    if line.link_chars > 0.6 * size:
        return -2 * line.link_chars - 6
    if cell:
        return min(free, 40)
    # short unlinked lines are headings in a text and widgets elsewhere: worth little by themselves
    return free if size >= 18 else free // 3
