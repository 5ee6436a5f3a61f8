"""Pages nobody would write: mutations of real ones by the thousand, shapes of five megabytes, and what they cost.

    python -m tests.hostile mutate CORPUS FIRST LAST    # cases FIRST … LAST-1; prints how each kind ended
    python -m tests.hostile weigh '["NUL"]' '["article"]'   # these shapes in these ways; [] for all

A case is told by its number alone: it is found again with `mutate CORPUS N N+1`.
"""

from __future__ import annotations

import ctypes
import faulthandler
import json
import os
import random
import resource
import signal
import sys
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

from crawler.read import judge
from sites import formats
from sites.detect import rank
from sites.errors import SiteError
from sites.goldens import Golden, golden_of
from sites.model import Extracted, Family, Page, Section
from sites.reading.article import read_article
from sites.reading.decode import page_of
from sites.reading.listing import anchors
from sites.reading.walls import refuse_walls
from sites.registry import load_families

URL = "https://www.example.gov.cn/zwgk/zfxxgknb/202201/t20220121_1577.html"
GOLDENS = Path(__file__).parent / "goldens"
#: CPU seconds that reading one page may take, through every reader in turn; beyond it, it hangs.
HANG = 5.0
#: One case in so many is a document (PDF, DOCX): they cost a hundred times as much as a page.
DOCUMENT_EVERY = 500
MEGABYTE = 1_000_000
FIVE_MEGABYTES = 5 * MEGABYTE

PIECES = (
    b"<div>", b"</div>", b"<table>", b"</td>", b"<tr><td rowspan=65535 colspan=9999>", b"<!--", b"-->", b"<script>", b"<style>", b"</p>", b"\xff\xfe", b"\x00",
    b"&#x110000;", b"&amp;amp;", "索引号：".encode(), "当前位置：".encode(), "相关链接".encode(), b"<a href='javascript:open(", b"<base href='http://10.0.0.1/'>", b"<svg>",
    b"<template>", b"<frameset>", b"<img src='data:,", b"<select><option>", b'" style="display:none', "公开".encode("gbk"), b"<h1>", b"<br>" * 50, b"<meta name=ContentStart>",
    b"<iframe src=a.pdf>", b"<plaintext>", b"<title>", b"<body>", b"</html>", b"<datastore>", b"<record><![CDATA[", b"]]>", b'{"', b"}", b"[", b"]", b"9" * 400, b"-1", b"\\u0000",
    b"createPageHTML(", b"createPageHTML(99999999, 0, 'index', 'htm');", b"totalpage=", b"<a href='http://[::1", b"<a href='//%zz:99999/'>", b"http://a@b:c/", b"0000-00-00",
    b"<datasource type=\"1\">", "共1页".encode(), "２０２１年".encode(), "二〇二一年".encode(), b"2021-13-32", b"\xe2\x80\xae", b"\xed\xa0\x80", b"<td colspan=-1 rowspan=1e9>",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A page to be mutated: its bytes and how a crawl would have asked for it. No section: nobody's portal."""

    name: str
    body: bytes
    golden: Golden | None = None


class Hang(Exception):
    """Reading took longer than `HANG`."""


@cache
def families() -> Mapping[str, Family]:
    return load_families()


@cache
def goldens() -> tuple[Seed, ...]:
    """Every golden of the tests, listings and articles of all families."""
    found = []
    for folder in sorted(GOLDENS.glob("*/*")):
        if (folder / "capture.json").exists():
            body = (folder / "body.bin").read_bytes()
            capture = json.loads((folder / "capture.json").read_text(encoding="utf-8"))
            name = f"{folder.parent.name}/{folder.name}"
            found.append(Seed(name=name, body=body, golden=golden_of(name, body=body, capture=capture)))
    return tuple(found)


def pages_of(corpus: Path) -> tuple[Seed, ...]:
    """Every page of the corpus."""
    return tuple(
        Seed(name=path.name, body=path.read_bytes())
        for folder in ("pages", "listings", "reports")
        for path in sorted((corpus / folder).iterdir())
    )


def documents_of(corpus: Path) -> tuple[Seed, ...]:
    """Every PDF and Word file of the corpus."""
    return tuple(
        Seed(name=path.name, body=path.read_bytes())
        for path in sorted((corpus / "documents").iterdir())
        if path.suffix in {".pdf", ".docx"}
    )


def mutate(body: bytes, seed: int) -> bytes:
    """The same bytes with one to eight accidents."""
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body) + 1)
        kind = chance.randrange(6)
        if kind == 0:
            body = body[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 30)) + body[place:]
        elif kind == 1:
            body = body[:place] + body[place + chance.randrange(200) :]
        elif kind == 2:
            body = body[:place] + body[place : place + 300] + body[place:]
        elif kind == 3:
            body = body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
        elif kind == 4:  # what stands in tags and tables is worth more accidents than prose
            place = body.find(chance.choice((b"<", b'"', b">", b"=", b"&", b"{", b":", b"'")), place)
            body = body[:place] + body[place + 1 :] if place >= 0 else body
        else:
            start = chance.randrange(len(body) + 1)
            moved = body[start : start + chance.randrange(4000)]
            body = body[:place] + moved + body[place:]
    return body


