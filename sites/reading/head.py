"""What stands above a document: its title, its breadcrumb, its catalogue block, its 发布日期/来源 line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sites.model import Claim
from sites.reading import catalogue
from sites.reading.body import Body
from sites.reading.clean import is_chrome, is_position, is_sentence, name_key, plain
from sites.reading.digest import normalise
from sites.reading.flow import Flow, is_heading
from sites.reading.labels import GENERIC
from sites.reading.standard import Header

#: How many lines above the body (and inside a coarse one) are looked at.
_ABOVE, _INSIDE, _BELOW = 160, 60, 60
#: A bare date this close above the body is the document's.
_NEAR = 8

_SEPARATOR = re.compile(r"\s*(?:[>›»→＞»⟩]+|&gt;|(?<=\s)[/|\\-](?=\s)|/(?=[\u4e00-\u9fff])|::)\s*")
_TITLE_NAME = re.compile(r"title|(?:^|[-_ ])(?:bt|tit|biaoti|headline|h1|hd|mtit)(?:$|[-_ \d])|biaoti|bt_?\d?$", re.I)
_CRUMB_NAME = re.compile(
    r"crumb|position|location|"
    r"(?:^|[-_ ])(?:path|dqwz|curmb|local|weizhi|site-?nav|currentpath|wz|mbx|addr|curpos)(?:$|[-_ \d])",
    re.I,
)
_PLACE = re.compile("位置|栏目")
_SUFFIX = re.compile(r"\s*(?:[-_|｜—–]+|>>?|»|::)\s*")
_TRUNCATED = re.compile(r"(?:\.{2,}|…+)$")
_DOCUMENT_NUMBER = re.compile(
    r"^(?:[\u4e00-\u9fff]{1,14}(?:\s*[〔\[【（(]\s*(?:19|20)\d{2}\s*[〕\]】）)]\s*第?\s*\d{1,5}\s*号)|[\u4e00-\u9fff]{2,16}令\s*第\s*[\d一二三四五六七八九十百〇]+\s*号)$"
)


@dataclass(frozen=True, slots=True)
class Head:
    """Claims sure and weak; `used`, the lines of label/value pairs, and `cut`, those of them that certainly are
    no part of the document; the breadcrumb from the outside in; the heading's text and the line after it (-1: none)."""

    sure: tuple[Claim, ...]
    weak: tuple[Claim, ...]
    used: frozenset[int]
    cut: frozenset[int]
    breadcrumb: tuple[str, ...]
    heading: str
    heading_end: int


def read_head(flow: Flow, body: Body, header: Header, doc_title: str, title_regions: Sequence[int] = ()) -> Head:
    """Read everything above the body (and in the head zone of a coarse body)."""
    start = max(0, body.first - _ABOVE)
    end = min(len(flow.lines), _zone_end(flow, body))
    pairs = _pairs(flow, start, end)
    below = catalogue.Pairs((), frozenset())
    if not pairs.catalogue:
        below = _pairs(flow, body.last, min(len(flow.lines), body.last + _BELOW))
        if not below.catalogue:
            below = catalogue.Pairs((), frozenset())
    sure: list[Claim] = []
    weak: list[Claim] = []
    groups = _groups(flow, pairs)
    for group in [*groups, below]:
        strong, faint = catalogue.claims_of(group, "catalogue" if group.catalogue else "visible")
        sure.extend(strong)
        weak.extend(faint)
    for line in flow.lines[max(0, body.first - _NEAR) : end]:
        if line.hidden < 0 and (day := catalogue.bare_date(line.text)):
            weak.append(Claim(field="published_at", value=day, source="visible"))
    heading, heading_end = _heading(
        flow, body, end, header=header, doc_title=doc_title, used=pairs.lines, title_regions=title_regions
    )
    return Head(
        tuple(sure), tuple(weak), pairs.lines, _decisive(pairs, groups), breadcrumb_of(flow, body), heading, heading_end
    )


