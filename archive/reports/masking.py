"""Telephone numbers, identity numbers and e-mail addresses taken out of a text that is indexed or shown.

What a report counts must stay: figures of the statutory tables (also where they ran together), dates, document and
index numbers, amounts and shares are never touched. Where a number could be either, it stays unless words around it
say that it is somebody's. The evidence keeps everything; a text's digest is that of the unmasked text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from archive.reports.model import Cell, Finding, RawGrid, Report, ReportSection
from sites.model import Extracted

PHONE, IDENTITY, MAIL = "〔电话〕", "〔证件号〕", "〔邮箱〕"

#: What any masked text shows.
MARKS = (PHONE, IDENTITY, MAIL)

#: Full-width digits, letters and signs as ASCII: one character for one, so that places stay.
_NARROW = {code + 0xFEE0: code for code in range(0x21, 0x7F)}

#: Without one of these there is nothing to mask: one quick look spares the rest.
_HINT = re.compile(r"[0-9](?:[0-9]{6}|[-–—‐‑−－ )）][0-9]{4})")
#: Texts with these are narrowed first; brackets and dashes alone are not worth it.
_WIDE = "０１２３４５６７８９＠"

_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,10}"
)
_LONG = r"(?P<long>[1-9][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx]|[1-9][0-9]{5} (?:18|19|20)[0-9]{6} [0-9]{3}[0-9Xx])"
_SHORT = r"(?P<short>[1-9][0-9]{7}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3})"
_DASH = "[-–—‐‑−－]"
_MOBILE = (
    rf"(?P<mobile>(?:\+?86[- ]?)?1[3-9][0-9](?:[0-9]{{8}}|{_DASH}[0-9]{{4}}{_DASH}[0-9]{{4}}| [0-9]{{4}} [0-9]{{4}}))"
)
_AREA = (
    rf"(?P<area>(?:[(（]0[1-9][0-9]{{1,2}}[)）](?:{_DASH}| )?|0[1-9][0-9]{{1,2}}{_DASH})[2-9][0-9]{{2,3}} ?[0-9]{{4}})"
)
_BARE = rf"(?P<bare>0[1-9][0-9]{{1,2}} ?[2-9][0-9]{{6,7}}|[48]00{_DASH}?[0-9]{{3}}{_DASH}?[0-9]{{4}}|[2-9][0-9]{{6,7}})"
_ENDS = rf"(?P<extension> ?(?:{_DASH}|转|分机|ext\.?) ?[0-9]{{1,6}})?(?![0-9A-Za-z_])"
_CANDIDATE = re.compile(
    rf"(?<![0-9A-Za-z_])(?=[(（+0-9])(?:(?:{_LONG}|{_SHORT})(?![0-9A-Za-z_])|(?:{_MOBILE}|{_AREA}|{_BARE}){_ENDS})"
)

_SOMEBODYS = re.compile(
    r"电\s{0,4}话|传\s{0,4}真|手\s{0,4}机|联\s{0,4}系|热\s{0,4}线|号\s{0,4}码|(?<![a-z])(?:tel|fax|phone|mobile)(?![a-z])",
    re.IGNORECASE,
)
#: Right before a number: what makes it a telephone number even when it has no area code.
_DIALLED = re.compile(
    r"(?:电\s{0,4}话|传\s{0,4}真|手\s{0,4}机|热\s{0,4}线|联系方式|(?<![a-z])(?:tel|fax|phone))"
    r"(?:号码|咨询)?[^0-9A-Za-z\n。；]{0,8}\Z",
    re.IGNORECASE,
)
#: A further number after one that was masked: 0575-82812345、82812346.
_FURTHER = re.compile(r"[ \t]{0,2}[、,，;；/或和及][ \t]{0,2}\Z")
_IDENTITY_WORDS = re.compile(r"身份证|证件号|公民身份|身份号码")
#: Right before a number: what says that it names a document, not a person.
_NUMBERED = re.compile(
    r"(?:索\s{0,4}引\s{0,4}号|文\s{0,4}号|编\s{0,4}号|字\s{0,4}号|案\s{0,4}号|代\s{0,4}码|流水号|备案|许可证|证书|标识码|序\s{0,4}号|ICP)"
    r"[^0-9\n。；]{0,12}\Z"
)
#: Right after a number: what says that something was counted or paid.
_COUNTED = re.compile(
    r"\s{0,2}(?:元|万|亿|件|条|次|人|个|份|项|户|篇|%|％|‰|平方|公里|吨|年|月|日|号文)|[.,][0-9]|\s{0,2}/|-[0-9]"
)
#: Right before a number: part of a longer number, a path, an amount, an index number.
_JOINED = re.compile(r"[0-9.][-./,:]\Z|[-./\\=&?#¥￥$_〔\[]\Z")
_NUMBER_BEFORE, _NUMBER_AFTER = re.compile(r"[0-9][ \t]+\Z"), re.compile(r"[ \t]+[0-9]")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])\Z")

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
#: How far before a number words about it are looked for, in characters.
_BEFORE = 30


@lru_cache(maxsize=4096)
def mask(text: str) -> str:
    """The text with a mark in the place of each number or address that is somebody's. Masking twice changes nothing."""
    narrow = text.translate(_NARROW) if any(wide in text for wide in _WIDE) else text
    found: list[tuple[int, int, str]] = []
    if "@" in narrow:
        found += [(*match.span(), MAIL) for match in _MAIL.finditer(narrow)]
    if _HINT.search(narrow) is not None:
        found += _numbers(narrow)
    parts: list[str] = []
    done = 0
    for begin, end, mark in sorted(found):
        if begin < done:
            continue  # a number within an address
        parts += [text[done:begin], mark]
        done = end
    return "".join([*parts, text[done:]]) if parts else text


