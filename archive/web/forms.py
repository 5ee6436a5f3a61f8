"""The statutory tables as they are printed, filled from the cells that were read.

What rows and columns a form has, and how they are labelled, is known to `archive.reports.form` alone;
here is only how they lie on the page: header rows, groups that span, block after block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from archive.reports import form as statutory
from archive.store.queries import Row
from archive.web.language import Language
from archive.web.rendering import number

#: form key: (ordinal of its section, caption)
CAPTIONS = {
    "t2": "主动公开政府信息情况",
    "t3": "收到和处理政府信息公开申请情况",
    "t4": "政府信息公开行政复议、行政诉讼情况",
    "s14": "政府信息公开情况统计表",
    "text": "正文所述",
}
#: The section each form belongs to.
SECTION_OF = {"t2": "proactive", "t3": "requests", "t4": "review_litigation", "s14": "appendix"}

_ORDINALS = "一二三四五六七八九十"
_GROUPED = ("deny", "unable", "reject", "other")
_NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
_NOTED = {"derived": "not_printed", "inferred": "inferred_cell", "ocr": "ocr_cell"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One place of a printed table. `findings` are the numbers of the failed checks it takes part in."""

    text: str
    head: bool = False
    rowspan: int = 1
    colspan: int = 1
    scope: str = ""
    anchor: str = ""
    classes: str = ""
    note: str = ""
    findings: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A form ready to be laid out: its key, its caption, its rows."""

    key: str
    caption: str
    lines: list[list[Shown]] = field(default_factory=list)


class Filling:
    """The cells of one report by place, with what is to be said about each."""

    def __init__(self, cells: Iterable[Row], failed: Mapping[str, Sequence[int]], language: Language) -> None:
        self.cells = {(cell["form"], cell["row"], cell["column"]): cell for cell in cells}
        self.failed = failed
        self.language = language

    def has(self, form: str, rows: Iterable[str] = (), columns: Iterable[str] = ()) -> bool:
        """Whether any cell of `form` lies in one of `rows` or of `columns` (in any, when both are empty)."""
        rows, columns = set(rows), set(columns)
        return any(
            of == form and (row in rows or column in columns or not (rows or columns)) for of, row, column in self.cells
        )

    def place(self, form: str, row: str, column: str, colspan: int = 1) -> Shown:
        """The printed cell at a place: as printed, or derived and marked so."""
        cell = self.cells.get((form, row, column))
        if cell is None:
            return Shown(text="", colspan=colspan)
        status = str(cell["status"])
        text = str(cell["raw"] or "") or (number(cell["value"]) if status in _NOTED else "")
        key = key_of(cell)
        findings = tuple(self.failed.get(key, ()))
        decided = cell["decided"]
        noted = [f"{self.language('decided_cell')} {number(decided)}"] if decided is not None else []
        noted += [self.language(_NOTED[status])] if status in _NOTED else []
        noted += [self.language("failed_cell")] if findings else []
        classes = ["decided"] if decided is not None else []
        classes += [status] if status in _NOTED else []
        classes += ["failed"] if findings else []
        return Shown(
            text=text,
            colspan=colspan,
            anchor=anchor_of(key),
            classes=" ".join(classes),
            note="；".join(noted),
            findings=findings,
        )


def key_of(cell: Row) -> str:
    """`form_row__column`, the cell's public key."""
    return f"{cell['form']}_{cell['row']}__{cell['column']}"


def anchor_of(key: str) -> str:
    """The id a cell has on the page."""
    return f"cell-{key}"


def printed(regime: str, filling: Filling) -> list[Printed]:
    """Every form of which at least one cell was read, in the order of the report."""
    made = []
    for key, lines_of in (("t2", _t2), ("t3", _t3), ("t4", _t4), ("s14", _s14)):
        if filling.has(key):
            made.append(Printed(key=key, caption=CAPTIONS[key], lines=lines_of(regime, filling)))
    return made


def _head(text: str, *, rowspan: int = 1, colspan: int = 1, scope: str = "") -> Shown:
    return Shown(text=text, head=True, rowspan=rowspan, colspan=colspan, scope=scope)