def document_title(text: str, header: Header) -> str:
    """The `<title>` without the names of site and column behind it ('' when nothing else is left)."""
    whole = " ".join(text.split()).strip("【】 ")
    site = normalise(header.value("sitename"))
    column = normalise(header.value("columnname"))
    parts = _SUFFIX.split(whole)
    while len(parts) > 1 and (normalise(parts[-1]) in (site, column) or _is_site_name(parts[-1], site)):
        parts.pop()
    kept = whole[: whole.find(parts[-1]) + len(parts[-1])] if len(parts) > 1 else parts[0]
    name = normalise(kept)
    return "" if name in (site, column, "") or _is_site_name(kept, site) else kept.strip("【】 ")


def body_number(lines: Sequence[str]) -> str:
    """The 文号 that stands on a line of its own among the first lines of a body, '' without one."""
    for line in lines[:10]:
        if len(line) <= 40 and _DOCUMENT_NUMBER.match(line):
            return line
    return ""


def split_breadcrumb(text: str) -> tuple[str, ...]:
    """`首页 >> 盖北镇 >> 年报` → its steps; the label 当前位置 is dropped."""
    plain_text = re.sub(r"^.{0,12}?位置\s*(?:是|在)?\s*[:：]?", "", " ".join(text.split()))
    steps = (step.strip(" 　:：>›»·•\t") for step in _SEPARATOR.split(plain_text))
    return tuple(step for step in steps if step and len(step) <= 40)


def breadcrumb_of(flow: Flow, body: Body) -> tuple[str, ...]:
    """The steps from the home page to this one, as printed; () when the page shows none."""
    stop = min(len(flow.lines), max(body.first, 1) if not body.coarse else body.first + 12)
    places = [
        index
        for index in range(stop)
        if _PLACE.search(text := flow.lines[index].text) and len(text) <= 240 and is_position(plain(text))
    ]
    for place in reversed(places):
        steps = _steps_from(flow, place, stop)
        if steps:
            return steps
    for index in range(stop - 1, -1, -1):
        line = flow.lines[index]
        if not line.text or len(line.text) > 160:
            continue
        if line.link_chars >= 4 and len(_SEPARATOR.findall(line.text)) >= 2:
            return split_breadcrumb(line.text)
        if line.text.startswith("首页") and line.link_chars:
            region = _crumb_region(flow, line.region)
            if region is not None:
                return _steps_in(flow, region)
    return ()


def _crumb_region(flow: Flow, region: int) -> int | None:
    for _ in range(3):
        attributes = flow.regions[region].node.attributes
        if _CRUMB_NAME.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"):
            return region
        region = flow.regions[region].parent
        if region <= 0:
            return None
    return None


def _steps_from(flow: Flow, place: int, stop: int) -> tuple[str, ...]:
    """The steps of a breadcrumb whose label stands on line `place`: on it, in its box, or on the lines that follow."""
    text = flow.lines[place].text
    box = flow.lines[place].region
    for _ in range(3):
        region = flow.regions[box]
        inside = [line for line in flow.lines[region.first : region.last] if line.text]
        if sum(len(line.text) for line in inside) > 240 or any(
            len(line.text) > 60 for line in inside if line.text != text
        ):
            break
        if len(inside) > 1 and (region.last > place + 1) and box:
            steps = _steps_in(flow, box)
            if len(steps) > 1:
                return steps
        if region.parent < 0:
            break
        box = region.parent
    pieces = [text]
    for line in flow.lines[place + 1 : min(stop, place + 12)]:
        if not line.text:
            continue
        if not re.match(r"[>›»＞]", line.text) and not re.search(r"[>›»＞]\s*$", pieces[-1]):
            break
        pieces.append(line.text)
    return split_breadcrumb(" ".join(pieces))


def _steps_in(flow: Flow, region: int) -> tuple[str, ...]:
    span = flow.regions[region]
    return split_breadcrumb(" > ".join(line.text for line in flow.lines[span.first : span.last] if line.text))


