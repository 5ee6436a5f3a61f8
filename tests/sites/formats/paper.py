"""A small PDF, DOCX and XLSX writer for tests: what the readers must understand, and nothing more."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO

_FONT = (
    b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts ["
    b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /W [1 95 500 814 939 500]"
    b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>"
    b" /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /Ascent 880 /Descent -120"
    b" /CapHeight 880 /ItalicAngle 0 /StemV 80 /FontBBox [0 -120 1000 880] >> >> ] >>"
)


class Paper:
    """Pages in points from the top left corner, as a reader thinks of them."""

    def __init__(self, width: float = 595, height: float = 842) -> None:
        self.width, self.height = width, height
        self.pages: list[list[str]] = [[]]
        self.rotate = 0
        self.compress = True

    def new_page(self) -> Paper:
        self.pages.append([])
        return self

    def text(self, x: float, base: float, words: str, size: float = 12) -> Paper:
        code = words.encode("utf-16-be").hex()
        self.pages[-1].append(f"BT /F1 {size} Tf 1 0 0 1 {x:.2f} {self.height - base:.2f} Tm <{code}> Tj ET")
        return self

    def rule(self, x0: float, y0: float, x1: float, y1: float) -> Paper:
        self.pages[-1].append(f"0.5 w {x0:.2f} {self.height - y0:.2f} m {x1:.2f} {self.height - y1:.2f} l S")
        return self

    def box(self, x0: float, y0: float, x1: float, y1: float, paint: str = "f") -> Paper:
        self.pages[-1].append(f"0.9 g {x0:.2f} {self.height - y1:.2f} {x1 - x0:.2f} {y1 - y0:.2f} re {paint} 0 g")
        return self

    def raw(self, operators: str) -> Paper:
        self.pages[-1].append(operators)
        return self

    def grid(self, xs: list[float], ys: list[float]) -> Paper:
        for y in ys:
            self.rule(xs[0], y, xs[-1], y)
        for x in xs:
            self.rule(x, ys[0], x, ys[-1])
        return self

    def table(self, xs: list[float], ys: list[float], rows: list[list[str]], size: float = 10) -> Paper:
        """A full grid with its texts."""
        self.grid(xs, ys)
        return self.cells(xs, ys, rows, size)

    def cells(self, xs: list[float], ys: list[float], rows: list[list[str]], size: float = 10) -> Paper:
        for row, texts in enumerate(rows):
            for column, words in enumerate(texts):
                if words:
                    self.text(xs[column] + 3, ys[row] + size + 3, words, size)
        return self

    def save(self) -> bytes:
        objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", _FONT]
        kids = []
        for operators in self.pages:
            stream = "\n".join(operators).encode("ascii")
            filters = b""
            if self.compress:
                stream, filters = zlib.compress(stream), b" /Filter /FlateDecode"
            objects.append(b"<< /Length %d%s >>\nstream\n%s\nendstream" % (len(stream), filters, stream))
            objects.append(
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Rotate %d /Contents %d 0 R"
                b" /Resources << /Font << /F1 3 0 R >> >> >>" % (self.width, self.height, self.rotate, len(objects))
            )
            kids.append(b"%d 0 R" % len(objects))
        objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
        return pdf_of(objects)


def pdf_of(objects: list[bytes], trailer: bytes = b"") -> bytes:
    out = bytearray(b"%PDF-1.5\n")
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, trailer, start)
    return bytes(out)


def stream(content: bytes, dictionary: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), dictionary, content)


def one_page(content: bytes, resources: bytes = b"", *more: bytes) -> bytes:
    """A PDF of one page with these operators; `more` are objects from number 5 on."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << %s >> >>" % resources
    return pdf_of(
        [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, content, *more]
    )


def one_page_of_image(pixels: bytes = b"\x00" * 100, width: int = 10, height: int = 10) -> bytes:
    """A scan: one grey picture over the whole page."""
    packed = zlib.compress(pixels)
    picture = stream(
        packed,
        b"/Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8"
        b" /Filter /FlateDecode" % (width, height),
    )
    return one_page(stream(b"q 595 0 0 842 0 0 cm /I Do Q"), b"/XObject << /I 5 0 R >>", picture)


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zipped(members: dict[str, str | bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def docx(body: str, **parts: str) -> bytes:
    members: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>",
    }
    members.update({f"word/{name}.xml": content for name, content in parts.items()})
    return zipped(members)


def p(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def tc(content: str, properties: str = "") -> str:
    inner = content if content.startswith("<") else p(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def tr(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def tbl(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def xlsx(sheet: str, strings: str = "", styles: str = "") -> bytes:
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    package = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    members: dict[str, str | bytes] = {
        "xl/workbook.xml": f'<workbook {main} {relations}><sheets><sheet name="表三" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships {package}><Relationship Id="rId1" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f"<worksheet {main}>{sheet}</worksheet>",
    }
    if strings:
        members["xl/sharedStrings.xml"] = f"<sst {main}>{strings}</sst>"
    if styles:
        members["xl/styles.xml"] = f"<styleSheet {main}>{styles}</styleSheet>"
    return zipped(members)
