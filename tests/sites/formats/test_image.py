"""Pictures of tables: the door without the extra, and a real page read back."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from sites.errors import Unreadable
from sites.formats import image, read
from sites.formats.pdf import read_pdf

from .paper import one_page_of_image

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 50
needs_ocr = pytest.mark.skipif(not image.is_available(), reason="the ocr extra is not installed")


def test_a_picture_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "is_available", lambda: False)
    assert image.page_reader() is None
    with pytest.raises(Unreadable, match=r"pip install 'gongkai\[ocr\]'"):
        read(PNG, name="a.png")


def test_a_scan_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "is_available", lambda: False)
    with pytest.raises(Unreadable, match=r"gongkai\[ocr\]"):
        read(one_page_of_image(), name="a.pdf")


def picture(width: int, height: int) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return out.getvalue()


@needs_ocr
def test_damaged_tiny_and_oversized_pictures_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Unreadable, match="damaged"):
        read(PNG, name="a.png")
    with pytest.raises(Unreadable, match="icon"):
        read(picture(20, 20), name="a.png")
    from sites.formats import picture as pictures

    monkeypatch.setattr(pictures, "MAX_PIXELS", 10_000)
    with pytest.raises(Unreadable, match="more than 10,000"):
        read(picture(200, 200), name="a.png")


@needs_ocr
def test_a_blank_picture_holds_no_text() -> None:
    with pytest.raises(Unreadable, match="no text"):
        read(picture(400, 300), name="a.png")


def rendered(body: bytes, page: int) -> tuple[bytes, bytes]:
    """One page of a PDF: as a PDF of its own, and as a picture at 144 dpi."""
    import pypdfium2 as pdfium

    whole = pdfium.PdfDocument(body)
    alone = pdfium.PdfDocument.new()
    alone.import_pages(whole, [page])
    pdf, png = BytesIO(), BytesIO()
    alone.save(pdf)
    whole[page].render(scale=2).to_pil().save(png, "PNG")
    return pdf.getvalue(), png.getvalue()


@needs_ocr
def test_a_real_page_read_back_from_its_picture_has_the_same_cells(shared: Path) -> None:
    pdf, png = rendered((shared / "corpus/documents/huaian-2024.pdf").read_bytes(), 4)
    printed, seen = read_pdf(pdf), read(png, name="a.png")
    assert "ocr" in seen.flags
    assert [(table.rows, table.columns) for table in seen.tables] == [
        (table.rows, table.columns) for table in printed.tables
    ]
    pairs = [
        (cell, {(other.row, other.column): other for other in theirs.cells}[cell.row, cell.column])
        for ours, theirs in zip(printed.tables, seen.tables, strict=True)
        for cell in ours.cells
    ]
    wrong = [(cell.text, other.text, other.confidence) for cell, other in pairs if cell.text != other.text]
    assert len(wrong) <= 0.05 * len(pairs), wrong
    assert not [entry for entry in wrong if entry[0].isdigit() and entry[2] > 0.8], wrong


@needs_ocr
def test_a_scanned_pdf_is_recognised_and_says_so(shared: Path) -> None:
    from PIL import Image

    _, png = rendered((shared / "corpus/documents/hongze-2023.pdf").read_bytes(), 3)
    with Image.open(BytesIO(png)) as opened:
        # The table alone on its sheet: recognising the paragraphs below would only take time.
        sheet = Image.new("L", opened.size, 255)
        sheet.paste(opened.convert("L").crop((0, 0, opened.width, 550)))
        scan = one_page_of_image(sheet.tobytes(), *sheet.size)
    extracted = read(scan, name="a.pdf")
    assert {"scanned", "ocr"} <= set(extracted.flags)
    labels = {row[2]: row[3] for row in extracted.tables[0].grid()}
    assert labels["1.信访举报投诉类申请"] == "1"