def survive(seed: Seed, body: bytes, turn: int) -> Counter[str]:
    """Every reader over one page: each gives a value or a `SiteError`. Counts how they ended."""
    known = seed.golden.page if seed.golden else None
    ended: Counter[str] = Counter()
    try:
        page = page_of(
            url=known.url if known else URL,
            requested_url=known.requested_url if known else "",
            body=body,
            headers=known.headers if known else (),
            status=known.status if known else 200,
            context=known.context if known else (),
        )
    except SiteError as error:
        return Counter({type(error).__name__: 1})
    for read in readers(seed, page, turn):
        try:
            read(page)
            ended["value"] += 1
        except SiteError as error:
            ended[type(error).__name__] += 1
    return ended


def readers(seed: Seed, page: Page, turn: int) -> Iterator[Callable[[Page], object]]:
    """What a crawl or `sites add` would do with this page, and one family that has no business with it."""
    yield lambda page: refuse_walls(page, hosts=("www.example.gov.cn",))
    ranked = rank(page, families())
    sections = []
    if seed.golden:
        sections.append(seed.golden.section)
    elif ranked:
        sections.append(
            Section(
                site_id="x",
                key="nb",
                name="",
                url=URL,
                family=ranked[0].family,
                hosts=("www.example.gov.cn",),
                options=ranked[0].options,
            )
        )
    stranger = goldens()[turn % len(goldens())].golden
    assert stranger is not None
    for section in sections:
        yield partial(families()[section.family].listing, section)
        yield partial(_extracted, section)
    asked = replace(page, context=stranger.page.context)  # a context comes from the family that reads the answer
    yield lambda page: families()[stranger.section.family].listing(stranger.section, asked)
    yield lambda page: _extracted(stranger.section, asked)
    yield lambda page: judged(read_article(page))
    yield lambda page: anchors(page.text, page.url)


def _extracted(section: Section, page: Page) -> object:
    return judged(families()[section.family].extract(section, page))


def judged(extracted: Extracted) -> object:
    return judge([extracted], url=URL)


def survive_document(body: bytes) -> Counter[str]:
    """A damaged PDF or Word file: a value or a `SiteError`."""
    try:
        judged(formats.read(body))
        return Counter({"value": 1})
    except SiteError as error:
        return Counter({type(error).__name__: 1})