def _numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Begin, end and mark of what is to be masked, in order."""
    masked_until = -1
    position = 0
    while (match := _CANDIDATE.search(text, position)) is not None:
        begin, end = match.span()
        before = text[max(0, begin - _BEFORE) : begin].rpartition("\n")[2]
        further = begin - masked_until <= 5 and _FURTHER.match(text[masked_until:begin]) if masked_until >= 0 else None
        mark = _mark(match, before, text[end : end + 4], further=further is not None)
        if mark:
            yield begin, end, mark
            masked_until = end
            position = end
        else:
            # a shorter candidate may begin within this one only after its first run of digits
            position = begin + len(re.match(r"[0-9A-Za-z+(（]+", text[begin:end])[0])  # type: ignore[index]


def _mark(match: re.Match[str], before: str, after: str, *, further: bool) -> str:
    kind = match.lastgroup if match.lastgroup != "extension" else ""
    kind = kind or next(name for name in ("mobile", "area", "bare") if match[name])
    number = match[kind]
    if _NUMBERED.search(before) and not _IDENTITY_WORDS.search(before):
        return ""
    if kind == "long":
        return IDENTITY if _is_identity(number.replace(" ", "")) else ""
    if kind == "short":
        return IDENTITY if _IDENTITY_WORDS.search(before) else ""
    dialled = further or _DIALLED.search(before) is not None
    if _COUNTED.match(after) and not (dialled and after[:1] in "/,"):
        return ""
    somebodys = dialled or _SOMEBODYS.search(before) is not None
    if kind == "bare":
        return PHONE if (somebodys if number[0] == "0" else dialled) and not _DATE.match(number) else ""
    if _JOINED.search(before) and not somebodys:
        return ""
    if kind == "mobile" and not somebodys and (_is_row(number) or (" " in number and _is_among(before, after))):
        return ""
    return PHONE


def _is_among(before: str, after: str) -> bool:
    """Whether further numbers stand beside a number, spaces between: counts of a table (0 0 130 1000 1000)."""
    return _NUMBER_BEFORE.search(before) is not None or _NUMBER_AFTER.match(after) is not None


def _is_identity(number: str) -> bool:
    """Whether an 18-digit number has the birthday and the check digit of GB 11643."""
    month, day = int(number[10:12]), int(number[12:14])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return _CHECKS[total % 11] == number[17].upper()


def _is_row(number: str) -> bool:
    """Whether the digits could be a row of a statutory table that ran together: five to seven counts, the last the
    sum of the others (138 0 0 0 0 0 138)."""
    if not number.isdigit():
        return False

    def split(rest: str, total: int, left: int) -> bool:
        if left == 0:
            return rest == str(total)
        for length in range(1, min(4, len(rest) - left) + 1):
            piece = rest[:length]
            if length > 1 and piece[0] == "0":
                break
            if split(rest[length:], total + int(piece), left - 1):
                return True
        return False

    return any(split(number, 0, columns - 1) for columns in (5, 6, 7))


def masked_extract(extracted: Extracted) -> Extracted:
    """What a page said, its title and text masked."""
    title, text = mask(extracted.title), mask(extracted.text)
    if title == extracted.title and text == extracted.text:
        return extracted
    return replace(extracted, title=title, text=text)


def masked_report(report: Report) -> Report:
    """A report whose words are masked; values, keys and verdicts stay."""
    return replace(
        report,
        title=mask(report.title),
        sections=tuple(_masked_section(section) for section in report.sections),
        grids=tuple(_masked_grid(grid) for grid in report.grids),
        cells=tuple(_masked_cell(cell) for cell in report.cells),
        findings=tuple(_masked_finding(finding) for finding in report.findings),
    )


def _masked_section(section: ReportSection) -> ReportSection:
    heading, text = mask(section.heading), mask(section.text)
    if (heading, text) == (section.heading, section.text):
        return section
    return replace(section, heading=heading, text=text)


def _masked_grid(grid: RawGrid) -> RawGrid:
    """A row is masked as one line: the label beside a number says whose it is."""
    rows = tuple(tuple(mask("\t".join(row)).split("\t")) for row in grid.rows)
    return replace(grid, title=mask(grid.title), rows=rows)


def _masked_cell(cell: Cell) -> Cell:
    raw = mask(cell.raw) if len(cell.raw) > 6 else cell.raw
    return cell if raw == cell.raw else replace(cell, raw=raw)


def _masked_finding(finding: Finding) -> Finding:
    evidence = tuple(mask(words) for words in finding.evidence)
    expected, actual = mask(finding.expected), mask(finding.actual)
    if (evidence, expected, actual) == (tuple(finding.evidence), finding.expected, finding.actual):
        return finding
    return replace(finding, evidence=evidence, expected=expected, actual=actual)
