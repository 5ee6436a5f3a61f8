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

_CELLS = frozenset({"td", "th", "dt", "dd"})
_SEPARATOR = re.compile(r"\s*(?:[>›»→＞»⟩]+|&gt;|(?<=\s)[/|\\-](?=\s)|/(?=[\u4e00-\u9fff])|::)\s*")
_TITLE_NAME = re.compile(r"title|(?:^|[-_ ])(?:bt|tit|biaoti|headline|h1|hd|mtit)(?:$|[-_ \d])|biaoti|bt_?\d?$", re.I)
_CRUMB_NAME = re.compile(
    r"crumb|position|location|"
    r"(?:^|[-_ ])(?:path|dqwz|curmb|local|weizhi|site-?nav|currentpath|wz|mbx|addr|curpos)(?:$|[-_ \d])",
    re.I,
)
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
    end = min(len(flow.texts), _zone_end(flow, body))
    pairs = _pairs(flow, start, end)
    below = catalogue.Pairs((), frozenset())
    if not pairs.catalogue:
        below = _pairs(flow, body.last, min(len(flow.texts), body.last + _BELOW))
        if not below.catalogue:
            below = catalogue.Pairs((), frozenset())
    sure: list[Claim] = []
    weak: list[Claim] = []
    groups = _groups(flow, pairs)
    for group in [*groups, below]:
        strong, faint = catalogue.claims_of(group, "catalogue" if group.catalogue else "visible")
        sure.extend(strong)
        weak.extend(faint)
    for line in range(max(0, body.first - _NEAR), end):
        if flow.hidden[line] < 0 and (day := catalogue.bare_date(flow.texts[line])):
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
    stop = min(len(flow.texts), max(body.first, 1) if not body.coarse else body.first + 12)
    above = flow.texts[:stop]
    places = [
        index
        for index, text in enumerate(above)
        if ("位置" in text or "栏目" in text) and len(text) <= 240 and is_position(plain(text))
    ]
    for place in reversed(places):
        steps = _steps_from(flow, place, stop)
        if steps:
            return steps
    for index in range(stop - 1, -1, -1):
        text = above[index]
        linked = flow.linked[index]
        if not linked or len(text) > 160:
            continue
        if linked >= 4 and len(_SEPARATOR.findall(text)) >= 2:
            return split_breadcrumb(text)
        if text.startswith("首页"):
            region = _crumb_region(flow, flow.places[index])
            if region is not None:
                return split_breadcrumb(" > ".join(flow.said(region)))
    return ()


def _crumb_region(flow: Flow, region: int) -> int | None:
    for _ in range(3):
        if _CRUMB_NAME.search(_named(flow, region)):
            return region
        region = flow.parents[region]
        if region <= 0:
            return None
    return None


def _named(flow: Flow, region: int) -> str:
    """The class and the id of a region."""
    attributes = flow.nodes[region].attributes
    return f"{attributes.get('class') or ''} {attributes.get('id') or ''}"


def _steps_from(flow: Flow, place: int, stop: int) -> tuple[str, ...]:
    """The steps of a breadcrumb whose label stands on line `place`: on it, in its box, or on the lines that follow."""
    text = flow.texts[place]
    box = flow.places[place]
    for _ in range(3):
        inside = flow.said(box)
        if sum(map(len, inside)) > 240 or any(len(line) > 60 for line in inside if line != text):
            break
        if len(inside) > 1 and flow.lasts[box] > place + 1 and box:
            steps = split_breadcrumb(" > ".join(inside))
            if len(steps) > 1:
                return steps
        if flow.parents[box] < 0:
            break
        box = flow.parents[box]
    pieces = [text]
    for line in flow.texts[place + 1 : min(stop, place + 12)]:
        if not line:
            continue
        if not re.match(r"[>›»＞]", line) and not re.search(r"[>›»＞]\s*$", pieces[-1]):
            break
        pieces.append(line)
    return split_breadcrumb(" ".join(pieces))


def _zone_end(flow: Flow, body: Body) -> int:
    """The line at which running text begins: pairs are looked for above it only."""
    limit = min(body.last, body.first + _INSIDE)
    index = body.first
    while index < limit:
        text = flow.texts[index]
        if (
            is_sentence(text)
            and not catalogue.label_of(flow.texts[index - 1] if index else "")
            and not catalogue.starts_pair(text)
        ):
            return index
        index += 1
    return limit


def _pairs(flow: Flow, start: int, end: int) -> catalogue.Pairs:
    places, tags, parents = flow.places, flow.tags, flow.parents

    def near(one: int, other: int) -> bool:
        label = places[start + one]
        shared = flow.common(label, places[start + other])
        for _ in range(3):
            if label == shared:
                return flow.size(shared) <= 60
            label = parents[label]
        return False

    def cell(index: int) -> bool:
        region = places[start + index]
        return tags[region] in _CELLS or tags[parents[region]] in _CELLS

    texts = [
        "" if linked and linked > 0.8 * len(text) and ":" not in text and "：" not in text else text
        for text, linked in zip(flow.texts[start:end], flow.linked[start:end], strict=True)
    ]
    return catalogue.read_pairs(texts, near, cell, start)


def _groups(flow: Flow, pairs: catalogue.Pairs) -> list[catalogue.Pairs]:
    """The pairs cut where other text stands between them: a block, then title, then the 来源 line are two groups."""
    groups: list[list[catalogue.Pair]] = []
    previous = -2
    for pair in pairs.pairs:
        between = range(previous + 1, pair.line)
        if not groups or any(flow.texts[line] and line not in pairs.lines for line in between):
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
        text = " ".join(flow.said(region))
        if text:
            return text, flow.lasts[region]
    wanted = [name for name in (name_key(header.value("articletitle")), name_key(doc_title)) if len(name) >= 4]
    site = name_key(header.value("sitename"))
    best: tuple[int, str, int] | None = None
    index = end - 1
    floor = max(0, body.first - _ABOVE)
    while index >= floor:
        text = flow.texts[index]
        if not text or flow.linked[index] or index in used or len(text) > 200 or flow.places[index] in flow.chrome:
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
    texts, places = flow.texts, flow.places
    region = places[index]
    if not (is_heading(flow, index) or _named_title(flow, region)):
        return index, index + 1, texts[index]
    first = last = index
    while first and places[first - 1] == region and texts[first - 1] and not flow.linked[first - 1]:
        first -= 1
    while last + 1 < len(texts) and places[last + 1] == region and texts[last + 1]:
        last += 1
    said = [text for text in texts[first : last + 1] if not is_chrome(text)]
    if len(said) > 4:
        return index, index + 1, texts[index]
    return first, last + 1, join_title(said)


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
    region = flow.places[index]
    tag = flow.tags[region]
    named = _named_title(flow, region)
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
    return bool(_TITLE_NAME.search(_named(flow, region)))


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
