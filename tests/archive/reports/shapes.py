"""Whole report pages in the shapes portals print them in: drawn at random, with the numbers that stand in them."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from archive.reports.form import T2_BLOCKS, T3_COLUMNS, T3_OTHER, T3_RESULTS, T4_COLUMNS, T4_GROUP_LABELS, t3_order
from sites.model import Extracted
from tests.archive.reports.printed import NOTE, Line, plain, t2_lines, t3_body, t3_header, t4_lines

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
THREE, FOUR = "三、收到和处理政府信息公开申请情况", "四、政府信息公开行政复议、行政诉讼情况"
COLUMNS = [column.key for column in T3_COLUMNS]


@dataclass(frozen=True)
class Shape:
    """How a page prints its tables; the first choice of each is the official form."""

    regime: str
    zero: str
    number: str
    wrap: str
    numbering: str
    quotes: str
    closed: bool
    nested: int
    spans: bool
    joined: str
    headed: str
    total: str
    organisations: str
    note: str
    shifted: str
    spacer: bool
    columns: str
    fourth: str
    second: str


CHOICES: dict[str, tuple[object, ...]] = {
    "regime": ("R2021", "R2019"),
    "zero": ("0", "", "/", "-", "—", "无", "&nbsp;", "0件", "零", "mixed"),
    "number": ("plain", "wide", "unit", "comma", "space", "nbsp"),
    "wrap": (
        "",
        '<p class="MsoNormal"><span style="mso-bidi-font-size:10.5pt">{}<o:p></o:p></span></p>',
        "\n\t{}<br/>\n",
    ),
    "numbering": ("official", "half", "none", "dun"),
    "quotes": ("“”", '""', "「」", "‘’"),
    "closed": (True, False),
    "nested": (0, 1, 2),
    "spans": (True, False),
    "joined": ("apart", "three and four", "split", "split under the header again", "header apart"),
    "headed": ("above", "inside"),
    "total": ("总计", "合计", "总 计", "总数"),
    "organisations": ("法人或其他组织", "法人或者其他组织", "法人及其他组织"),
    "note": (NOTE, "", "项目"),
    "shifted": ("", "corner too narrow", "labels too wide", "group too short"),
    "spacer": (False, True),
    "columns": ("official", "no total", "total first"),
    "fourth": ("official", "three tables", "a row each"),
    "second": ("official", "a table each", "no rules", "blank rules"),
}


def draw(chance: random.Random, **fixed: object) -> Shape:
    """A shape. A table without totals is printed plainly otherwise: nothing else could vouch for its columns."""
    values = {field.name: chance.choice(CHOICES[field.name]) for field in fields(Shape)} | fixed
    if values["columns"] == "no total":
        values |= {"spacer": False, "shifted": ""}
    return Shape(**values)  # type: ignore[arg-type]


def numbers(chance: random.Random, regime: str) -> dict[str, dict[str, int]]:
    """Numbers of a whole report that add up: form_row → column → number."""
    few = chance.random()

    def number() -> int:
        return 0 if chance.random() < few else chance.choice((chance.randint(1, 9), chance.randint(1, 2500)))

    results = (*T3_RESULTS, *T3_OTHER[regime])
    table = {key: [number() for _ in range(6)] for key in results}
    total = [sum(table[key][at] for key in results) for at in range(6)]
    left = [chance.randint(0, 3) for _ in range(6)]
    taken = [chance.randint(0, min(3, total[at] + left[at])) for at in range(6)]
    table |= {"result_total": total, "carried_out": left, "carried_in": taken}
    table["new_requests"] = [t + o - i for t, o, i in zip(total, left, taken, strict=True)]
    found = {f"t3_{key}": dict(zip(COLUMNS, [*row, sum(row)], strict=True)) for key, row in table.items()}
    for group in T4_GROUP_LABELS:
        parts = [number() for _ in range(4)]
        found[f"t4_{group}"] = {
            column.key: value for column, value in zip(T4_COLUMNS, [*parts, sum(parts)], strict=True)
        }
    for block in T2_BLOCKS:
        for row in block.rows:
            if block.columns.get(regime):
                found[f"t2_{row.key}"] = {column: number() for column in block.columns[regime]}
    return found


class Page:
    """A page of a shape: `html` and the numbers it prints, by key (`truth`; blanks and dashes are 0)."""

    def __init__(self, chance: random.Random, shape: Shape) -> None:
        self.shape = shape
        self._chance = chance
        said = numbers(chance, shape.regime)
        self._used = [key for key in COLUMNS if key != "total" or shape.columns != "no total"]
        if shape.columns == "total first":
            self._used = ["total", *COLUMNS[:-1]]
        blank = "t2_art20_1_rules" if shape.second == "blank rules" else ""
        self.truth = {
            f"{row}__{column}": 0 if row == blank else value
            for row, values in said.items()
            if not (row == "t2_art20_1_rules" and shape.second == "no rules")
            for column, value in values.items()
            if column in self._used or not row.startswith("t3")
        }
        self._year = 2022 if shape.regime == "R2021" else 2020
        self.html = self._page(said)

    def _printed(self, value: int) -> str:
        shape = self.shape
        if not value:
            return self._chance.choice(("0", "")) if shape.zero == "mixed" else shape.zero
        grouped = f"{value:,}"
        return {
            "plain": str(value),
            "wide": str(value).translate(WIDE),
            "unit": f"{value}件",
            "comma": grouped,
            "space": grouped.replace(",", " "),
            "nbsp": f"&nbsp;{value}&nbsp;",
        }[shape.number]

    def _label(self, text: str) -> str:
        quotes = self.shape.quotes
        text = text.replace("“", quotes[0]).replace("”", quotes[-1]).replace("总计", self.shape.total)
        match self.shape.numbering:
            case "half":
                return text.replace("（", "(").replace("）", ")")
            case "none":
                return re.sub(r"^(?:[一二三四]、|（[一二三四五六七]）|\d\.)", "", text)
            case "dun":
                return re.sub(r"^(\d)\.", r"\1、", text)
        return text

    def _table(self, lines: Sequence[Line]) -> str:
        shape = self.shape
        out = ['<table border="1">']
        for line in lines:
            out.append("<tr>")
            for text, down, right in line:
                inner = (shape.wrap or "{}").format(text)
                span = (f' rowspan="{down}"' if down > 1 else "") + (f' colspan="{right}"' if right > 1 else "")
                out.append(f"<td{span}>{inner}" + ("</td>" if shape.closed else ""))
            out.append("</tr>" if shape.closed else "")
        html = "".join([*out, "</table>"])
        for _ in range(shape.nested):
            html = f'<table width="100%"><tr><td>{html}</td></tr></table>'
        return html

    def _third(self, said: dict[str, dict[str, int]]) -> tuple[list[Line], list[Line]]:
        shape, used = self.shape, self._used
        values = {key: [self._printed(said[f"t3_{key}"][one]) for one in used] for key in t3_order(shape.regime)}
        head = [
            [(t.replace("总计", shape.total).replace("法人或其他组织", shape.organisations), r, c) for t, r, c in line]
            for line in t3_header(used)
        ]
        head[0][0] = (shape.note, 3, 2 if shape.shifted == "corner too narrow" else 3)
        body: list[Line] = []
        for line in t3_body(values, t3_order(shape.regime), spans=shape.spans):
            at = len(line) - len(used)
            cells = [(self._label(text), down, right) for text, down, right in line[:at]]
            if shape.shifted == "group too short":
                cells = [(text, down - 1 if down > 10 else down, right) for text, down, right in cells]
            if shape.shifted == "labels too wide":
                cells = [(text, down, right + 1 if right > 1 else right) for text, down, right in cells]
            body.append([*cells, *line[at:]])
        if shape.spacer:
            return [[*line, ("", 1, 1)] for line in head], [[*line, ("", 1, 1)] for line in body]
        return list(head), body

    def _fourth(self, said: dict[str, dict[str, int]]) -> list[list[Line]]:
        values = {group: [*map(self._printed, said[f"t4_{group}"].values())] for group in T4_GROUP_LABELS}
        labels = [column.label.replace("总计", self.shape.total) for column in T4_COLUMNS]
        named = {key: label if key == "review" else f"行政诉讼{label}" for key, label in T4_GROUP_LABELS.items()}
        match self.shape.fourth:
            case "three tables":
                return [[[(named[key], 1, 5)], plain(*labels), plain(*texts)] for key, texts in values.items()]
            case "a row each":
                return [[plain("类别", *labels), *(plain(named[key], *texts) for key, texts in values.items())]]
        return [[[(t.replace("总计", self.shape.total), r, c) for t, r, c in line] for line in t4_lines(values)]]

    def _page(self, said: dict[str, dict[str, int]]) -> str:
        shape, year = self.shape, self._year
        head, body = self._third(said)
        fourth = self._fourth(said)
        second = {
            key.removeprefix("t2_"): {
                column: "" if shape.second == "blank rules" and key.endswith("_rules") else self._printed(value)
                for column, value in values.items()
            }
            for key, values in said.items()
            if key.startswith("t2_") and not (key.endswith("_rules") and shape.second == "no rules")
        }
        lines = t2_lines(second, shape.regime)
        pieces = [lines]
        if shape.second == "a table each":
            starts = [at for at, line in enumerate(lines) if len(line) == 1]
            pieces = [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]
        above = "" if shape.headed == "inside" else f"<p>{THREE}</p>"
        if shape.headed == "inside":
            head = [[(THREE, 1, 3 + len(self._used))], *head]
        at = self._chance.randint(3, len(body) - 3)
        tables = [head + body]
        match shape.joined:
            case "three and four" if len(fourth) == 1:
                tables = [[*head, *body, [(FOUR, 1, 15)], *fourth.pop()]]
            case "split":
                tables = [head + body[:at], body[at:]]
            case "split under the header again":
                tables = [head + body[:at], head + body[at:]]
            case "header apart":
                tables = [head, body]
        between = f"<p>{FOUR}</p>" if fourth else ""
        return (
            f"<title>甲镇{year}年政府信息公开工作年度报告</title><h1>甲镇{year}年政府信息公开工作年度报告</h1>"
            f"<div id='zoom'><p>根据《中华人民共和国政府信息公开条例》要求，现公布{year}年度报告。</p><p>一、总体情况</p>"
            f"<p>{year}年，我镇认真贯彻落实条例各项规定，主动公开政府信息工作有序推进。</p><p>二、主动公开政府信息情况</p>"
            f"{''.join(map(self._table, pieces))}{above}{''.join(map(self._table, tables))}{between}"
            f"{''.join(map(self._table, fourth))}<p>五、存在的主要问题及改进情况</p><p>公开内容不够全面，将加以改进。</p>"
            "<p>六、其他需要报告的事项</p><p>无其他需要报告的事项。</p></div>"
        )


def flattened(extracted: Extracted, style: str) -> str:
    """A page as text whose tables lost their grid; a cell that reaches down leaves a blank where `style` keeps it."""
    out = [extracted.title]
    for block in extracted.blocks:
        if block.table is None:
            out.append(block.text)
            continue
        table = extracted.tables[block.table]
        for row in range(table.rows):
            over = sorted((c for c in table.cells if c.row <= row < c.row + c.rowspan), key=lambda cell: cell.column)
            own = [re.sub(r"\s+", "", cell.text) for cell in over if cell.row == row]
            full = [re.sub(r"\s+", "", cell.text) if cell.row == row else "" for cell in over]
            match style:
                case "tabs":
                    out.append("\t".join(own))
                case "tabbed lines":
                    out.extend([*(f"\t{text}" for text in full), ""])
                case "pipes":
                    out.append(f"| {' | '.join(full)} |")
                case "spaces":
                    out.append(" ".join(filter(None, own)))
                case "one cell a line":
                    out.extend(filter(None, own))
                case "glued":
                    out.append("".join(own))
                case "commas":
                    out.append(",".join(own))
    return "\n".join(out)
