"""Every form in which a portal prints a date (portals.md §12). China has one time zone and no summer time."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

#: Asia/Shanghai. A fixed offset: no page read here is from 1991 or before, when clocks last changed.
CHINA: tzinfo = timezone(timedelta(hours=8), "CST")

_FIRST, _LAST = 1978, 2098  # 0001-01-01, 1970-01-01 and 2099-12-31 are what empty fields print
_DIGITS = str.maketrans("〇○零Oo一二三四五六七八九", "00000123456789")
_DASH = "[-/.．年—–―－_]"
_FULL = re.compile(
    rf"(?<![\d.])(\d{{4}}) ?{_DASH}{{1,2}} ?(\d{{1,2}}) ?[-/.．月—–―－_]{{1,2}} ?(\d{{1,2}})(?![\d])(?: ?日)?"
)
_TIME = re.compile(
    r"^[T日,，\]) ]{0,3}(\d{1,2}) ?[::时] ?(\d{1,2})(?: ?[::分] ?(\d{1,2}))?(?:\.\d+)? ?(Z|[+-]\d{2}:?\d{2})?"
)
_CHINESE = re.compile(
    r"([二2][〇○零Oo0][〇○零Oo0一二三四五六七八九]{2}) ?年 ?([一二三四五六七八九十]{1,3}|\d{1,2}) ?月"
    r" ?([一二三四五六七八九十]{1,4}|\d{1,2}) ?日?"
)
_COMPACT = re.compile(
    r"(?<!\d)((?:19|20)\d{2})(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:([01]\d|2[0-3])([0-5]\d)([0-5]\d)?)?(?!\d)"
)
_EPOCH = re.compile(r"(?<!\d)(1\d{9}|[1-9]\d{8})(\d{3})?(?!\d)")
_SHORT = re.compile(r"(?<!\d)(\d{2})-(\d{1,2})-(\d{1,2})(?!\d)")
_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2}) (\d{4})[.-](\d{1,2})(?!\d)")
_MONTH_DAY_YEAR = re.compile(r"(?<!\d)(\d{1,2})-(\d{1,2}) (\d{4})(?!\d)")
_MONTH_DAY = re.compile(r"(?<![\d-])(\d{1,2}) ?[-/月] ?(\d{1,2})(?!\d)(?! ?[-/月])")
_ENGLISH = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?"
    r"(?:(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?,?"
    r"|(?P<d2>\d{1,2}) (?P<m2>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,?)"
    r"(?: (?P<t>\d{1,2}:\d{2}(?::\d{2})?))?(?: (?:CST|GMT\+?8?))? (?P<y>\d{4})(?: (?P<t2>\d{1,2}:\d{2}(?::\d{2})?))?",
    re.I,
)
_AGO = re.compile(r"(\d{1,3}) ?(分钟|小时|天|日|周)前")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPACES = re.compile(r"[\s\u3000\u200b]+")
#: Texts up to this long are little but a date: one day stands in several places of a page, and on many pages.
_REPEATED = 40
_ONE_NUMBER = re.compile(r"\D{0,12}\d{9,13}\D{0,12}")
_QUICK = re.compile(r"[\d一二三四五六七八九十今昨前]")


def find_datetime(text: str, *, near: date | None = None) -> datetime | None:
    """The first date of `text` with its time, +08:00; 00:00 when only the day is printed. None without one.

    `near` supplies the year of `01-21` (the latest such day not after it) and the day that 今天, 昨天 and
    N天前 count from: the reading day of the listing, never a clock. Times with `Z` or an offset are converted;
    `CST` is China.
    """
    return _find_again(text, near) if len(text) <= _REPEATED else _find(text, near)


def _find(text: str, near: date | None) -> datetime | None:
    if not _QUICK.search(text):
        return None
    plain = _SPACES.sub(" ", unicodedata.normalize("NFKC", text[:2000])).strip()
    for reader in (_full, _chinese, _english, _compact, _split, _epoch):
        found = reader(plain)
        if found is not None:
            return found
    return _relative(plain, near) if near is not None else None


_find_again = lru_cache(maxsize=2048)(_find)


def find_date(text: str, *, near: date | None = None) -> date | None:
    """The first date of `text` as a China date, or None. `near` as in `find_datetime`."""
    found = find_datetime(text, near=near)
    return found.date() if found else None


def url_date(url: str) -> date | None:
    """The creation date that article addresses carry (`/art/2022/1/21/…`, `/202201/t20220121_…`), or None."""
    found = re.search(r"/(20\d{2})[/-](\d{1,2})[/-](\d{1,2})[/_]", url) or re.search(
        r"[/_](?:t|P0?)?(20\d{2})(\d{2})(\d{2})(?=_|\d{6,}|/)", url
    )
    moment = _moment(int(found[1]), int(found[2]), int(found[3])) if found else None
    return moment.date() if moment else None


def _moment(year: int, month: int, day: int, clock: str = "") -> datetime | None:
    if not _FIRST <= year <= _LAST:
        return None
    try:
        moment = datetime(year, month, day, tzinfo=CHINA)
    except ValueError:
        return None
    time = _TIME.match(clock)
    if not time:
        return moment
    hour, minute, second = int(time[1]), int(time[2]), int(time[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return moment
    moment = moment.replace(hour=hour, minute=minute, second=second)
    zone = time[4]
    if zone:
        offset = timedelta(0)
        if zone != "Z":
            digits = zone[1:].replace(":", "")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            offset = -offset if zone[0] == "-" else offset
        try:
            moment = (moment.replace(tzinfo=UTC) - offset).astimezone(CHINA)
        except (ValueError, OverflowError):
            return None
    return moment


def _full(text: str) -> datetime | None:
    for found in _FULL.finditer(text):
        moment = _moment(int(found[1]), int(found[2]), int(found[3]), text[found.end() : found.end() + 24])
        if moment:
            return moment
    return None


def _number(text: str) -> int:
    """1–31 from Chinese numerals (二十一) or digits."""
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(text.translate(_DIGITS)) if len(text) == 1 else 0
    return (int(tens.translate(_DIGITS)) if tens else 1) * 10 + (int(ones.translate(_DIGITS)) if ones else 0)


def _chinese(text: str) -> datetime | None:
    for found in _CHINESE.finditer(text):
        moment = _moment(int(found[1].translate(_DIGITS)), _number(found[2]), _number(found[3]))
        if moment:
            return moment
    return None


def _english(text: str) -> datetime | None:
    found = _ENGLISH.search(text)
    if not found:
        return None
    month = _MONTHS.index((found["m"] or found["m2"]).lower()) + 1
    return _moment(int(found["y"]), month, int(found["d"] or found["d2"]), found["t"] or found["t2"] or "")


def _compact(text: str) -> datetime | None:
    found = _COMPACT.search(text)
    if not found:
        return None
    clock = ":".join(part for part in (found[4], found[5], found[6]) if part)
    return _moment(int(found[1]), int(found[2]), int(found[3]), clock)


def _split(text: str) -> datetime | None:
    """Day and month printed apart (`21 2022.01`, `01-21 2022`) and two-figure years."""
    found = _DAY_FIRST.search(text)
    if found:
        return _moment(int(found[2]), int(found[3]), int(found[1]))
    found = _MONTH_DAY_YEAR.search(text)
    if found:
        return _moment(int(found[3]), int(found[1]), int(found[2]))
    found = _SHORT.search(text)
    return _moment(2000 + int(found[1]), int(found[2]), int(found[3])) if found else None


def _epoch(text: str) -> datetime | None:
    if not _ONE_NUMBER.fullmatch(text):
        return None  # a long number inside a sentence is no clock
    found = _EPOCH.search(text)
    if not found:
        return None
    moment = datetime.fromtimestamp(int(found[1]), tz=CHINA)
    return moment if 1990 <= moment.year <= _LAST else None


def _relative(text: str, near: date) -> datetime | None:
    ago = _AGO.search(text)
    if ago:
        days = {"天": 1, "日": 1, "周": 7}.get(ago[2], 0) * int(ago[1])
        return _moment(near.year, near.month, near.day) and _back(near, days)
    for word, days in (("今天", 0), ("昨天", 1), ("前天", 2)):
        if word in text:
            return _back(near, days)
    for found in _MONTH_DAY.finditer(text):
        for year in (near.year, near.year - 1):
            moment = _moment(year, int(found[1]), int(found[2]))
            if moment and moment.date() <= near:
                return moment
    return None


def _back(near: date, days: int) -> datetime | None:
    day = near - timedelta(days=days)
    return _moment(day.year, day.month, day.day)
