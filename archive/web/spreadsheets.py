"""Datasette's own tables and queries as spreadsheets open them: its CSV made safe, XLSX and Parquet added.

Datasette streams CSV without a byte order mark (Excel then misreads Chinese) and with whatever stands in the cells
(a title may be a formula). Both are mended in passing, line by line, whatever the length of the table.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

from datasette.utils.asgi import Response

from archive.web.exports import NoParquet, defused, file_of
from archive.web.headers import SAFE_CSV, App, Message, Receive, Scope, Send

_OURS = SAFE_CSV.encode("ascii")
_MARK = b"\xef\xbb\xbf"

#: What Datasette says when pyarrow is missing; pages of our own say it in the visitor's language.
NO_PARQUET = (
    "Parquet needs pyarrow, which is not installed here: ask for .csv or .xlsx instead. "
    "本站未安装 pyarrow，请改用 CSV 或 XLSX。\n"
)


class SafeCsv:
    """A stream of CSV bytes, cut anywhere, made safe: records are rewritten as soon as they are whole."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self._begun = False

    def feed(self, chunk: bytes, *, last: bool = False) -> bytes:
        """The whole records of all bytes fed so far that were not given yet; with `last`, the rest too."""
        self._held += self._decode.decode(chunk, last)
        end = len(self._held) if last else _whole(self._held)
        records, self._held = self._held[:end], self._held[end:]
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerows([defused(cell) for cell in record] for record in csv.reader(io.StringIO(records, newline="")))
        mark = b"" if self._begun or not (records or last) else _MARK
        self._begun = self._begun or bool(mark)
        return mark + out.getvalue().encode("utf-8", "replace")


def _whole(text: str) -> int:
    """Where the last whole record of `text` ends: after a line end that stands outside quotes."""
    end = text.rfind("\n") + 1
    while end and text.count('"', 0, end) % 2:
        end = text.rfind("\n", 0, end - 1) + 1
    return end


def with_safe_csv(app: App) -> App:
    """`app`, with every CSV that is not ours already rewritten by `SafeCsv`."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        stream: SafeCsv | None = None

        async def send_guarded(message: Message) -> None:
            nonlocal stream
            if message["type"] == "http.response.start":
                headers = [(name, value) for name, value in message.get("headers") or []]
                kind = next((value for name, value in headers if name.lower() == b"content-type"), b"")
                named = {name.lower() for name, _ in headers}
                table = kind.startswith(b"text/csv") or (kind.startswith(b"text/plain") and _csv(scope))
                if table and _OURS not in named:
                    stream = SafeCsv()
                    headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
                message = {**message, "headers": [pair for pair in headers if pair[0].lower() != _OURS]}
            elif stream is not None and message["type"] == "http.response.body":
                last = not message.get("more_body", False)
                message = {**message, "body": stream.feed(message.get("body", b""), last=last)}
            await send(message)

        await app(scope, receive, send_guarded)

    return guarded


def _csv(scope: Scope) -> bool:
    """Whether a CSV was asked for: Datasette shows it as plain text unless it is to be downloaded."""
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    return str(scope.get("path", "")).endswith(".csv") or query.get("_format") == ["csv"]


def renderers() -> list[dict[str, Any]]:
    """XLSX and Parquet for every table, view and query of Datasette (`register_output_renderer`)."""
    return [{"extension": shape, "render": _renderer(shape)} for shape in ("xlsx", "parquet")]


def _renderer(shape: str) -> Any:  # noqa: ANN401  # Datasette looks at the parameters' names
    def render(columns: Sequence[str], rows: Sequence[Any], table: str | None, query_name: str | None) -> Response:
        name = table or query_name or "query"
        try:
            content, media_type = file_of(shape, name, columns, [_plain(columns, row) for row in rows])
        except NoParquet:
            return Response.text(NO_PARQUET, status=501)
        headers = {"content-disposition": f'attachment; filename="gongkai-{_file_name(name)}.{shape}"'}
        return Response(body=content, headers=headers, content_type=media_type)

    return render


def _plain(columns: Sequence[str], row: Any) -> Mapping[str, Any]:  # noqa: ANN401  # sqlite3.Row or a dict
    """A row by column; a foreign key that Datasette has labelled is the key again, bytes are hexadecimal."""
    plain = {}
    for place, column in enumerate(columns):
        value = row[column] if isinstance(row, Mapping) else row[place]
        if isinstance(value, Mapping):
            value = value.get("value")
        plain[column] = value.hex() if isinstance(value, bytes) else value
    return plain


def _file_name(name: str) -> str:
    return "".join(char for char in name if char.isascii() and (char.isalnum() or char in "_-"))[:60] or "query"
