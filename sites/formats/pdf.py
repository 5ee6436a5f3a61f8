"""PDF → text and ruled tables, through pdfium alone.

pdfium gives the glyphs with their places and the drawn paths; lines, paragraphs and grids are ours
(`layout`, `paragraphs`, `ruling`, `columns`). One engine for both means one coordinate system, and a
page costs about 15 ms. pdfium is not thread-safe: read one PDF at a time in a process.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.compose import compose
from sites.formats.layout import Piece
from sites.formats.paragraphs import PageItems, add_pages
from sites.formats.pdf_guard import refuse_bombs
from sites.formats.ruling import Edge, grids_of
from sites.formats.sniff import MEDIA_TYPES
from sites.model import Extracted

#: The longest real report seen has about 60 pages with its annexes; more is a yearbook or an attack.
MAX_PAGES: Final = 200
#: A page of a report holds under 3,000 characters and under 2,000 paths. What exceeds this many is
#: refused, so that time stays below a few seconds.
MAX_PAGE_CHARS: Final = 40_000
MAX_CHARS: Final = 1_000_000
MAX_PAGE_OBJECTS: Final = 50_000
#: Points: a filled box at most this thick is a rule; larger ones are highlights and backgrounds.
RULE_THICKNESS: Final = 3.0
#: In em. Fonts of real reports declare widths of 20 em for vertical labels: the glyph is one em wide.
WIDEST_GLYPH: Final = 1.3
#: Form XObjects inside one another; deeper is an attack (pdfium has no limit of its own).
MAX_DEPTH: Final = 8
#: A page with fewer characters than this and a picture over most of it is a scan.
SCAN_CHARS: Final = 30
SCAN_AREA: Final = 0.5
#: Scanned pages of one document that are recognised, at some five seconds each.
MAX_SCANS: Final = 30
#: Share of characters without a Unicode value above which the text layer is worthless.
UNMAPPED: Final = 0.3

#: Radicals that Chinese fonts' character maps give in place of the ideograph (NFKC leaves these alone).
_RADICALS: Final = str.maketrans(
    "⺁⺄⺈⺊⺌⺍⺕⺗⺙⺝⺟⺠⺢⺩⺪⺫⺬⺭⺮⺯⺰⺱⺳⺶⺷⺸⺺⺻⺼⺽⺾⻁⻂⻃⻄⻅⻆⻉⻋⻌⻎⻐⻑⻒⻓⻔⻕⻖⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻨⻩⻪⻬⻮⻰⻳",
    "厂乙刀卜小小彐心攵月母民水王疋罒示礻竹糸纟网网羊羊羊肀聿肉臼艹虎衤覀西见角贝车辶辶钅長镸长门阜阝青韦页风飞食饣马骨鬼鱼鸟麦黄黾齐齿龙龟",
)

_Transform = Callable[[float, float], tuple[float, float]]
#: Reads a page that is a picture.
PageReader = Callable[[Body, pdfium.PdfPage], PageItems]


def read_pdf(body: bytes, *, ocr: Callable[[], PageReader | None] = lambda: None) -> Extracted:
    """Text in reading order with tables at their place; a table over a page break is two tables.

    `ocr` gives what reads pages that are scans, or None: such pages then stay empty. Flags: `scanned`,
    `ocr`, `unmapped` (the font tells no Unicode: the text cannot be trusted), `unruled` (a table was read
    by alignment).
    Raises `Unreadable` when the file is encrypted, damaged, too long, or holds no text at all.
    """
    if b"%%EOF" not in body[-65_536:] and b"startxref" not in body[-65_536:]:
        # pdfium repairs such files by guessing, and what it finds then is an unknown part of the report.
        raise Unreadable("the PDF is cut off: its end (%%EOF) is missing; fetch it again")
    refuse_bombs(body)
    try:
        document = pdfium.PdfDocument(body)
    except pdfium.PdfiumError as error:
        reason = str(error)
        if "assword" in reason:
            raise Unreadable("the PDF is encrypted: it asks for a password") from error
        raise Unreadable(f"the PDF is damaged: {reason}") from error
    with closing(document):
        count = len(document)
        if count == 0:
            raise Unreadable("the PDF has no pages")
        if count > MAX_PAGES:
            raise Unreadable(f"the PDF has {count} pages; no report has more than {MAX_PAGES}")
        return _read(document, count, ocr)


def _read(document: pdfium.PdfDocument, count: int, ocr: Callable[[], PageReader | None]) -> Extracted:
    body = Body()
    pages: list[PageItems] = []
    total = scans = 0
    for number in range(count):
        try:
            page = document[number]
        except pdfium.PdfiumError as error:
            raise Unreadable(f"page {number + 1} of the PDF is damaged: {error}") from error
        with closing(page):
            drawn = _Drawn(page)
            pieces, unmapped = drawn.pieces()
            total += len(pieces)
            if total > MAX_CHARS:
                raise Unreadable(f"the PDF holds more than {MAX_CHARS} characters")
            if unmapped > UNMAPPED:
                body.flag("unmapped")
            if (len(pieces) < SCAN_CHARS or unmapped > UNMAPPED) and drawn.is_picture():
                body.flag("scanned")
                scans += 1
                if scans > MAX_SCANS:
                    raise Unreadable(f"the PDF has more than {MAX_SCANS} scanned pages: too many to recognise")
                reader = ocr()
                if reader is not None:
                    body.flag("ocr")
                    pages.append(reader(body, page))
                    continue
            pages.append(compose(body, drawn.width, drawn.height, pieces, grids_of(*drawn.edges())))
    add_pages(body, pages)
    if not body.blocks:
        if "scanned" in body.flags:
            raise Unreadable(
                "the PDF is a scan without a text layer; install the ocr extra: pip install 'gongkai[ocr]'"
            )
        raise Unreadable("the PDF holds no text")
    return body.extracted(media_type=MEDIA_TYPES["pdf"])


class _Drawn:
    """What one page shows, in upright coordinates from its top left corner."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        self._page = page
        self._text = page.get_textpage()
        self._count = self._text.count_chars()
        if self._count > MAX_PAGE_CHARS:
            raise Unreadable(
                f"a page of the PDF holds {self._count} characters; more than {MAX_PAGE_CHARS} is no report"
            )
        left, bottom, right, top = page.get_bbox()
        # A page may be stored turned (its /Rotate says how to show it) or be printed sideways (its glyphs
        # run at an angle): what counts is that most glyphs run from left to right.
        direction = self._direction()
        turn = page.get_rotation() % 360 if direction is None else -direction % 360
        width, height = right - left, top - bottom
        self.width, self.height = (height, width) if turn in (90, 270) else (width, height)
        self._upright = _upright(turn, left, bottom, right, top)

    def _direction(self) -> int | None:
        """The direction most glyphs run in on the paper, in degrees clockwise; None without a majority."""
        votes: Counter[int] = Counter()
        matrix = pdfium_c.FS_MATRIX()
        for index in range(0, self._count, max(1, self._count // 200)):
            if pdfium_c.FPDFText_IsGenerated(self._text, index) != 1 and pdfium_c.FPDFText_GetMatrix(
                self._text, index, matrix
            ):
                votes[round(-math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360] += 1
        best, number = max(votes.items(), key=lambda vote: vote[1], default=(0, 0))
        return best if number > 0.6 * sum(votes.values()) else None

    def pieces(self) -> tuple[list[Piece], float]:
        """The glyphs, and the share of them that the font gives no character for."""
        text, upright = self._text, self._upright
        box, matrix = pdfium_c.FS_RECTF(), pdfium_c.FS_MATRIX()
        x, y = ctypes.c_double(), ctypes.c_double()
        pieces: list[Piece] = []
        unmapped = 0
        high = 0
        for index in range(self._count):
            if pdfium_c.FPDFText_IsGenerated(text, index) == 1:
                continue
            code = pdfium_c.FPDFText_GetUnicode(text, index)
            # pdfium gives UTF-16 units: characters beyond the first plane come as pairs.
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000:
                code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00) if high else 0xFFFD
            high = 0
            character = _character(code)
            if character is None:
                unmapped += 1
                continue
            pdfium_c.FPDFText_GetLooseCharBox(text, index, box)
            pdfium_c.FPDFText_GetMatrix(text, index, matrix)
            pdfium_c.FPDFText_GetCharOrigin(text, index, x, y)
            size = pdfium_c.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d)
            ax, _ = upright(box.left, box.bottom)
            bx, _ = upright(box.right, box.top)
            _, base = upright(x.value, y.value)
            if not (size > 0 and math.isfinite(ax + bx + base + size)):
                continue
            left, right = min(ax, bx), max(ax, bx)
            if right - left > WIDEST_GLYPH * size:
                right = left + size
            pieces.append(Piece(character, left, right, base, size))
        return pieces, unmapped / (unmapped + len(pieces)) if unmapped else 0.0

    def edges(self) -> tuple[list[Edge], list[Edge]]:
        """The horizontal and vertical rules."""
        horizontal: list[Edge] = []
        vertical: list[Edge] = []
        for a, b in self._strokes():
            (ax, ay), (bx, by) = self._upright(*a), self._upright(*b)
            if not math.isfinite(ax + ay + bx + by):
                continue
            if abs(ay - by) <= 1.0 and abs(ax - bx) > 1.0:
                horizontal.append(Edge((ay + by) / 2, min(ax, bx), max(ax, bx)))
            elif abs(ax - bx) <= 1.0 and abs(ay - by) > 1.0:
                vertical.append(Edge((ax + bx) / 2, min(ay, by), max(ay, by)))
        return horizontal, vertical

    def is_picture(self) -> bool:
        """Whether one picture (or a mosaic of strips) covers most of the page."""
        covered: float = 0.0
        for kind, shape, matrix in self._objects():
            if kind == pdfium_c.FPDF_PAGEOBJ_IMAGE:
                (ax, ay), (bx, by) = _bounds(shape, matrix)
                covered += abs(ax - bx) * abs(ay - by)
        return bool(covered > SCAN_AREA * self.width * self.height)

    def _objects(self) -> Iterator[tuple[int, object, _Matrix]]:
        """Paths and pictures with the matrix of the forms they stand in."""
        left = MAX_PAGE_OBJECTS
        handle = self._page.raw
        stack: list[tuple[object, _Matrix, int]] = [
            (pdfium_c.FPDFPage_GetObject(handle, index), _IDENTITY, 0)
            for index in range(min(pdfium_c.FPDFPage_CountObjects(handle), left) - 1, -1, -1)
        ]
        while stack and left > 0:
            shape, matrix, depth = stack.pop()
            left -= 1
            kind = pdfium_c.FPDFPageObj_GetType(shape)
            if kind == pdfium_c.FPDF_PAGEOBJ_FORM:
                if depth < MAX_DEPTH:
                    inner = _times(_matrix_of(shape), matrix)
                    stack.extend(
                        (pdfium_c.FPDFFormObj_GetObject(shape, index), inner, depth + 1)
                        for index in range(min(pdfium_c.FPDFFormObj_CountObjects(shape), left) - 1, -1, -1)
                    )
            elif kind in (pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE):
                yield kind, shape, matrix

    def _strokes(self) -> Iterator[tuple[_Point, _Point]]:
        """Straight pieces of stroked paths, and the middle lines of filled boxes thin enough to be rules."""
        fill, stroke = ctypes.c_int(), pdfium_c.FPDF_BOOL()
        for kind, shape, matrix in self._objects():
            (ax, ay), (bx, by) = _bounds(shape, matrix)
            if min(bx - ax, by - ay) <= RULE_THICKNESS < max(bx - ax, by - ay):
                if by - ay < bx - ax:
                    yield (ax, (ay + by) / 2), (bx, (ay + by) / 2)
                else:
                    yield ((ax + bx) / 2, ay), ((ax + bx) / 2, by)
                continue
            if kind != pdfium_c.FPDF_PAGEOBJ_PATH or min(bx - ax, by - ay) <= RULE_THICKNESS:
                continue
            pdfium_c.FPDFPath_GetDrawMode(shape, fill, stroke)
            segments = pdfium_c.FPDFPath_CountSegments(shape)
            if segments > MAX_PAGE_OBJECTS:
                continue
            lines = list(_lines(shape, segments, _times(_matrix_of(shape), matrix)))
            if stroke.value:
                yield from lines
            elif fill.value:
                yield from _thin_boxes(lines)


_Point = tuple[float, float]
_Matrix = tuple[float, float, float, float, float, float]
_IDENTITY: Final[_Matrix] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def _lines(shape: object, segments: int, matrix: _Matrix) -> Iterator[tuple[_Point, _Point]]:
    """The straight segments of a path, closing ones too."""
    x, y = ctypes.c_float(), ctypes.c_float()
    start = here = (0.0, 0.0)
    for index in range(segments):
        segment = pdfium_c.FPDFPath_GetPathSegment(shape, index)
        kind = pdfium_c.FPDFPathSegment_GetType(segment)
        pdfium_c.FPDFPathSegment_GetPoint(segment, x, y)
        point = _apply(matrix, x.value, y.value)
        if kind == pdfium_c.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium_c.FPDF_SEGMENT_LINETO:
            yield here, point
        here = point
        if pdfium_c.FPDFPathSegment_GetClose(segment) and here != start:
            yield here, start
            here = start


def _thin_boxes(lines: Sequence[tuple[_Point, _Point]]) -> Iterator[tuple[_Point, _Point]]:
    """One path may fill many thin boxes (all rules of a table): their long sides stand for them."""
    for index in range(0, len(lines) - 3, 4):
        points = [point for line in lines[index : index + 4] for point in line]
        ax, bx = min(x for x, _ in points), max(x for x, _ in points)
        ay, by = min(y for _, y in points), max(y for _, y in points)
        if by - ay <= RULE_THICKNESS < bx - ax:
            yield (ax, (ay + by) / 2), (bx, (ay + by) / 2)
        elif bx - ax <= RULE_THICKNESS < by - ay:
            yield ((ax + bx) / 2, ay), ((ax + bx) / 2, by)


def _matrix_of(shape: object) -> _Matrix:
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(shape, matrix):
        return _IDENTITY
    return matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f


def _bounds(shape: object, matrix: _Matrix) -> tuple[_Point, _Point]:
    """Lower left and upper right corner of an object on the page."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetBounds(shape, left, bottom, right, top):
        return (0.0, 0.0), (0.0, 0.0)
    corners = [_apply(matrix, x.value, y.value) for x in (left, right) for y in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return (min(xs), min(ys)), (max(xs), max(ys))


def _times(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _apply(matrix: _Matrix, x: float, y: float) -> _Point:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def _upright(turn: int, left: float, bottom: float, right: float, top: float) -> _Transform:
    """Page coordinates (y up, from the corner of the paper) → upright ones (y down, from the top left)."""
    if turn == 90:
        return lambda x, y: (y - bottom, x - left)
    if turn == 180:
        return lambda x, y: (right - x, y - bottom)
    if turn == 270:
        return lambda x, y: (top - y, right - x)
    return lambda x, y: (x - left, top - y)


def _character(code: int) -> str | None:
    """The character of a glyph; None when the font maps it nowhere (private use, U+FFFD, controls)."""
    if code in (0xFFFD, 0xFFFE, 0) or 0xE000 <= code < 0xF900 or code > 0x10FFFF:
        return None
    character = chr(code)
    if 0x2E80 <= code < 0x2F00:
        return character.translate(_RADICALS)
    if 0x2F00 <= code < 0x2FE0 or 0xF900 <= code < 0xFB00:
        return unicodedata.normalize("NFKC", character)
    return " " if code < 0x20 or code in (0xA0, 0x3000) else character
