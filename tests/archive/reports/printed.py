"""Statutory tables printed from known numbers, in many layouts: what the readers are tested against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import strategies as st

from archive.reports.form import (
    T2_BLOCKS,
    T2_COLUMNS,
    T3_COLUMNS,
    T3_GROUPS,
    T3_OTHER,
    T3_RESULTS,
    T3_ROW,
    T4_COLUMNS,
    T4_GROUP_LABELS,
    t3_order,
)
from sites.model import Extracted, Table, TableCell

Line = Sequence[tuple[str, int, int]]  # (text, rowspan, colspan) a cell
NUMERALS = {"deny": "（三）", "unable": "（四）", "reject": "（五）", "other": "（六）"}
TOP = {
    "new_requests": "一、",
    "carried_in": "二、",
    "disclosed": "（一）",
    "partial": "（二）",
    "result_total": "（七）",
    "carried_out": "四、",
}
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


def grid(lines: Sequence[Line]) -> Table:
    """Lines of spanned cells laid out as a browser lays them out."""
    taken: set[tuple[int, int]] = set()
    cells: list[TableCell] = []
    for row, line in enumerate(lines):
        column = 0
        for text, rowspan, colspan in line:
            while (row, column) in taken:
                column += 1
            rowspan = min(rowspan, len(lines) - row)
            taken |= {(row + down, column + right) for down in range(rowspan) for right in range(colspan)}
            cells.append(TableCell(text=text, row=row, column=column, rowspan=rowspan, colspan=colspan))
            column += colspan
    width = max((cell.column + cell.colspan for cell in cells), default=0)
    return Table(cells=tuple(cells), rows=len(lines), columns=width)


def plain(*texts: str) -> Line:
    return [(text, 1, 1) for text in texts]


def label_of(key: str) -> str:
    """The printed label of a row of table 三."""
    if key in TOP:
        return TOP[key] + T3_ROW[key].label
    if key == "other_processing":
        return "（六）其他处理"
    group = T3_ROW[key].group
    keys = [one for one in (*T3_RESULTS, *T3_OTHER["R2021"]) if T3_ROW[one].group == group]
    return f"{keys.index(key) + 1}.{T3_ROW[key].label}"


def t3_header(columns: Sequence[str] | None = None) -> list[Line]:
    labels = {column.key: column.label for column in T3_COLUMNS}
    keys = list(columns or labels)
    outer = [key for key in keys if key in ("natural_person", "total")]
    inner = [key for key in keys if key not in outer]
    upper: list[tuple[str, int, int]] = []
    for key in keys:
        if key in outer:
            upper.append((labels[key], 2, 1))
        elif key == inner[0]:
            upper.append(("法人或其他组织", 1, len(inner)))
    return [
        [(NOTE, 3, 3), ("申请人情况", 1, len(keys))],
        upper,
        [(labels.get(key, "小计"), 1, 1) for key in inner],
    ]


def t3_body(values: Mapping[str, Sequence[str]], order: Sequence[str], *, spans: bool = True) -> list[Line]:
    """Data rows; `spans=False` prints every row's labels in full, without cells that reach down."""
    lines: list[Line] = []
    results = [key for key in order if key not in ("new_requests", "carried_in", "carried_out")]
    opened: set[str] = set()
    for key in order:
        line: list[tuple[str, int, int]] = []
        if key in ("new_requests", "carried_in", "carried_out"):
            line.append((label_of(key), 1, 3))
        else:
            if spans and key == results[0]:
                line.append(("三、本年度办理结果", len(results), 1))
            elif not spans:
                line.append(("三、本年度办理结果", 1, 1))
            group = T3_ROW[key].group
            if group and key != "other_processing":
                members = [one for one in results if T3_ROW[one].group == group and one != "other_processing"]
                if not spans:
                    line.append((NUMERALS[group] + T3_GROUPS[group], 1, 1))
                elif group not in opened:
                    line.append((NUMERALS[group] + T3_GROUPS[group], len(members), 1))
                    opened.add(group)
                line.append((label_of(key), 1, 1))
            else:
                line.append((label_of(key), 1, 2))
        line.extend((text, 1, 1) for text in values[key])
        lines.append(line)
    return lines


def t2_lines(values: Mapping[str, Mapping[str, str]], regime: str) -> list[Line]:
    lines: list[Line] = []
    for block in T2_BLOCKS:
        columns = block.columns.get(regime, ())
        if not columns:
            continue
        lines.append([(f"第二十条第（{block.article}）项", 1, 4)])
        wide = 4 - len(columns)
        heads = [(T2_COLUMNS[key].label, 1, wide if len(columns) == 1 else 1) for key in columns]
        lines.append([("信息内容", 1, 1), *heads])
        for row in block.rows:
            if row.key in values:
                texts = [values[row.key][key] for key in columns]
                lines.append([(row.label, 1, 1), *[(text, 1, wide if len(columns) == 1 else 1) for text in texts]])
    return lines


def t4_lines(values: Mapping[str, Sequence[str]]) -> list[Line]:
    labels = [column.label for column in T4_COLUMNS]
    return [
        [("行政复议", 1, 5), ("行政诉讼", 1, 10)],
        [
            *[(label, 2, 1) for label in labels],
            (T4_GROUP_LABELS["suit_direct"], 1, 5),
            (T4_GROUP_LABELS["suit_after_review"], 1, 5),
        ],
        plain(*labels, *labels),
        plain(*[text for group in T4_GROUP_LABELS for text in values[group]]),
    ]


def page(*tables: Table, text: str = "") -> Extracted:
    return Extracted(title="", text=text, tables=tables)


def keys_of(values: Mapping[str, Sequence[str]], columns: Sequence[str]) -> dict[str, float | None]:
    """What the reader should give: key to number, None for blank."""
    return {
        f"t3_{row}__{column}": float(text) if text else None
        for row, texts in values.items()
        for column, text in zip(columns, texts, strict=True)
    }


@st.composite
def applications(draw: st.DrawFn, regime: str = "R2021", largest: int = 40) -> dict[str, list[str]]:
    """A table 三 that adds up."""
    results = (*T3_RESULTS, *T3_OTHER[regime])
    number = st.one_of(st.just(0), st.integers(0, largest))
    numbers = {key: [draw(number) for _ in range(6)] for key in results}
    total = [sum(numbers[key][column] for key in results) for column in range(6)]
    carried_out = [draw(st.integers(0, 3)) for _ in range(6)]
    carried_in = [draw(st.integers(0, min(3, total[column] + carried_out[column]))) for column in range(6)]
    numbers["result_total"], numbers["carried_out"], numbers["carried_in"] = total, carried_out, carried_in
    numbers["new_requests"] = [t + o - i for t, o, i in zip(total, carried_out, carried_in, strict=True)]
    return {key: [*map(str, numbers[key]), str(sum(numbers[key]))] for key in t3_order(regime)}