def _t2(regime: str, filling: Filling) -> list[list[Shown]]:
    new = {key for key, column in statutory.T2_COLUMNS.items() if column.regime == "R2021"}
    old = {key for key, column in statutory.T2_COLUMNS.items() if column.regime == "R2019"}
    layout = "R2021" if filling.has("t2", columns=new) else "R2019" if filling.has("t2", columns=old) else regime
    layout = layout if layout in {"R2019", "R2021"} else "R2021"
    lines = []
    for block in statutory.T2_BLOCKS:
        columns = block.columns.get(layout)
        if not columns:
            continue
        spans = _spread(3, len(columns))
        lines.append([_head(f"第二十条第（{block.article}）项", colspan=4, scope="colgroup")])
        labels = [statutory.T2_COLUMNS[column] for column in columns]
        lines.append(
            [_head("信息内容", scope="col")]
            + [
                _head(
                    f"{column.label}（单位：万元）" if column.quantity == "wanyuan" else column.label,
                    colspan=span,
                    scope="col",
                )
                for column, span in zip(labels, spans, strict=True)
            ]
        )
        for row in block.rows:
            if layout == "R2021" and not filling.has("t2", rows=[row.key]) and row.key == "art20_5_other_services":
                continue
            lines.append(
                [_head(row.label, scope="row")]
                + [filling.place("t2", row.key, column, span) for column, span in zip(columns, spans, strict=True)]
            )
    return lines


def _spread(width: int, parts: int) -> list[int]:
    spans = [width // parts] * parts
    for place in range(width - sum(spans)):
        spans[place] += 1
    return spans


def _t3(regime: str, filling: Filling) -> list[list[Shown]]:
    split = filling.has("t3", rows=statutory.T3_OTHER["R2021"])
    single = filling.has("t3", rows=statutory.T3_OTHER["R2019"])
    layout = "R2021" if split or (not single and regime != "R2019") else "R2019"
    order = statutory.t3_order(layout)
    lines = [
        [_head(_NOTE, rowspan=3, colspan=3), _head("申请人情况", colspan=7, scope="colgroup")],
        [
            _head(statutory.T3_COLUMNS[0].label, rowspan=2, scope="col"),
            _head(statutory.T3_GROUP_HEADER, colspan=len(statutory.T3_ORGANISATIONS), scope="colgroup"),
            _head(statutory.T3_COLUMNS[-1].label, rowspan=2, scope="col"),
        ],
        [_head(column.label, scope="col") for column in statutory.T3_COLUMNS[1:-1]],
    ]
    results = [key for key in order if key not in {"new_requests", "carried_in", "carried_out"}]
    ordinal = 0
    group, item = "", 0
    for key in order:
        row = statutory.T3_ROW[key]
        heads: list[Shown] = []
        if key in {"new_requests", "carried_in"}:
            heads = [_head(f"{'一' if key == 'new_requests' else '二'}、{row.label}", colspan=3, scope="row")]
        elif key == "carried_out":
            heads = [_head(f"四、{row.label}", colspan=3, scope="row")]
        else:
            if key == results[0]:
                heads.append(_head("三、本年度办理结果", rowspan=len(results), scope="rowgroup"))
            members = [other for other in results if statutory.T3_ROW[other].group == row.group]
            if row.group in _GROUPED and not (row.group == "other" and len(members) == 1):
                if row.group != group:
                    group, item = row.group, 0
                    label = f"（{_ORDINALS[ordinal]}）{statutory.T3_GROUPS[group]}"
                    heads.append(_head(label, rowspan=len(members), scope="rowgroup"))
                    ordinal += 1
                item += 1
                heads.append(_head(f"{item}.{row.label}", scope="row"))
            else:
                heads.append(_head(f"（{_ORDINALS[ordinal]}）{row.label}", colspan=2, scope="row"))
                ordinal += 1
        lines.append(heads + [filling.place("t3", key, column) for column in statutory.T3_COLUMN_KEYS])
    return lines


def _t4(_regime: str, filling: Filling) -> list[list[Shown]]:
    width = len(statutory.T4_COLUMNS)
    groups = list(statutory.T4_GROUP_LABELS.items())
    return [
        [
            _head(groups[0][1], rowspan=2, colspan=width, scope="colgroup"),
            _head(statutory.T4_UPPER_HEADER, colspan=width * 2, scope="colgroup"),
        ],
        [_head(label, colspan=width, scope="colgroup") for _, label in groups[1:]],
        [_head(column.label, scope="col") for _ in groups for column in statutory.T4_COLUMNS],
        [filling.place("t4", group, column) for group, _ in groups for column in statutory.T4_COLUMN_KEYS],
    ]


def _s14(_regime: str, filling: Filling) -> list[list[Shown]]:
    lines = [[_head("统计指标", scope="col"), _head("单位", scope="col"), _head("统计数", scope="col")]]
    for row in statutory.S14_ROWS:
        if filling.has("s14", rows=[row.key]):
            value = filling.place("s14", row.key, statutory.S14_COLUMN)
            lines.append([_head(row.label, scope="row"), Shown(text=row.unit), value])
    return lines