def _zone_end(flow: Flow, body: Body) -> int:
    """The line at which running text begins: pairs are looked for above it only."""
    limit = min(body.last, body.first + _INSIDE)
    index = body.first
    while index < limit:
        text = flow.lines[index].text
        if (
            is_sentence(text)
            and not catalogue.label_of(flow.lines[index - 1].text if index else "")
            and not catalogue.starts_pair(text)
        ):
            return index
        index += 1
    return limit


def _pairs(flow: Flow, start: int, end: int) -> catalogue.Pairs:
    lines = flow.lines
    regions = flow.regions

    def near(one: int, other: int) -> bool:
        shared = flow.common(lines[start + one].region, lines[start + other].region)
        label = lines[start + one].region
        for _ in range(3):
            if label == shared:
                return regions[shared].last - regions[shared].first <= 60
            label = regions[label].parent
        return False

    def cell(index: int) -> bool:
        region = lines[start + index].region
        return regions[region].tag in ("td", "th", "dt", "dd") or regions[regions[region].parent].tag in (
            "td",
            "th",
            "dt",
            "dd",
        )

    texts = [
        "" if line.link_chars > 0.8 * len(line.text) and ":" not in line.text and "：" not in line.text else line.text
        for line in lines[start:end]
    ]
    return catalogue.read_pairs(texts, near, cell, start)


def _groups(flow: Flow, pairs: catalogue.Pairs) -> list[catalogue.Pairs]:
    """The pairs cut where other text stands between them: a block, then title, then the 来源 line are two groups."""
    groups: list[list[catalogue.Pair]] = []
    previous = -2
    for pair in pairs.pairs:
        between = range(previous + 1, pair.line)
        if not groups or any(flow.lines[line].text and line not in pairs.lines for line in between):
            groups.append([])
        groups[-1].append(pair)
        previous = pair.line
    return [catalogue.Pairs(tuple(group), frozenset()) for group in groups]


def _decisive(pairs: catalogue.Pairs, groups: Sequence[catalogue.Pairs]) -> frozenset[int]:
    """The lines of groups that only a page's head prints; a lone 时间：… may be a line of the document."""
    found: set[int] = set()
    for group in groups:
        if len(group.pairs) > 1 or any(pair.label not in GENERIC for pair in group.pairs):
            first, last = group.pairs[0].line, group.pairs[-1].line
            found.update(line for line in pairs.lines if first <= line <= last)
            while last + 1 in pairs.lines and not any(pair.line == last + 1 for pair in pairs.pairs):
                last += 1  # the value of the last label stands on a line of its own
                found.add(last)
    return frozenset(found)


def _heading(
    flow: Flow,
    body: Body,
    end: int,
    *,
    header: Header,
    doc_title: str,
    used: frozenset[int],
    title_regions: Sequence[int],
) -> tuple[str, int]:
    """The page's own heading: in an element the family names, in a heading tag or a box called a title, or the line
    that the `<title>` repeats; the nearest above the body wins."""
    for region in title_regions:
        span = flow.regions[region]
        text = " ".join(line.text for line in flow.lines[span.first : span.last] if line.text)
        if text:
            return text, span.last
    wanted = [name for name in (name_key(header.value("articletitle")), name_key(doc_title)) if len(name) >= 4]
    site = name_key(header.value("sitename"))
    best: tuple[int, str, int] | None = None
    index = end - 1
    floor = max(0, body.first - _ABOVE)
    while index >= floor:
        line = flow.lines[index]
        if (
            not line.text
            or index in used
            or line.link_chars
            or len(line.text) > 200
            or flow.regions[line.region].chrome
        ):
            index -= 1
            continue
        first, last, text = _whole(flow, index)
        score = _title_score(flow, index, text, wanted, site, inside=index >= body.first)
        # near the body weighs more: a portal's own name is a heading as well
        if score and (best is None or score > best[0]):
            best = (score, text, last)
        index = first - 1
    return (best[1], best[2]) if best else ("", -1)


