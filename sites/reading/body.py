"""Where in a page the document stands.

In this order (portals.md §7): the containers a family names, containers by the editors' and templates' customary
names, the places where the CMS itself marks the content, the headings of a report, and at last density: the region
whose running text outweighs its links and furniture most.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from sites.errors import SpecError
from sites.reading.catalogue import bare_date, starts_pair
from sites.reading.clean import is_chrome, is_footer, name_key
from sites.reading.containers import rank_of
from sites.reading.digest import normalise
from sites.reading.flow import Flow

#: A densest region with less text than this may be any widget.
_FEW = 150
#: What holds pieces of a document, never one.
_NO_CONTAINERS = frozenset({"li", "tr", "table", "tbody", "p", "a"})
_NEVER_DENSE = frozenset({"tr", "tbody", "td", "th", "table", "ul", "ol"})
_PARAGRAPHS = frozenset({"p", "li", "span", "dd", "dt", "h1", "h2", "h3", "h4", "h5", "h6"})
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
    named = _family(flow, tree, selectors)
    if named is not None:
        return named
    weights = _prefix(
        [
            len(text) - linked if hidden < 0 else 0
            for text, linked, hidden in zip(flow.texts, flow.linked, flow.hidden, strict=True)
        ]
    )
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


def visible(flow: Flow, body: Body, line: int) -> bool:
    """Whether a line of the body is shown: not inside a hidden element that stands inside the body."""
    return flow.hidden[line] <= body.region


def _family(flow: Flow, tree: LexborHTMLParser, selectors: Sequence[str]) -> Body | None:
    for selector in selectors:
        try:
            nodes = tree.css(selector)
        except (SelectolaxError, ValueError) as wrong:
            raise SpecError("a CSS selector cannot be read", key="body", value=selector) from wrong
        regions = [region for node in nodes if (region := flow.region_of(node)) is not None]
        pictures = list(flow.images)
        filled = [region for region in regions if flow.said(region) or _any_of(pictures, flow, region)]
        if filled:
            return _joined(flow, filled, _prefix(map(len, flow.texts)) if len(filled) > 1 else (), "family")
    return None


def _any_of(lines: Sequence[int], flow: Flow, region: int) -> bool:
    """Whether one of these ascending lines is the region's."""
    return bisect_left(lines, flow.firsts[region]) < bisect_left(lines, flow.lasts[region])


def _prefix(values: Iterable[int]) -> list[int]:
    return [0, *accumulate(values)]


def _weight(weights: list[int], body: Body) -> int:
    return weights[body.last] - weights[body.first]


def _containers(flow: Flow, weights: list[int]) -> tuple[list[int], list[int], list[int]]:
    """Regions with a customary name and something in them; hidden ones only when no visible one has that rank."""
    ranks: tuple[list[int], list[int], list[int]] = ([], [], [])
    concealed: tuple[list[int], list[int], list[int]] = ([], [], [])
    pictures = list(flow.images)
    for region, (tag, first, last) in enumerate(zip(flow.tags, flow.firsts, flow.lasts, strict=True)):
        if tag in _NO_CONTAINERS or first == last or region in flow.chrome:
            continue
        if weights[last] - weights[first] < 12 and _shown(flow, region) and not _any_of(pictures, flow, region):
            continue
        rank = rank_of(flow.nodes[region].attributes)
        if rank is not None:
            (ranks if _shown(flow, region) else concealed)[rank].append(region)
    return tuple(seen or unseen for seen, unseen in zip(ranks, concealed, strict=True))  # type: ignore[return-value]


def _shown(flow: Flow, region: int) -> bool:
    hidden = flow.hidden[flow.firsts[region]]
    return hidden < 0 or hidden > region


def _outermost(flow: Flow, regions: Sequence[int]) -> list[int]:
    kept: list[int] = []
    for region in sorted(regions):
        if not kept or not flow.within(region, kept[-1]):
            kept.append(region)
    return kept


def _joined(flow: Flow, regions: list[int], weights: Sequence[int], how: str) -> Body:
    """The heaviest outermost container, joined with neighbours of the same rank unless they repeat it. One alone is
    not weighed."""
    outer = _outermost(flow, regions)
    best = outer[0]
    if len(outer) > 1:
        best = max(outer, key=lambda region: weights[flow.lasts[region]] - weights[flow.firsts[region]])
    first, last = flow.firsts[best], flow.lasts[best]
    region = best
    rivals = [other for other in outer if other != best and flow.parents[other] == flow.parents[best]]
    said = _said(flow, best) if rivals else ""
    for other in rivals:
        more = _said(flow, other)
        if not more or more in said or said in more:
            continue  # the same body for print, for telephones, for the elderly
        first, last = min(first, flow.firsts[other]), max(last, flow.lasts[other])
        region = flow.parents[best]
    exact = all(rank_of(flow.nodes[other].attributes) == 0 for other in outer)
    return Body(first, last, region, how, coarse=not exact)


