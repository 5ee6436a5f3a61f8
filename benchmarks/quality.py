"""How well labelled pages are read: `python benchmarks/quality.py CORPUS [--no-others]`.

perfect: everything that must be in the text is, nothing that must not be is, and it begins and ends within 60
characters of the labelled ones. strict: it also begins and ends exactly there; where the label allows lines to
precede or follow (`may_precede`, `may_follow`), whole lines that are no sentences may. Any corpus of that layout
will do.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from benchmarks.corpus import Sample, day, load, squeeze
from sites.detect import rank
from sites.errors import SiteError
from sites.model import Extracted, Family, Listing, Section
from sites.reading.article import read_article
from sites.reading.decode import page_of
from sites.reading.urls import canonical, resolve
from sites.registry import load_families

SLACK = 60
PAGE_COLUMNS = ("family", "perfect", "strict", "title", "date", "issuer", "index", "number")
LISTING_COLUMNS = ("family", "links", "titles", "dates", "next", "complete")


@dataclass
class Reading:
    """What some reader made of a page; None where it has no notion of the field."""

    text: str
    title: str | None = None
    date: str | None = None
    issuer: str | None = None
    index: str | None = None
    number: str | None = None
    family: str | None = None
    error: str = ""


@dataclass
class Row:
    """One line of a table: column → True, False, or None where the label or the reader says nothing."""

    name: str
    marks: dict[str, bool | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def judge(reading: Reading, label: Mapping[str, object]) -> Row:
    """The marks of one reading."""
    row = Row("")
    text = squeeze(reading.text)
    missing = [part for part in _strings(label, "must_contain") if squeeze(part) not in text]
    leaked = [part for part in _strings(label, "must_not_contain") if squeeze(part) in text]
    first = squeeze(_text(label, "body_first") or _text(label, "body_first_50_chars"))[:20]
    last = squeeze(_text(label, "body_last") or _text(label, "body_last_50_chars"))[-20:]
    title = squeeze(_text(label, "title"))
    start, end = text.find(first), text.rfind(last)
    behind = len(text) - end - len(last)
    near = bool(text) and not missing and not leaked
    row.marks["perfect"] = near and 0 <= start <= SLACK + len(title) and end >= 0 and behind <= SLACK
    begins = start == 0 or (start > 0 and bool(label.get("may_precede")) and _apart(reading.text, start, before=True))
    ends = end >= 0 and (
        behind == 0 or (bool(label.get("may_follow")) and _apart(reading.text, len(text) - behind, before=False))
    )
    row.marks["strict"] = near and begins and ends
    row.marks["title"] = None if reading.title is None or not title else squeeze(reading.title) == title
    for column, key in (("date", "pub_date"), ("issuer", "publisher"), ("index", "index_no"), ("number", "doc_no")):
        said, wanted = getattr(reading, column), _text(label, key)
        if said is None or key not in label or (not wanted and column == "date"):
            row.marks[column] = None
        else:
            row.marks[column] = day(said) == day(wanted) if column == "date" else squeeze(said) == squeeze(wanted)
            if not row.marks[column]:
                row.notes.append(f"{column}: {said!r} instead of {wanted!r}")
    row.marks["family"] = None if reading.family is None or "family" not in label else reading.family == label["family"]
    if reading.error:
        row.notes.append(reading.error)
    if missing or leaked:
        row.notes.append(f"missing {missing[:3]} leaked {leaked[:3]}")
    if not row.marks["strict"]:
        row.notes.append(f"begins {reading.text[:40]!r} ends {reading.text[-40:]!r}")
    if row.marks["title"] is False:
        row.notes.append(f"title {reading.title!r} instead of {_text(label, 'title')!r}")
    if row.marks["family"] is False:
        row.notes.append(f"family {reading.family} instead of {label['family']}")
    return row


def _apart(text: str, place: int, *, before: bool) -> bool:
    """Whether what stands before (or after) a place of the squeezed text are whole lines and no sentences."""
    passed = 0
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if passed == place:
            extra = lines[:number] if before else lines[number:]
            joined = "".join(extra)
            return len(squeeze(joined)) <= 300 and not any("。" in line or "；" in line for line in extra)
        passed += len(squeeze(line))
    return False


def read_sample(sample: Sample, families: Mapping[str, Family]) -> Reading:
    """A page as gongkai reads it: decoded, its family found, extracted by it."""
    page = page_of(url=sample.url, body=sample.body)
    ranked = rank(page, families)
    family = ranked[0].family if ranked else "static"
    section = _section(sample.url, family)
    try:
        said = families[family].extract(section, page) if family in families else read_article(page, section)
    except SiteError as error:
        return Reading(text="", title="", family=family, error=f"{type(error).__name__}: {error}")
    return _reading(said, family)


def _reading(said: Extracted, family: str) -> Reading:
    claims = said.metadata
    return Reading(
        text=said.text,
        title=said.title,
        date=claims.value("published_at") or "",
        issuer=claims.value("issuer") or "",
        index=claims.value("index_number") or "",
        number=claims.value("document_number") or "",
        family=family,
    )


def judge_listing(sample: Sample, families: Mapping[str, Family]) -> Row:
    """The marks of one listing."""
    row = Row(sample.name)
    label = sample.label
    page = page_of(url=sample.url, body=sample.body)
    ranked = rank(page, families)
    family = ranked[0].family if ranked else "static"
    row.marks["family"] = family == label["family"] if "family" in label else None
    if row.marks["family"] is False:
        row.notes.append(f"family {family} instead of {label['family']}")
    try:
        found: Listing = families[family].listing(_section(sample.url, family), page)
    except SiteError as error:
        row.notes.append(f"{type(error).__name__}: {error}")
        row.marks |= dict.fromkeys(LISTING_COLUMNS[1:], False)
        return row
    wanted = label["expected_links"]
    places = [_places(sample.url, entry["url"], found) for entry in wanted]
    extra = len(found.refs) - sum(place is not None for place in places)
    row.marks["links"] = all(place is not None for place in places) and extra == 0
    refs = [None if place is None else found.refs[place] for place in places]
    pairs = list(zip(refs, wanted, strict=True))
    row.marks["titles"] = all(ref and squeeze(ref.title) == squeeze(entry["title"]) for ref, entry in pairs)
    row.marks["dates"] = all(ref and str(ref.listed_on or "") == day(entry["date"]) for ref, entry in pairs)
    row.marks["next"] = _next_is(sample, found)
    row.marks["complete"] = found.complete == label.get("complete", True)
    if extra or None in places:
        row.notes.append(f"{places.count(None)} links missing, {extra} too many: {[r.url for r in found.refs][:3]}")
    for ref, entry in pairs:
        if ref and (squeeze(ref.title) != squeeze(entry["title"]) or str(ref.listed_on or "") != day(entry["date"])):
            row.notes.append(f"{ref.title} {ref.listed_on} instead of {entry['title']} {entry['date']}")
            break
    if not row.marks["next"]:
        row.notes.append(f"next {found.next.url if found.next else None} instead of {label.get('next_url')}")
    return row


def _places(base: str, url: str, found: Listing) -> int | None:
    address = resolve(base, url)
    for place, ref in enumerate(found.refs):
        if address and canonical(ref.url) == canonical(address):
            return place
        if "/" not in url and "=" in url and url.lower() in ref.url.lower():
            return place  # a data interface's record, labelled by its id alone
    return None


def _next_is(sample: Sample, found: Listing) -> bool:
    wanted = sample.label.get("next_url")
    if wanted is None:
        return found.next is None
    if found.next is None:
        return False
    address = resolve(sample.url, wanted) if "/" in wanted or "." in wanted else None
    if address is None:
        return True  # a data interface: the label says in words that it goes on
    said, meant = urlsplit(canonical(found.next.url)), urlsplit(canonical(address))
    # parameters the label leaves out are the portal's own defaults
    return said[:3] == meant[:3] and set(parse_qsl(meant.query)) <= set(parse_qsl(said.query, keep_blank_values=True))


def _section(url: str, family: str) -> Section:
    return Section(site_id="corpus", key="corpus", name="", url=url, family=family, hosts=(), min_refs=0)


def others() -> dict[str, Callable[[str], Reading] | str]:
    """Other readers by name: a function of the decoded page, or the reason why it is not here."""
    found: dict[str, Callable[[str], Reading] | str] = {}
    try:
        import trafilatura

        def by_trafilatura(html: str) -> Reading:
            said = trafilatura.bare_extraction(html, with_metadata=True)
            return (
                Reading(text=said.text or "", title=said.title or "", date=said.date or "")
                if said
                else Reading("", "", "")
            )

        found["trafilatura"] = by_trafilatura
    except ImportError:
        found["trafilatura"] = "not installed"
    try:
        from gne import GeneralNewsExtractor

        reader = GeneralNewsExtractor()

        def by_gne(html: str) -> Reading:
            said = reader.extract(html)
            return Reading(text=said["content"], title=said["title"], date=said["publish_time"])

        found["gne"] = by_gne
    except ImportError:
        found["gne"] = "not installed"
    try:
        import lxml.html
        from readability import Document

        def by_readability(html: str) -> Reading:
            said = Document(html)
            return Reading(text="\n".join(lxml.html.fromstring(said.summary()).itertext()), title=said.short_title())

        found["readability"] = by_readability
    except ImportError:
        found["readability"] = "not installed"
    return found


def table(title: str, rows: list[Row], columns: tuple[str, ...], *, notes: bool = True) -> dict[str, tuple[int, int]]:
    """Print a table and its totals; give back column → (right, labelled)."""
    print(f"\n{title}")
    print(f"{'':32}" + "".join(f"{column:>10}" for column in columns))
    totals = {}
    for row in rows:
        marks = "".join(f"{'·' if row.marks.get(c) is None else 'yes' if row.marks[c] else 'NO':>10}" for c in columns)
        print(f"{row.name:32}{marks}")
        if notes:
            for note in row.notes if any(row.marks.get(column) is False for column in columns) else []:
                print(f"{'':8}{note}")
    for column in columns:
        said = [row.marks[column] for row in rows if row.marks.get(column) is not None]
        totals[column] = (sum(map(bool, said)), len(said))
    print(f"{'total':32}" + "".join(f"{f'{right}/{all_}':>10}" for right, all_ in totals.values()))
    return totals


def main() -> int:
    """Print the tables; exit 1 when a page is not perfect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--no-others", action="store_true", help="leave other readers out")
    options = parser.parse_args()
    if not (options.corpus / "labels").is_dir():
        print(f"{options.corpus} holds no labels/ folder: name a corpus", file=sys.stderr)
        return 2
    families = load_families()
    pages, listings = load(options.corpus)
    rows = []
    for sample in pages:
        row = judge(read_sample(sample, families), sample.label)
        row.name = sample.name
        rows.append(row)
    totals = table(f"gongkai: {len(rows)} pages", rows, PAGE_COLUMNS)
    if listings:
        table(f"gongkai: {len(listings)} listings", [judge_listing(one, families) for one in listings], LISTING_COLUMNS)
    if not options.no_others:
        _compare(pages)
    return 0 if totals["perfect"][0] == totals["perfect"][1] else 1


def _compare(pages: list[Sample]) -> None:
    print("\nother readers on the same pages (no notion of issuer, 索引号, 文号, tables or listings)")
    for name, reader in others().items():
        if isinstance(reader, str):
            print(f"{name:32}{reader} (extra `bench`)")
            continue
        rows = []
        for sample in pages:
            html = page_of(url=sample.url, body=sample.body).text
            try:
                said = reader(html)
            except Exception as error:  # noqa: BLE001 - what foreign code raises is its result
                said = Reading(text="", title="", error=repr(error)[:80])
            row = judge(said, sample.label)
            row.name = sample.name
            rows.append(row)
        table(name, rows, ("perfect", "strict", "title", "date"), notes=False)


def _strings(label: Mapping[str, object], key: str) -> list[str]:
    value = label.get(key)
    return [part for part in value if isinstance(part, str) and squeeze(part)] if isinstance(value, list) else []


def _text(label: Mapping[str, object], key: str) -> str:
    value = label.get(key)
    return value if isinstance(value, str) else ""


if __name__ == "__main__":
    sys.exit(main())