def _whole(flow: Flow, index: int) -> tuple[int, int, str]:
    """A heading broken over lines of one element, as one."""
    region = flow.lines[index].region
    if not (is_heading(flow, flow.lines[index]) or _named_title(flow, region)):
        return index, index + 1, flow.lines[index].text
    first = last = index
    while (
        first
        and flow.lines[first - 1].region == region
        and flow.lines[first - 1].text
        and not flow.lines[first - 1].link_chars
    ):
        first -= 1
    while last + 1 < len(flow.lines) and flow.lines[last + 1].region == region and flow.lines[last + 1].text:
        last += 1
    texts = [line.text for line in flow.lines[first : last + 1] if not is_chrome(line.text)]
    if len(texts) > 4:
        return index, index + 1, flow.lines[index].text
    return first, last + 1, join_title(texts)


def join_title(lines: Sequence[str]) -> str:
    """Title lines as one; a space only where Latin letters or figures meet."""
    joined = ""
    for line in lines:
        gap = " " if joined and joined[-1].isascii() and line[:1].isascii() else ""
        joined += gap + line
    return joined


def _title_score(flow: Flow, index: int, text: str, wanted: Sequence[str], site: str, *, inside: bool) -> int:
    name = name_key(text)
    if len(name) < 4 or name == site:
        return 0
    if any(name == other for other in wanted):
        return 100
    # a salutation repeats a name of the title and ends with a colon: it is no heading
    similar = text[-1] not in "：:，,。；;、" and any(
        (name in other and 5 * len(name) >= 2 * len(other)) or (other in name and len(other) >= 6)
        for other in wanted
        if len(name) >= 6
    )
    tag = flow.regions[flow.lines[index].region].tag
    named = _named_title(flow, flow.lines[index].region)
    score = 60 if similar else 0
    if tag in ("h1", "h2"):
        score += 30
    elif named:
        score += 25
    elif tag in ("h3", "h4"):
        score += 8
    if not score or (inside and not similar and not (tag in ("h1", "h2") or named)):
        return 0
    if is_chrome(text) or is_position(text):
        return 0
    return score + (5 if len(name) >= 10 else 0)


def _named_title(flow: Flow, region: int) -> bool:
    attributes = flow.regions[region].node.attributes
    return bool(_TITLE_NAME.search(f"{attributes.get('class') or ''} {attributes.get('id') or ''}"))


def _is_site_name(text: str, site: str) -> bool:
    name = normalise(text)
    if not name:
        return True
    if site and (name in site or site in name):
        return True
    return (
        bool(re.search(r"(?:人民政府|门户网站?|政府网|政务网|网站|委员会|管委会|信息公开网?|平台|[局厅部办])$", name))
        and len(name) <= 24
    )


def better_title(candidates: Sequence[str]) -> str:
    """The first candidate, unless a later one is the same title untruncated."""
    if not candidates:
        return ""
    chosen = candidates[0]
    stem = normalise(_TRUNCATED.sub("", chosen))
    for other in candidates[1:]:
        name = normalise(other)
        if len(name) <= len(stem) or not name.startswith(stem):
            continue
        # a longer title behind a separator is the same one with the names of column and site
        if _TRUNCATED.search(chosen) or (len(stem) >= 20 and not re.match(r"[-_|—>»:(\[【〖]", name[len(stem) :])):
            return document_part(other, stem)
    return _TRUNCATED.sub("", chosen)


def document_part(title: str, stem: str) -> str:
    """A long title cut at the first separator behind `stem`."""
    parts = re.split(r"(\s*[-_|｜]+\s*)", title)
    for count in range(1, len(parts) + 1, 2):
        part = "".join(parts[:count])
        if len(normalise(part)) > len(stem):
            return part
    return title
