"""One request to one of our pages: its checked arguments, its language, its reads, its answer.

Every page is a coroutine `view(visit) -> Response` made a route by `page`. A wrong argument is a
`BadRequest`, an unknown body or capture a `NotFound`: both become a page that says what is wrong.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import unquote, urlencode
from weakref import WeakKeyDictionary

from datasette.utils.asgi import Request, Response

from archive.store.broad import stamp_of
from archive.web.contract import ROWS
from archive.web.exports import NoParquet, file_of
from archive.web.headers import SAFE_CSV, STRICT
from archive.web.kept import Kept
from archive.web.language import Language, chosen_language
from archive.web.rendering import moment, render

if TYPE_CHECKING:  # Datasette loads its plugins while it is being imported
    from datasette.app import Datasette
    from datasette.database import Database

P = ParamSpec("P")
T = TypeVar("T")

#: A page's reads may take this long before the visitor is told so (seconds).
READ_LIMIT = 5.0
#: Longest text an argument may carry.
LONGEST = 200

LANG_COOKIE = "gongkai_lang"

#: What each running Datasette keeps.
_KEPT: WeakKeyDictionary[Any, Kept] = WeakKeyDictionary()


class BadRequest(Exception):
    """An argument that cannot be meant; `message` is shown with status 400."""


class NotFound(Exception):
    """Nothing in the archive has this address; shown with status 404."""


class NotShown(Exception):
    """Somebody decided that this is withheld; shown with status 451 and the reason."""


class Unavailable(Exception):
    """This server cannot do what was asked for; shown with status 501."""


@dataclass(frozen=True, slots=True)
class Visit:
    """What a page is told. `args` are the query's pairs, first value of each name."""

    datasette: Datasette
    request: Request
    language: Language
    args: Mapping[str, str]
    route: Mapping[str, str]

    def text(self, name: str, default: str = "") -> str:
        """A free text argument, trimmed. Raises `BadRequest` beyond `LONGEST` characters."""
        value = self.args.get(name, default).strip()
        if len(value) > LONGEST:
            raise BadRequest(self.language("bad_long").format(name=name, most=LONGEST))
        if "\x00" in value:
            raise BadRequest(self.language("bad_value").format(name=name))
        return value

    def number(self, name: str, *, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number between `low` and `high`, `default` when absent or empty."""
        raw = self.text(name)
        if not raw:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", raw) or not low <= int(raw) <= high:
            raise BadRequest(self.language("bad_number").format(name=name, low=low, high=high))
        return int(raw)

    def choice(self, name: str, choices: Sequence[str], default: str = "") -> str:
        """One of `choices`, `default` when absent or empty."""
        raw = self.text(name)
        if not raw:
            return default
        if raw not in choices:
            raise BadRequest(self.language("bad_choice").format(name=name, choices=", ".join(choices)))
        return raw

    @property
    def path(self) -> str:
        """The path asked for, below `base_url`."""
        base = str(self.datasette.setting("base_url"))
        return "/" + str(self.request.path).removeprefix(base).lstrip("/")

    @property
    def database(self) -> Database:
        """Datasette's database that holds the archive."""
        return next(db for name, db in self.datasette.databases.items() if name != "_internal" and not db.is_memory)

    async def read(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """The answer of one function of `archive.store.queries`, run on a reading connection."""

        def run(conn: sqlite3.Connection) -> T:
            deadline = time.monotonic() + READ_LIMIT
            conn.set_progress_handler(lambda: time.monotonic() > deadline, 5000)
            try:
                return query(conn, *args, **kwargs)
            finally:
                conn.set_progress_handler(None, 0)

        answer: T = await self.database.execute_fn(run)
        return answer

    async def kept(
        self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `read`, but an answer is kept while the archive does not change (see `archive.web.kept`)."""
        keeper = _KEPT.setdefault(self.datasette, Kept())
        stamp = stamp_of(Path(self.database.path))
        question = (query.__module__, query.__qualname__, args, tuple(sorted(kwargs.items())))
        found = keeper.find(question, stamp)
        if found is None:
            found = (await self.read(query, *args, **kwargs),)
            keeper.keep(question, stamp, found[0])
        return cast("T", found[0])

    @staticmethod
    def moment(value: object) -> str:
        """A stored time as people here read it (China time)."""
        return moment(value)

    def here(self, **changes: object) -> str:
        """This page's address with some arguments changed (None or '' drops one)."""
        args = {**self.args, **{name: "" if value is None else str(value) for name, value in changes.items()}}
        query = urlencode({name: value for name, value in args.items() if value})
        return f"{self.request.path}?{query}" if query else str(self.request.path)

    def html(self, template: str, *, status: int = 200, **values: object) -> Response:
        """The page `template`, in the visitor's language, under the strict policy."""
        return self.respond(self.fill(template, **values), "text/html; charset=utf-8", status=status)

    def fill(self, template: str, **values: object) -> str:
        """`template` with what every page has (words, paths, contact) and `values`."""
        config = self.datasette.plugin_config("gongkai") or {}
        return render(
            template,
            visit=self,
            t=self.language,
            lang=self.language.code,
            path=self.datasette.urls.path,
            tables=self.datasette.urls.database(self.database.name),
            contact=config.get("contact") or "",
            **values,
        )

    def files(self, name: str, **arguments: object) -> dict[str, str]:
        """The addresses of an API list in each shape, with those arguments that say something."""
        query = urlencode({key: str(value) for key, value in arguments.items() if value})
        tail = f"?{query}" if query else ""
        return {shape: str(self.datasette.urls.path(f"{name}.{shape}{tail}")) for shape in ROWS}

    def absolute(self, path: str) -> str:
        """The whole address of one of our paths, as this visitor sees the archive."""
        return str(self.datasette.absolute_url(self.request, self.datasette.urls.path(path)))

    def file(self, shape: str, name: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Response:
        """`rows` as a file to keep (csv, xlsx or parquet). Raises `Unavailable` where Parquet cannot be written."""
        try:
            content, media_type = file_of(shape, name, columns, rows)
        except NoParquet:
            raise Unavailable(self.language("no_parquet")) from None
        headers = {"content-disposition": f'attachment; filename="gongkai-{name}.{shape}"', SAFE_CSV: "1"}
        return self.respond(content, media_type, headers=headers)

    def json(self, value: object, *, status: int = 200) -> Response:
        """`value` as indented JSON, Chinese left readable."""
        return self.respond(json.dumps(value, ensure_ascii=False, indent=1), "application/json; charset=utf-8", status)

    def respond(
        self, body: str | bytes, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Response:
        """An answer with the strict policy and, after `?lang=`, the visitor's choice remembered."""
        all_headers = {"content-security-policy": STRICT, "vary": "accept-language, cookie", **(headers or {})}
        response = Response(body=body, status=status, headers=all_headers, content_type=content_type)
        if self.args.get("lang") in {"zh", "en"}:
            response.set_cookie(LANG_COOKIE, self.language.code, max_age=365 * 86400, path="/", samesite="lax")
        return response


View = Callable[[Visit], Awaitable[Response]]


def page(view: View) -> Callable[..., Awaitable[Response]]:
    """`view` as Datasette calls it, with errors turned into pages (or JSON below `/api/`)."""

    async def route(datasette: Datasette, request: Request) -> Response:
        args = {name: request.args[name] for name in request.args}
        cookie = request.cookies.get(LANG_COOKIE, "")
        language = chosen_language(args.get("lang", ""), cookie, request.headers.get("accept-language", ""))
        named = {name: unquote(value or "") for name, value in request.url_vars.items()}
        visit = Visit(datasette=datasette, request=request, language=language, args=args, route=named)
        try:
            return await view(visit)
        except BadRequest as error:
            return _refusal(visit, 400, "bad_request", str(error))
        except NotShown as error:
            return _refusal(visit, 451, "withheld", language("withheld_text").format(reason=error))
        except Unavailable as error:
            return _refusal(visit, 501, "unavailable", str(error))
        except NotFound as error:
            return _refusal(visit, 404, "not_found", str(error) or language("not_found_text"))
        except sqlite3.OperationalError as error:
            if "interrupted" not in str(error):
                raise
            return _refusal(visit, 503, "too_slow", language("too_slow_text"))

    return route


def _refusal(visit: Visit, status: int, title: str, message: str) -> Response:
    if visit.request.path.startswith("/api/"):
        return visit.json({"ok": False, "status": status, "error": message}, status=status)
    return visit.html("refusal.html", status=status, title=visit.language(title), message=message)
