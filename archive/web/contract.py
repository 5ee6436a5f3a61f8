"""The documented API: every address a program may ask, with its parameters and an example that the tests run.

The page `/api` and the document `/api/openapi.json` are both made from `ENDPOINTS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

#: Rows one answer carries at most; `next` leads on. And when nothing is said.
MOST, DEFAULT = 1000, 100

ROWS = ("json", "csv", "xlsx", "parquet")

_TYPES = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
    "txt": "text/plain",
    "atom": "application/atom+xml",
    "original": "application/octet-stream",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One argument. `least` and `most` bound a number (both 0: a text of at most 200 characters)."""

    name: str
    zh: str
    en: str
    least: int = 0
    most: int = 0
    where: Literal["query", "path"] = "query"
    required: bool = False

    @property
    def schema(self) -> dict[str, Any]:
        """As JSON Schema."""
        if self.most:
            return {"type": "integer", "minimum": self.least, "maximum": self.most}
        return {"type": "string", "maxLength": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One address: its path without the ending, the endings it has, what it gives. `columns` are those of its rows, in
    every shape and also where there is no row."""

    path: str
    shapes: tuple[str, ...]
    zh: str
    en: str
    parameters: tuple[Parameter, ...] = ()
    example: str = ""
    columns: tuple[str, ...] = ()

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """(shape, path) of each ending."""
        if self.shapes[0] in {"atom", "original"}:
            return [(self.shapes[0], self.path)]
        return [(shape, f"{self.path}.{shape}") for shape in self.shapes]


_Q = Parameter(
    name="q",
    zh="查询：空格为并且，a|b 为或者，-x 排除，引号内原样",
    en="words; space and, a|b or, -x not, quotes exact",
)
_BODY = Parameter(name="body", zh="机构编号", en="id of a body")
_YEAR = Parameter(name="year", zh="报告年度", en="report year", least=1990, most=2100)
_PLACE = Parameter(name="place", zh="省、市或县的名称", en="name of a province, city or county")
_LEVEL = Parameter(name="level", zh="层级", en="level of a body: province city county department town street")
_LIMIT = Parameter(name="limit", zh=f"行数，至多 {MOST}", en=f"rows, at most {MOST}", least=1, most=MOST)
_OFFSET = Parameter(name="offset", zh="跳过的行数", en="rows to skip", least=0, most=10_000_000)
_WINDOW = (_LIMIT, _OFFSET)
_IN_PATH = (
    Parameter(name="body", zh="机构编号", en="id of a body", where="path", required=True),
    Parameter(name="year", zh="报告年度", en="report year", least=1990, most=2100, where="path", required=True),
)


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        path="/api/reports",
        shapes=ROWS,
        zh="每个机构每个年度采用的一份报告及其网页所载信息",
        en="The chosen report of each body and year, with what its page claims",
        parameters=(_BODY, _YEAR, _PLACE, _LEVEL, *_WINDOW),
        columns=_columns(
            "body year name level region_code province city county title regime scope tables_status "
            "issuer index_number document_number published_at state url capture text_digest"
        ),
    ),
    Endpoint(
        path="/api/bodies",
        shapes=ROWS,
        zh="机构及其年报数量",
        en="Public bodies and how many reports each has",
        parameters=(_PLACE, _LEVEL, *_WINDOW),
        columns=_columns(
            "id name level region_code province city county parent_id valid_from valid_to source "
            "reports first_year last_year"
        ),
    ),
    Endpoint(
        path="/api/cells",
        shapes=ROWS,
        zh="法定表格中的每个数字：印为、数值、状态",
        en="Every number of the statutory tables: as printed, its value, its status",
        parameters=(
            _BODY,
            _YEAR,
            _PLACE,
            Parameter(name="form", zh="表：t2 t3 t4 s14 text", en="form: t2 t3 t4 s14 text"),
            Parameter(name="row", zh="行的键，如 new_requests", en="key of a row, as new_requests"),
            Parameter(name="column", zh="列的键，如 total", en="key of a column, as total"),
            *_WINDOW,
        ),
        example="form=t3&column=total&limit=50",
        columns=_columns(
            "body name year form row column raw value unit status confidence decided row_label column_label"
        ),
    ),
    Endpoint(
        path="/api/findings",
        shapes=ROWS,
        zh="没有通过核对的数字：规则、位置、应为、实为",
        en="Numbers that failed a check: rule, place, expected, printed",
        parameters=(Parameter(name="rule", zh="规则，如 Y-CARRY", en="rule, as Y-CARRY"), _PLACE, *_WINDOW),
        example="rule=Y-CARRY",
        columns=_columns("body year name city county rule where severity expected actual blame where_label"),
    ),
    Endpoint(
        path="/api/coverage",
        shapes=ROWS,
        zh="机构 × 年度：已发布、逾期、缺失、无法读取、不详",
        en="Body by year: published, late, missing, unreadable, unknown",
        parameters=(_PLACE, *_WINDOW),
        columns=_columns(
            "body body_name level province city county known_from year status due_on published_on "
            "not_in_article_49 url title tables_status listing_complete_at listing_run listing_section "
            "listing_captures"
        ),
    ),
    Endpoint(
        path="/api/changes",
        shapes=ROWS,
        zh="发布后的修改与下线",
        en="Edits and removals after publication",
        parameters=_WINDOW,
        columns=_columns("url kind changed_at body name year title before_capture after_capture capture"),
    ),
    Endpoint(
        path="/api/search",
        shapes=ROWS,
        zh="排序后的命中；JSON 另有总数与分面",
        en="Ranked hits; in JSON with the exact total and facets",
        parameters=(_Q, _YEAR, _PLACE, _LEVEL, *_WINDOW),
        example="q=行政复议",
    ),
    Endpoint(
        path="/compare/bodies",
        shapes=ROWS,
        zh="各机构同一指标的数值，由大到小",
        en="One indicator of many bodies, the largest first",
        parameters=(
            Parameter(name="indicator", zh="指标，如 requests_new", en="indicator, as requests_new"),
            _YEAR,
            _PLACE,
            _LEVEL,
        ),
        example="indicator=requests_new",
    ),
    Endpoint(
        path="/report/{body}/{year}",
        shapes=("json", "txt", "csv", "xlsx", "parquet"),
        zh="一份报告：正文各节、数字、核对结果；表格格式只含数字",
        en="One report: sections, numbers, checks; the table formats hold its numbers",
        parameters=(*_IN_PATH, Parameter(name="page", zh="另一版本的网址", en="address of another edition")),
    ),
    Endpoint(
        path="/capture/{capture}/original",
        shapes=("original",),
        zh="抓取到的原始字节",
        en="The bytes as captured",
        parameters=(
            Parameter(
                name="capture", zh="抓取编号", en="id of a capture", least=1, most=10**9, where="path", required=True
            ),
        ),
    ),
    Endpoint(path="/api/status", shapes=("json",), zh="抓取状态", en="The state of the crawler"),
    Endpoint(
        path="/feed.atom",
        shapes=("atom",),
        zh="新收录与变更（Atom）",
        en="New and changed reports (Atom)",
    ),
)


#: The columns of each list, by the last part of its path.
COLUMNS = {endpoint.path.rpartition("/")[2]: endpoint.columns for endpoint in ENDPOINTS if endpoint.columns}


def _schema_of(endpoint: Endpoint, shape: str) -> dict[str, Any]:
    """What an answer holds, where it is a page of rows."""
    if shape != "json" or not endpoint.columns:
        return {}
    row = {"type": "object", "properties": {name: {} for name in endpoint.columns}, "required": [*endpoint.columns]}
    answer = {
        "ok": {"const": True},
        "rows": {"type": "array", "items": row},
        "next": {"type": ["string", "null"], "description": "下一页的地址 · address of the next page"},
    }
    return {"schema": {"type": "object", "properties": answer}}


def openapi(server: str) -> dict[str, Any]:
    """The API as an OpenAPI 3.1 document; `server` is the address it is asked at."""
    paths: dict[str, Any] = {}
    for endpoint in ENDPOINTS:
        for shape, path in endpoint.addresses:
            paths[path] = {
                "get": {
                    "summary": endpoint.en,
                    "description": endpoint.zh,
                    "parameters": [
                        {
                            "name": parameter.name,
                            "in": parameter.where,
                            "required": parameter.required,
                            "description": f"{parameter.zh} · {parameter.en}",
                            "schema": parameter.schema,
                        }
                        for parameter in endpoint.parameters
                    ],
                    "responses": {
                        "200": {"description": "OK", "content": {_TYPES[shape]: _schema_of(endpoint, shape)}},
                        "400": {"description": "An argument cannot be meant; the message names it"},
                        "404": {"description": "Nothing in the archive has this address"},
                        "429": {"description": "Too fast; see Retry-After"},
                    },
                }
            }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "公开 gongkai",
            "version": "1",
            "description": "An archive of Chinese government information-disclosure reports (政府信息公开工作年度报告)",
        },
        "servers": [{"url": server}],
        "paths": paths,
    }