def run_cases(
    corpus: Path | None, first: int, last: int, *, note: Callable[[int], None] = lambda case: None
) -> Counter[str]:
    """The cases from `first` to before `last`: how their readings ended. Without a corpus, over the goldens alone.

    Raises `Hang` for one that takes longer than `HANG` CPU seconds, and whatever a reader raises beyond `SiteError`.
    """
    pages = (*(pages_of(corpus) if corpus else ()), *goldens())
    documents = documents_of(corpus) if corpus else ()
    ended: Counter[str] = Counter()
    for case in range(first, last):
        note(case)
        began = time.process_time()
        if documents and case % DOCUMENT_EVERY == DOCUMENT_EVERY - 1:
            seed = documents[case // DOCUMENT_EVERY % len(documents)]
            ended += survive_document(mutate(seed.body, case))
        else:
            seed = pages[case % len(pages)]
            ended += survive(seed, mutate(seed.body, case), case // len(pages))
        if (took := time.process_time() - began) > HANG:
            raise Hang(f"case {case} ({seed.name}) took {took:.1f} s")
    return ended


# --- five megabytes


def _filled(piece: bytes, *, head: bytes = b"<html><body>", tail: bytes = b"</body></html>") -> bytes:
    return head + piece * ((FIVE_MEGABYTES - len(head) - len(tail)) // len(piece)) + tail


def _nested(opening: bytes, closing: bytes, depth: int) -> bytes:
    return _filled(opening * depth + "公开".encode() + closing * depth)


def _bulky(piece: bytes, most: int = 0, *, head: bytes = b"") -> bytes:
    """As many pieces as may be shown (`most` characters), the rest of the five megabytes in an attribute."""
    shown = piece * max(1, most // len(piece.decode()))
    begin, end = b'<html><body><img src="data:image/png;base64,', b'">' + head
    return begin + b"A" * (FIVE_MEGABYTES - len(shown) - len(begin) - len(end)) + end + shown


_ROW = "<tr><td>1</td><td>0</td><td>二十</td></tr>".encode()
_SENTENCE = "全年共受理政府信息公开申请三十二件，均已按期答复。".encode()

#: Shapes of a page of five megabytes, each by its name.
SHAPES: Mapping[str, Callable[[], bytes]] = {
    "one text": lambda: _filled(b"abcdefghi ", head=b"<html><body><p>"),
    "one Chinese text": lambda: _filled(_SENTENCE, head=b"<html><body><p>"),
    "GBK text": lambda: _filled(_SENTENCE.decode().encode("gbk"), head=b'<meta charset="gb2312"><body><p>'),
    "GBK text, UTF-8 declared": lambda: _filled(_SENTENCE.decode().encode("gbk"), head=b'<meta charset="utf-8"><p>'),
    "UTF-16 text": lambda: b"\xff\xfe" + _filled(_SENTENCE).decode().encode("utf-16-le")[: FIVE_MEGABYTES - 2],
    "paragraphs": lambda: _filled(b"<p>" + _SENTENCE + b"</p>"),
    "short paragraphs": lambda: _filled("<p>公开</p>".encode()),
    "lines": lambda: _filled(_SENTENCE + b"\n", head=b""),
    "line breaks": lambda: _filled(b"<br>"),
    "sentences and breaks": lambda: _filled(_SENTENCE + b"<br/>"),
    "cells": lambda: _filled(b"<td>1", head=b"<html><body><table><tr>"),
    "closed cells": lambda: _filled(b"<td>1</td>", head=b"<html><body><table><tr>"),
    "rows": lambda: _filled(_ROW, head=b"<html><body><table>", tail=b"</table>"),
    "wide cells": lambda: _filled(b"<td>" + _SENTENCE * 8 + b"</td>", head=b"<html><body><table><tr>"),
    "spans": lambda: _filled(b'<td colspan="99" rowspan="99">1</td>', head=b"<html><body><table><tr>"),
    "many tables": lambda: _filled(b"<table>" + _ROW + b"</table>"),
    "deep tables": lambda: _nested(b"<table><tr><td>", b"</td></tr></table>", 60),
    "links": lambda: _filled('<a href="/art/2022/1/21/art_1_2.html">2021年报告</a>'.encode()),
    "short links": lambda: _filled(b"<a href=x>y</a>"),
    "list of links": lambda: _filled('<li><a href="t1.html" title="甲">甲</a><span>2022-01-21</span></li>'.encode()),
    "nested div": lambda: _nested(b"<div>", b"</div>", 200),
    "nested span": lambda: _nested(b"<span>", b"</span>", 200),
    "open div": lambda: _filled(b"<div>"),
    "open span": lambda: _filled("<span>公".encode()),
    "open bold": lambda: _filled(b"<b>x"),
    "styled spans": lambda: _filled('<span style="font-family:宋体;font-size:16pt">公</span>'.encode()),
    "entities": lambda: _filled(b"&nbsp;&#20844;&amp;"),
    "numeric entities": lambda: _filled(b"&#20844;&#24320;"),
    "spaces": lambda: _filled(b" \n\t"),
    "ideographic spaces": lambda: _filled("　".encode()),
    "one attribute": lambda: _filled(b"x", head=b'<html><body><p title="', tail=b'">y</p></body></html>'),
    "attributes": lambda: _filled(b' a="1"', head=b"<html><body><p", tail=b">y</p></body></html>"),
    "many attributes": lambda: _filled(b'<p a="1" b="2" c="3" d="4" e="5">x</p>'),
    "different attributes": lambda: b"<p " + b" ".join(b"a%d=%d" % (n, n) for n in range(330_000)) + b">x</p>",
    "comment": lambda: _filled(b"x", head=b"<html><body><!--", tail=b"-->y</body></html>"),
    "comments": lambda: _filled(b"<!---->"),
    "open comment": lambda: _filled(b"<!-- x "),
    "script": lambda: _filled(b"var a=1;", head=b"<html><body><script>", tail=b"</script>y</body></html>"),
    "scripts": lambda: _filled(b"<script>a()</script>"),
    "style": lambda: _filled(b"a{b:c}", head=b"<html><head><style>", tail=b"</style></head><body>y</body></html>"),
    "styles": lambda: _filled(b"<style>a{}</style>"),
    "textarea": lambda: _filled(b"<p>x</p>", head=b"<html><body><textarea>", tail=b"</textarea></body></html>"),
    "options": lambda: _filled(b"<option>1</option>", head=b"<html><body><select>"),
    "buttons": lambda: _filled("<a>打印</a><a>关闭</a>".encode()),
    "button words": lambda: _filled("打印 关闭 ".encode()),
    "label words": lambda: _filled("索引号： 发布日期：2022-01-21 ".encode()),
    "dates": lambda: _filled(b"2022-01-21 ", head=b"<html><body><p>"),
    "date lines": lambda: _filled(b"2022-01-21 10:00<br>"),
    "numerals": lambda: _filled("二〇二一年".encode()),
    "brackets": lambda: _filled("（((【〔[《".encode()),
    "angles": lambda: _filled(b"<"),
    "angles and spaces": lambda: _filled(b"< "),
    "closing tags": lambda: _filled(b"</p>"),
    "closing div": lambda: _filled(b"</div>"),
    "breadcrumb": lambda: _filled(b"<a>x</a> &gt; ", head="<html><body>当前位置：".encode()),
    "pictures": lambda: _filled(b"<img src=a.png>"),
    "data picture": lambda: _filled(b"QUFB", head=b'<html><body><img src="data:image/png;base64,', tail=b'"></body>'),
    "frames": lambda: _filled(b"<iframe src=a.pdf></iframe>"),
    "inputs": lambda: _filled(b"<input type=hidden name=a value=b>"),
    "metas": lambda: _filled(b'<meta name="ArticleTitle" content="x">', head=b"<html><head>"),
    "titles": lambda: _filled(b"<title>x</title>", head=b"<html><head>"),
    "headings": lambda: _filled("<h2>一、总体情况</h2>".encode()),
    "heading lines": lambda: _filled("一、总体情况<br>".encode()),
    "attachments": lambda: _filled('<a href="a.pdf">附件</a>'.encode()),
    "svg": lambda: _filled(b"<path d='M0 0'/>", head=b"<html><body><svg>"),
    "template": lambda: _filled(b"<p>x</p>", head=b"<html><body><template>", tail=b"</template>"),
    "CDATA": lambda: _filled(b"<record><![CDATA[<a href=a>b</a>]]></record>", head=b"<datastore><recordset>"),
    "JSON": lambda: _filled(b'{"title":"x","url":"/a"},', head=b'{"data":[', tail=b"{}]}"),
    "JSON lists": lambda: _filled(b"[1,2,3],", head=b"[", tail=b"0]"),
    "deep JSON": lambda: b"[" * (FIVE_MEGABYTES // 2) + b"]" * (FIVE_MEGABYTES // 2),
    "JSON article": lambda: _filled(b"<p>x</p>", head=b'{"data":{"content":"', tail=b'"}}'),
    "form words": lambda: _filled("<p>本年新收政府信息公开申请数量 0 0 0</p>".encode()),
    "flattened table": lambda: _filled("本年新收政府信息公开申请数量 上年结转政府信息公开申请数量 32 0 1 ".encode()),
    "digits": lambda: _filled(b"0123456789 ", head=b"<html><body><p>"),
    "pipes": lambda: _filled(b"|1|2|3|\n", head=b"<html><body><pre>"),
    "random bytes": lambda: random.Random(1).randbytes(FIVE_MEGABYTES),
    "random text": lambda: bytes(random.Random(2).choices(b"<>/=\"' &;abdiptr\n", k=FIVE_MEGABYTES)),
    "random Chinese": lambda: "".join(
        map(chr, random.Random(3).choices(range(0x4E00, 0x9FA5), k=FIVE_MEGABYTES // 3))
    ).encode(),
    "high bytes": lambda: b"<p>" + bytes(random.Random(4).choices(range(128, 256), k=FIVE_MEGABYTES)),
    "NUL": lambda: bytes(FIVE_MEGABYTES),
    "some NUL": lambda: _bulky(b"\0" * 999 + b"x" * 490_000),
    "control characters": lambda: _filled(b"\1\2\x0b"),
    "ampersands": lambda: _filled(b"&"),
    "half entities": lambda: _filled(b"&#xD800;&#x110000;&nosuch;"),
    "carriage returns": lambda: _filled(b"\r"),
    "broken UTF-8": lambda: _filled(b"\xff\xfe"),
    "most words": lambda: _bulky("打印 关闭 ".encode(), 499_000),
    "most lines": lambda: _bulky("打印<br>".encode(), 90_000),
    "most dates": lambda: _bulky(b"2022-01-21 ", 499_000),
    "most pipes": lambda: _bulky(b"|1|2|3|\n", 499_000, head=b"<pre>"),
    "most brackets": lambda: _bulky("（((【〔[《".encode(), 499_000),
    "most labels": lambda: _bulky("索引号： 发布日期：2022-01-21 ".encode(), 499_000),
    "most numbers": lambda: _bulky("本年新收政府信息公开申请数量 32 0 1 ".encode(), 499_000),
    "most astral": lambda: _bulky("𠮷".encode(), 499_000),
    "most rows": lambda: _bulky(_ROW, 40_000, head=b"<table>"),
    "most links": lambda: _bulky("<a href=t1.html>甲</a>2022-01-21 ".encode(), 90_000),
    "most open cells": lambda: _bulky(b"<td>1", 60_000, head=b"<table><tr>"),
    "most nested": lambda: _bulky(b"<div>" * 100 + b"x" + b"</div>" * 100, 200),
    "most paragraphs": lambda: _bulky("<p>二〇二一年</p>".encode(), 150_000),
    "astral": lambda: _filled("𠮷".encode(), head=b"<html><body><p>"),
    "astral after ASCII": lambda: _filled(b"abcdefgh", head=b"<p>", tail="𠮷".encode()),
    "Latin text": lambda: _filled("é".encode("latin-1"), head=b'<meta charset="iso-8859-1"><p>'),
    "Big5 text": lambda: _filled("政府資訊公開".encode("big5"), head=b'<meta charset="big5"><p>'),
}


def weigh(shapes: Sequence[str], names: Sequence[str]) -> Iterator[dict[str, object]]:
    """What reading each shape in each way costs beyond its own bytes, in a process of its own that has read a page
    before: the peak of its resident memory and of Python's, and CPU seconds."""
    for turn, seed in enumerate(goldens()[::5]):
        survive(seed, seed.body, turn)
    for shape in shapes:
        body = SHAPES[shape]()
        for name in names:
            inlet, outlet = os.pipe()
            child = os.fork()
            if child == 0:
                os.write(outlet, json.dumps(_weighed(body, name), ensure_ascii=False).encode())
                os._exit(0)
            os.close(outlet)
            with os.fdopen(inlet, "rb") as answer:
                told = answer.read()
            os.waitpid(child, 0)
            cost = json.loads(told) if told else {"ended": "died", "peak_mb": 0, "traced_mb": 0, "seconds": 0}
            yield {"shape": shape, "reader": name, **cost}


def _weighed(body: bytes, name: str) -> dict[str, object]:
    def read() -> str:
        try:
            return _read_as(name, body)
        except SiteError as error:
            return f"{type(error).__name__}: {error}"[:160]

    signal.setitimer(signal.ITIMER_PROF, 20 * HANG)  # CPU time: a busy machine is no hang
    forget_peak()
    before, began = resident("VmRSS"), time.process_time()
    ended = read()
    seconds, peak = time.process_time() - began, resident("VmHWM") - before
    tracemalloc.start()
    read()
    traced = tracemalloc.get_traced_memory()[1]
    return {
        "ended": ended,
        "peak_mb": round(peak / MEGABYTE, 1),
        "traced_mb": round(traced / MEGABYTE, 1),
        "seconds": round(seconds, 2),
    }


def _read_as(reader: str, body: bytes) -> str:
    if reader == "text":
        judged(formats.read(body, media_type="text/plain", name="a.txt"))
        return "value"
    if reader == "csv":
        judged(formats.read(body, media_type="text/csv", name="a.csv"))
        return "value"
    page = page_of(url=URL, body=body)
    if reader == "article":
        refuse_walls(page)
        judged(read_article(page))
    elif reader == "rank":
        rank(page, families())
    elif reader == "anchors":
        anchors(page.text, page.url)
    else:
        wanted, _, what = reader.partition(" ")
        golden = next(seed.golden for seed in goldens() if seed.golden and seed.golden.section.family == wanted)
        if what == "listing":
            families()[wanted].listing(golden.section, page)
        else:
            judged(families()[wanted].extract(golden.section, page))
    return "value"


def all_readers() -> list[str]:
    """Every way a page is read, by name: a crawl takes one of them, `sites add` all."""
    return [
        *("article", "rank", "anchors", "text", "csv"),
        *(f"{family} {what}" for family in sorted(families()) for what in ("listing", "article")),
    ]


def resident(name: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def forget_peak() -> None:
    """Let the peak of this process's memory count from now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def main(arguments: list[str]) -> int:
    if arguments[0] == "weigh":
        ctypes.CDLL(None).mallopt(-3, 1 << 16)  # M_MMAP_THRESHOLD: what is freed is given back, so that peaks are peaks
        shapes = json.loads(arguments[1]) or list(SHAPES)
        for cost in weigh(shapes, json.loads(arguments[2]) or all_readers()):
            print(json.dumps(cost, ensure_ascii=False), flush=True)
        return 0
    case = -1

    faulthandler.register(signal.SIGPROF, chain=True)  # ends also what hangs in C, and says where

    def note(number: int) -> None:
        nonlocal case
        case = number
        signal.setitimer(signal.ITIMER_PROF, 20 * HANG)

    try:
        print(json.dumps(run_cases(Path(arguments[1]), int(arguments[2]), int(arguments[3]), note=note)))
        case = -1
    finally:
        if case >= 0:
            print(f"case {case}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
