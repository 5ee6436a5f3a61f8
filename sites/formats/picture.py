"""Pictures of tables → lines and tables, by recognition. Imported only where the extra `ocr` is installed.

The rules of a form are found in the picture first; each cell is then recognised on its own, because a
detector of text lines overlooks lone digits and runs neighbouring cells together. This is the one place
in `sites` that loads a file: the recogniser's model, from its own package.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import pypdfium2 as pdfium
from PIL import Image
from rapidocr_onnxruntime import RapidOCR

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.compose import compose
from sites.formats.layout import Piece
from sites.formats.paragraphs import PageItems
from sites.formats.ruling import Edge, Grid, grids_of

#: A scanned A4 page at 600 dpi has 35 million pixels; more is a bomb or a poster.
MAX_PIXELS: Final = 40_000_000
#: Smaller pictures are icons and banners.
LEAST_SIDE: Final = 60
#: Width in pixels that pictures are brought to: about 200 dpi for a page, where a digit of a form has
#: 20 to 30 pixels. Recognition of 9-point digits fails below 12 pixels and gains nothing above 40.
WORKING_WIDTH: Final = 1_700
#: Points of a page's width, so that a picture's coordinates read like a PDF's.
PAGE_WIDTH: Final = 595.0
#: Two readings of a number that differ: a person must look.
DISPUTED: Final = 0.5
#: Lines recognised with less are dirt (stamps, photographs).
LEAST_CONFIDENCE: Final = 0.3

#: A grey picture, rows × columns, 0 black. (opencv's types are too wide to be of help.)
Grey = Any


class _Line(NamedTuple):
    """One line of text of a cell: its box in pixels."""

    left: int
    top: int
    right: int
    bottom: int


def read_picture(body: Body, data: bytes) -> PageItems:
    """The lines and tables of a picture file. Raises `Unreadable` for damaged, tiny and oversized ones."""
    return _items(body, _decoded(data))


def read_page(body: Body, page: pdfium.PdfPage) -> PageItems:
    """The lines and tables of a scanned page, rendered at the working width."""
    width, _ = page.get_size()
    bitmap = page.render(scale=min(WORKING_WIDTH / max(width, 1.0), 4.0), grayscale=True)
    return _items(body, bitmap.to_numpy().reshape(bitmap.height, -1)[:, : bitmap.width].copy())


def _decoded(body: bytes) -> Grey:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(body)) as picture:
                width, height = picture.size
                if width * height > MAX_PIXELS:
                    raise Unreadable(
                        f"the picture has {width} × {height} pixels; more than {MAX_PIXELS:,} are not read"
                    )
                if min(width, height) < LEAST_SIDE:
                    raise Unreadable(f"the picture has {width} × {height} pixels: an icon, not a table")
                if picture.mode in ("RGBA", "LA", "P"):
                    flat = picture.convert("RGBA")
                    paper = Image.new("RGBA", flat.size, "white")
                    return np.asarray(Image.alpha_composite(paper, flat).convert("L"))
                return np.asarray(picture.convert("L"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unreadable("the picture unpacks to too many pixels: a bomb") from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Unreadable(f"the picture is damaged: {error}") from error


def _items(body: Body, grey: Grey) -> PageItems:
    """The lines and tables of one picture."""
    height, width = grey.shape[:2]
    zoom = WORKING_WIDTH / width
    if zoom > 1.2 or zoom < 0.8:
        zoom = min(zoom, 3.0)
        size = (round(width * zoom), round(height * zoom))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA)
    grey = _straight(grey)
    height, width = grey.shape[:2]
    points = PAGE_WIDTH / width
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    across, down = _rules(ink)
    grids = grids_of(_edges(across, points), _edges(down, points, upright=True))
    text = cv2.subtract(
        ink, cv2.dilate(cv2.bitwise_or(across, down), cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3)))
    )
    pieces: list[Piece] = []
    rest = grey.copy()
    for grid in grids:
        left, top, right, bottom = (round(edge / points) for edge in grid.bounds)
        rest[max(top - 4, 0) : bottom + 4, max(left - 4, 0) : right + 4] = 255
        pieces.extend(_cells(grey, text, grid, points))
    pieces.extend(_elsewhere(rest, points))
    return compose(body, PAGE_WIDTH, height * points, pieces, grids)


def _straight(grey: Grey) -> Grey:
    """The picture turned so that its long lines lie level (scans stand up to a few degrees askew)."""
    ink = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)[1]
    # Only level strokes longer than a character's: the transform's time grows with every pixel of text.
    level_ink = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, (30, 1)))
    small = level_ink[::2, ::2]
    found = cv2.HoughLinesP(small, 1, np.pi / 1800, 75, minLineLength=small.shape[1] // 4, maxLineGap=15)
    if found is None:
        return grey
    angles = [np.degrees(np.arctan2(y2 - y1, x2 - x1)) for x1, y1, x2, y2 in found[:400].reshape(-1, 4)]
    level = [angle for angle in angles if abs(angle) < 5]
    if len(level) < 2:
        return grey
    askew = float(np.median(level))
    if abs(askew) < 0.05:
        return grey
    height, width = grey.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), askew, 1.0)
    return cv2.warpAffine(grey, turn, (width, height), flags=cv2.INTER_CUBIC, borderValue=255)


def _rules(ink: Grey) -> tuple[Grey, Grey]:
    """The level and the upright strokes longer than any stroke of a character."""
    width = ink.shape[1]
    across = cv2.getStructuringElement(cv2.MORPH_RECT, (max(width // 28, 40), 1))
    down = cv2.getStructuringElement(cv2.MORPH_RECT, (1, max(width // 36, 36)))
    return cv2.morphologyEx(ink, cv2.MORPH_OPEN, across), cv2.morphologyEx(ink, cv2.MORPH_OPEN, down)


def _edges(strokes: Grey, points: float, *, upright: bool = False) -> list[Edge]:
    """Strokes as rules, in points."""
    count, _, boxes, _ = cv2.connectedComponentsWithStats(strokes)
    edges: list[Edge] = []
    for left, top, width, height, _ in boxes[1:count].tolist():
        if upright and width * points <= 6:
            edges.append(Edge((left + width / 2) * points, top * points, (top + height) * points))
        elif not upright and height * points <= 6:
            edges.append(Edge((top + height / 2) * points, left * points, (left + width) * points))
    return edges


def _cells(grey: Grey, text: Grey, grid: Grid, points: float) -> Iterator[Piece]:
    """The recognised lines of every cell of a grid."""
    boxes: list[_Line] = []
    for cell in grid.cells:
        left, right = grid.xs[cell.column] / points, grid.xs[cell.column + cell.colspan] / points
        top, bottom = grid.ys[cell.row] / points, grid.ys[cell.row + cell.rowspan] / points
        boxes.extend(_lines(text, _Line(round(left) + 3, round(top) + 3, round(right) - 3, round(bottom) - 3)))
    for box, (words, confidence) in zip(boxes, _recognised(grey, boxes), strict=True):
        # Ink that could not be read is no blank cell: an empty piece leaves its doubt in the cell.
        sure = bool(words) and confidence >= LEAST_CONFIDENCE
        yield _piece(words if sure else "", confidence if sure else 0.0, box, points)


def _lines(text: Grey, cell: _Line) -> list[_Line]:
    """The lines of text in a cell: stretches of rows with ink."""
    area = text[cell.top : cell.bottom, cell.left : cell.right]
    if area.size == 0:
        return []
    rows = (area > 0).sum(axis=1)
    stretches: list[list[int]] = []
    for row, inked in enumerate(rows.tolist()):
        if inked:
            if stretches and row - stretches[-1][1] <= 3:
                stretches[-1][1] = row + 1
            else:
                stretches.append([row, row + 1])
    tallest = max((end - start for start, end in stretches), default=0)
    joined: list[list[int]] = []
    for start, end in stretches:
        # A character of level strokes (二 三 云) falls apart: its parts together are one line high.
        if joined and end - joined[-1][0] <= max(1.15 * tallest, 18) and tallest < 60:
            joined[-1][1] = end
        else:
            joined.append([start, end])
    lines: list[_Line] = []
    for start, end in joined:
        columns = (area[start:end] > 0).sum(axis=0).nonzero()[0]
        if end - start >= 4 and (area[start:end] > 0).sum() >= 12:
            left, right = int(columns[0]), int(columns[-1]) + 1
            lines.append(_Line(cell.left + left, cell.top + start, cell.left + right, cell.top + end))
    return lines


def _piece(words: str, confidence: float, box: _Line, points: float) -> Piece:
    size = (box.bottom - box.top) * points
    return Piece(
        words,
        box.left * points,
        box.right * points,
        (box.bottom - 0.12 * (box.bottom - box.top)) * points,
        size,
        confidence,
    )


def _recognised(grey: Grey, boxes: Sequence[_Line]) -> list[tuple[str, float]]:
    """Text and confidence of each box. What holds a digit is read a second time in another frame; where
    the two differ, the confidence says so."""
    first = _read(grey, boxes, margin=0.25)
    again = [index for index, (words, _) in enumerate(first) if any(map(str.isdigit, words)) or len(words) <= 2]
    second = _read(grey, [boxes[index] for index in again], margin=0.6)
    for index, (words, confidence) in zip(again, second, strict=True):
        before = first[index]
        agreed = words == before[0]
        first[index] = (before[0], min(before[1], confidence) if agreed else min(before[1], DISPUTED))
    return first


def _read(grey: Grey, boxes: Sequence[_Line], *, margin: float) -> list[tuple[str, float]]:
    """Recognise boxes, each on white paper with a margin of so many line heights."""
    pictures = []
    for box in boxes:
        crop = grey[box.top : box.bottom, box.left : box.right]
        around = max(3, round(margin * (box.bottom - box.top)))
        framed = cv2.copyMakeBorder(crop, around, around, around, around, cv2.BORDER_CONSTANT, value=255)
        pictures.append(cv2.cvtColor(framed, cv2.COLOR_GRAY2BGR))
    if not pictures:
        return []
    found, _ = _engine().text_rec(pictures)
    return [(_tidy(str(entry[0])), float(entry[1])) for entry in found]


def _elsewhere(grey: Grey, points: float) -> Iterator[Piece]:
    """The text outside the grids, by the detector of text lines."""
    found, _ = _engine()(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), use_cls=False)
    for corners, words, confidence in found or ():
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        words = _tidy(str(words))
        if words and float(confidence) >= LEAST_CONFIDENCE:
            # The detector's boxes stand a tenth of a line off the ink on every side.
            slack = 0.1 * (max(ys) - min(ys))
            box = _Line(round(min(xs)), round(min(ys) + slack), round(max(xs)), round(max(ys) - slack))
            yield _piece(words, float(confidence), box, points)


def _tidy(words: str) -> str:
    """What was recognised, without blanks beside Chinese characters; a bracket that opens full-width
    closes so (the recogniser confuses the two shapes)."""
    words = re.sub(r"(?<=[\u2e80-\uffef])\s+|\s+(?=[\u2e80-\uffef])", "", words.strip())
    return words if "(" in words or words.isascii() else words.replace(")", "）")


@cache
def _engine() -> Any:  # noqa: ANN401 — rapidocr ships no types
    """The recogniser with its model, loaded once (about one second)."""
    # Batches as wide as their widest line, not 320 pixels: most cells hold one digit. One thread: more
    # only spin while the rest of the night wants the processor.
    return RapidOCR(rec_img_shape=[3, 48, 64], rec_batch_num=16, intra_op_num_threads=1, inter_op_num_threads=1)