def _said(flow: Flow, region: int) -> str:
    return normalise("".join(flow.said(region)))


def _worthy(flow: Flow, found: Body, dense: Body | None, weights: list[int], share: float) -> bool:
    """Whether a container found by name holds the document and not, say, a teaser: it has a fair share of the
    densest region's text, or pictures, or there is nothing denser."""
    if dense is None or (found.first <= dense.first and dense.last <= found.last):
        return True
    if any(found.first <= line < found.last for line in flow.images) and _weight(weights, dense) < 400:
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
    region = flow.places[first]
    for line in (first, last - 1):
        region = flow.common(region, flow.places[line])
    while not (flow.firsts[region] <= first and flow.lasts[region] >= last) and region:
        region = flow.parents[region]
    return region


def _headed(flow: Flow) -> Body | None:
    """The smallest region around the headings of a report, when at least three of them stand in lines of their own."""
    places = [
        place
        for place, text in zip(flow.places, flow.texts, strict=True)
        if 4 <= len(text) <= 40 and _REPORT_HEADING.match(text)
    ]
    if len(places) < 3:
        return None
    region = places[0]
    for place in places[1:]:
        region = flow.common(region, place)
    if region == 0:
        return None
    return Body(flow.firsts[region], flow.lasts[region], region, "headings")


def _dense(flow: Flow) -> Body | None:
    """The region with the greatest sum of running text minus links and furniture; the innermost of equals."""
    if not flow.texts:
        return None
    scores = _prefix(_scores(flow))
    best, value = -1, 0
    for region, (tag, first, last) in enumerate(zip(flow.tags, flow.firsts, flow.lasts, strict=True)):
        score = scores[last] - scores[first]
        if (
            score >= value
            and score > 0
            and tag not in _NEVER_DENSE
            and (best < 0 or score > value or flow.within(region, best))
        ):
            best, value = region, score
    if best < 0:
        return None
    # a paragraph is no document: take the box that holds it and its neighbours when that costs nothing
    while best and flow.tags[best] in _PARAGRAPHS:
        best = flow.parents[best]
    return Body(flow.firsts[best], flow.lasts[best], best, "density")


def _below_title(flow: Flow, titles: Sequence[str]) -> Body | None:
    """What follows the page's heading in the smallest box that holds anything below it: for documents too short to
    be dense (a sentence and an attachment, one picture, a list of names)."""
    names = [name for title in titles if len(name := name_key(title)) >= 6]
    lines = [
        line
        for line, text in enumerate(flow.texts)
        if 6 <= len(text) <= 120 and flow.hidden[line] < 0 and not flow.linked[line] and _is_named(text, names)
    ]
    for line in reversed(lines):
        region = flow.places[line]
        while region > 0:
            last = flow.lasts[region]
            if any(_content(flow, below) for below in range(line + 1, last)):
                return Body(line + 1, last, region, "title")
            region = flow.parents[region]
    return None


def _is_named(text: str, names: Sequence[str]) -> bool:
    said = name_key(text)
    return any(said == name or (name.startswith(said) and len(said) >= 10) for name in names)


def _content(flow: Flow, line: int) -> bool:
    if flow.hidden[line] >= 0 or flow.places[line] in flow.chrome:
        return False
    if line in flow.images:
        return True
    text = flow.texts[line]
    return bool(text) and not is_chrome(text) and not starts_pair(text) and not bare_date(text)


def _cell_lines(flow: Flow) -> set[int]:
    """The lines of small table cells."""
    inside: set[int] = set()
    for region, tag in enumerate(flow.tags):
        if tag == "td" and flow.size(region) <= 3:
            inside.update(range(flow.firsts[region], flow.lasts[region]))
    return inside


def _scores(flow: Flow) -> Iterator[int]:
    """What each line weighs as text of a document."""
    cells = _cell_lines(flow)
    columns = zip(flow.texts, flow.linked, flow.hidden, flow.places, strict=True)
    for line, (text, linked, hidden, place) in enumerate(columns):
        if not text or hidden >= 0 or place in flow.chrome:
            yield 0
        else:
            yield _score(text, linked, cell=line in cells)


def _score(text: str, linked: int, *, cell: bool) -> int:
    size = len(text)
    if size <= 120 and (not linked or size < 30) and (is_footer(text, weak=True) or is_chrome(text)):
        return -60
    if linked > 0.6 * size:
        return -2 * linked - 6
    free = size - linked
    if cell:
        return min(free, 40)
    # short unlinked lines are headings in a text and widgets elsewhere: worth little by themselves
    return free if size >= 18 else free // 3
