"""Word's automatic numbering: the ordinals (一、 （一） 1.) that stand in print but not in the text. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from sites.formats.ooxml import Element, attribute, child, number, tag

_DIGITS = "零一二三四五六七八九"
#: Formats that count in Chinese: Word writes 一, 十, 十一, 二十一.
_COUNTING = frozenset(
    {
        "chineseCounting",
        "chineseCountingThousand",
        "ideographTraditional",
        "japaneseCounting",
        "taiwaneseCounting",
        "taiwaneseCountingThousand",
        "ideographDigital",
        "japaneseDigitalTenThousand",
        "taiwaneseDigital",
    }
)


class Level(NamedTuple):
    """One level of a list: how it counts, where from, and what stands around the number (`%1、`)."""

    form: str
    text: str
    start: int


class Numbering:
    """The lists of a document, counting as its paragraphs go by."""

    def __init__(self, numbering: Element | None, styles: Element | None) -> None:
        self._levels: dict[str, dict[int, Level]] = {}
        self._abstract: dict[str, str] = {}
        self._counts: dict[tuple[str, int], int] = {}
        self._styles = _style_numbers(styles) if styles is not None else {}
        if numbering is not None:
            self._read(numbering)

    def _read(self, root: Element) -> None:
        abstract: dict[str, dict[int, Level]] = {}
        for element in root:
            if tag(element) == "abstractNum":
                levels = {}
                for inner in element:
                    if tag(inner) == "lvl":
                        levels[number(attribute(inner, "ilvl"))] = _level(inner)
                abstract[attribute(element, "abstractNumId")] = levels
            elif tag(element) == "num":
                key = attribute(element, "numId")
                link = child(element, "abstractNumId")
                target = attribute(link, "val") if link is not None else ""
                levels = dict(abstract.get(target, {}))
                own = False
                for override in element:
                    if tag(override) != "lvlOverride":
                        continue
                    level = number(attribute(override, "ilvl"))
                    replaced, restart = child(override, "lvl"), child(override, "startOverride")
                    if replaced is not None:
                        levels[level] = _level(replaced)
                    if restart is not None and level in levels:
                        levels[level] = levels[level]._replace(start=number(attribute(restart, "val"), 1))
                        own = True
                self._levels[key] = levels
                # Lists made from one definition count on together unless they restart.
                self._abstract[key] = f"num:{key}" if own else f"abstract:{target}"

    def ordinal(self, properties: Element | None) -> str:
        """The printed ordinal of a paragraph with these properties, '' for none and for bullets.
        Counts: call once for every paragraph, in order."""
        key, level = self._list_of(properties)
        levels = self._levels.get(key)
        if not levels or level not in levels:
            return ""
        counter = self._abstract[key]
        for deeper in range(level + 1, 9):
            self._counts.pop((counter, deeper), None)
        self._counts[counter, level] = self._counts.get((counter, level), levels[level].start - 1) + 1
        form = levels[level].form
        if form in ("bullet", "none"):
            return ""

        def printed(match: re.Match[str]) -> str:
            place = int(match.group(1)) - 1
            if place not in levels:
                return ""
            return _print(self._counts.get((counter, place), levels[place].start), levels[place].form)

        return re.sub(r"%([1-9])", printed, levels[level].text)

    def _list_of(self, properties: Element | None) -> tuple[str, int]:
        if properties is None:
            return "", 0
        style = child(properties, "pStyle")
        key, level = self._styles.get(attribute(style, "val"), ("", 0)) if style is not None else ("", 0)
        own = child(properties, "numPr")
        if own is not None:
            own_key, own_level = _number_of(own)
            key, level = own_key or key, own_level if own_level is not None else level
        return ("", 0) if key == "0" else (key, level)


def _level(element: Element) -> Level:
    def value(name: str, default: str) -> str:
        inner = child(element, name)
        return attribute(inner, "val", default) if inner is not None else default

    return Level(value("numFmt", "decimal"), value("lvlText", ""), number(value("start", "1"), 1))


def _number_of(properties: Element) -> tuple[str, int | None]:
    key, level = child(properties, "numId"), child(properties, "ilvl")
    return (
        attribute(key, "val") if key is not None else "",
        number(attribute(level, "val")) if level is not None else None,
    )


def _style_numbers(styles: Element) -> Mapping[str, tuple[str, int]]:
    """Styles that number their paragraphs, also through the style they are based on."""
    own: dict[str, tuple[str, int]] = {}
    based: dict[str, str] = {}
    for style in styles:
        if tag(style) != "style":
            continue
        name = attribute(style, "styleId")
        parent = child(style, "basedOn")
        if parent is not None:
            based[name] = attribute(parent, "val")
        properties = child(style, "pPr")
        numbers = child(properties, "numPr") if properties is not None else None
        if numbers is not None:
            key, level = _number_of(numbers)
            own[name] = (key, level or 0)
    resolved = dict(own)
    for name in based:
        ancestor, steps = name, 0
        while ancestor not in own and ancestor in based and steps < 20:
            ancestor, steps = based[ancestor], steps + 1
        if ancestor in own:
            resolved[name] = own[ancestor]
    return resolved


def _print(value: int, form: str) -> str:
    if form in _COUNTING:
        return chinese(value)
    if form == "decimalEnclosedCircle" and 1 <= value <= 20:
        return chr(0x2460 + value - 1)
    if form == "decimalFullWidth":
        return "".join(chr(0xFF10 + int(digit)) for digit in str(value))
    if form in ("upperLetter", "lowerLetter") and value >= 1:
        letter = chr(ord("A") + (value - 1) % 26) * ((value - 1) // 26 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 1 <= value < 4000:
        return _roman(value) if form == "upperRoman" else _roman(value).lower()
    return str(value)


def chinese(value: int) -> str:
    """1 → 一, 10 → 十, 21 → 二十一, 105 → 一百零五; other numbers in digits."""
    if not 0 < value < 1000:
        return str(value)
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = _DIGITS[hundreds] + "百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (_DIGITS[ones] if ones else "")


def _roman(value: int) -> str:
    text = ""
    for worth, letters in zip(
        (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
        ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
        strict=True,
    ):
        count, value = divmod(value, worth)
        text += letters * count
    return text
