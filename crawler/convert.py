"""Outside converters for formats that nothing here reads (.doc, .xls, .rtf).

The converter's output is kept as a WARC `conversion` record and read like any capture, so a rebuild needs
no converter and gives the same text everywhere. Programs are run without a shell, on a copy in a folder of
their own, with bounded time, memory and output.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from crawler.errors import HarvestError
from sites.formats import MEDIA_TYPES

#: Seconds: antiword takes 0.05 on a long report, LibreOffice 3 to 10 with its start.
TIMEOUT: Final = 60.0
#: Bytes a converter may write or print: the longest real report gives 2 MB of DocBook.
MAX_OUTPUT: Final = 32 * 1024 * 1024
#: Address space of a converter; LibreOffice reserves 1.5 GB at its start.
MAX_MEMORY: Final = 4 * 1024**3


class ConversionError(HarvestError):
    """A file that needs a converter stays unread. The bytes are kept all the same."""


class ConverterMissing(ConversionError):
    """No program that reads this format is installed. The message says which to install."""

    kind = "converter-missing"


class ConversionFailed(ConversionError):
    """Every installed converter gave up on the file: damaged, encrypted, or it took too long."""

    kind = "conversion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """What a converter made of a file: the body of a `conversion` record, and who made it."""

    media_type: str
    body: bytes
    tool: str
    version: str


class Errand:
    """A conversion that may be given up from another thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False

    def begun(self, process: subprocess.Popen[bytes] | None) -> None:
        """A converter is at work now, or none is any more."""
        with self._guard:
            self._process = process
            self._end()

    def give_up(self) -> None:
        """End the converter at work, and every further one as soon as it begins."""
        with self._guard:
            self._over = True
            self._end()

    def _end(self) -> None:
        if self._over and self._process is not None:
            _end(self._process)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Converter:
    """A program: the kinds it reads, how it is called, and what comes out. `arguments` gets the file and
    the folder to write to; output is what it prints, or the file of that suffix it writes."""

    name: str
    programs: tuple[str, ...]
    kinds: frozenset[str]
    arguments: Callable[[str, str, str], Sequence[str]]
    gives: Callable[[str], str]
    writes: bool = False


def _office_target(kind: str) -> str:
    return "xlsx" if kind == "xls" else "docx"


#: LibreOffice first: of the 200 numbers of a filled statutory form it keeps all, with their spans; catdoc
#: kept 177 and antiword 26 of the same file (measured on a form saved by LibreOffice; both are good on
#: plain documents). Without it the light one that brings out the most text is taken.
_OFFICE: Final = _Converter(
    name="libreoffice",
    programs=("soffice", "libreoffice"),
    kinds=frozenset({"doc", "xls", "rtf"}),
    arguments=lambda file, folder, kind: (
        f"-env:UserInstallation={Path(folder, 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        _office_target(kind),
        "--outdir",
        folder,
        file,
    ),
    gives=_office_target,
    writes=True,
)
_LIGHT: Final = (
    _Converter(
        name="antiword",
        programs=("antiword",),
        kinds=frozenset({"doc"}),
        arguments=lambda file, _folder, _kind: ("-x", "db", "-m", "UTF-8.txt", file),
        gives=lambda _kind: "docbook",
    ),
    _Converter(
        name="catdoc",
        programs=("catdoc",),
        kinds=frozenset({"doc"}),
        arguments=lambda file, _folder, _kind: ("-w", "-d", "utf-8", file),
        gives=lambda _kind: "text",
    ),
    _Converter(
        name="xls2csv",
        programs=("xls2csv",),
        kinds=frozenset({"xls"}),
        arguments=lambda file, _folder, _kind: ("-d", "utf-8", "-q", "0", file),
        gives=lambda _kind: "csv",
    ),
)
_CONVERTERS: Final = (_OFFICE, *_LIGHT)
#: antiword keeps rows and cells: catdoc must bring out so much more text to be preferred.
MORE_TEXT: Final = 1.05

_INSTALL: Final = {
    "doc": "LibreOffice (apt install libreoffice-writer-nogui), antiword or catdoc",
    "xls": "LibreOffice (apt install libreoffice-calc-nogui) or catdoc",
    "rtf": "LibreOffice (apt install libreoffice-writer-nogui)",
}

#: Kinds (of `sites.formats.sniff`) that a converter can make readable.
CONVERTIBLE: Final = frozenset(_INSTALL)


def converters_found() -> dict[str, str]:
    """The installed converters by name, each with its version ('' when it does not tell)."""
    return {
        converter.name: _version(program)
        for converter in _CONVERTERS
        if (program := _program(converter.programs)) is not None
    }


def convert(body: bytes, kind: str, errand: Errand | None = None) -> Conversion:
    """Convert a file of `kind` (`doc`, `xls`, `rtf`) with the best converter that is installed and manages it.

    Raises `ConverterMissing` with what to install, `ConversionFailed` with what each program said,
    `ValueError` for a kind that no converter reads.
    """
    if kind not in CONVERTIBLE:
        raise ValueError(f"no converter reads {kind!r}; choices: {', '.join(sorted(CONVERTIBLE))}")
    said: list[str] = []
    best: Conversion | None = None
    for converter in _CONVERTERS:
        program = _program(converter.programs)
        if kind not in converter.kinds or program is None:
            continue
        output, complaint = _run(converter, program, body, kind, errand or Errand())
        if not output.strip():
            said.append(f"{converter.name}: {complaint or 'no text came out'}")
            continue
        made = Conversion(
            media_type=MEDIA_TYPES[converter.gives(kind)],
            body=output,
            tool=converter.name,
            version=_version(program),
        )
        if converter is _OFFICE:
            return made
        if best is None or _amount(made) > MORE_TEXT * _amount(best):
            best = made
    if best is not None:
        return best
    if not said:
        raise ConverterMissing(f"a .{kind} file needs a converter: install {_INSTALL[kind]}")
    raise ConversionFailed(f"the .{kind} file could not be converted", evidence="; ".join(said))


def _amount(conversion: Conversion) -> int:
    """How much text came out: letters, digits and ideographs, tags aside."""
    text = re.sub(rb"<[^>]*>", b"", conversion.body).decode("utf-8", "replace")
    return sum(character.isalnum() for character in text)


def _program(names: Sequence[str]) -> str | None:
    return next((found for name in names if (found := shutil.which(name)) is not None), None)


def _run(converter: _Converter, program: str, body: bytes, kind: str, errand: Errand) -> tuple[bytes, str]:
    """The output, and what the program complained of. A program that fails gives no output at all:
    half a report must not pass for one."""
    with tempfile.TemporaryDirectory(prefix="gongkai-convert-") as folder:
        file = Path(folder, f"input.{kind}")
        file.write_bytes(body)
        printed = Path(folder, "printed")
        with printed.open("wb") as out, Path(folder, "complaints").open("wb+") as err:
            process = subprocess.Popen(  # noqa: S603 — a found program, fixed arguments, no shell
                [program, *converter.arguments(str(file), folder, kind)],
                cwd=folder,
                env={"PATH": os.environ.get("PATH", ""), "HOME": folder, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
            _bound(process.pid)
            errand.begun(process)
            try:
                code = process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                _end(process)
                return b"", f"took longer than {TIMEOUT:.0f} s"
            finally:
                errand.begun(None)
            err.seek(0)
            complaint = err.read(500).decode("utf-8", "replace").strip()
        result = Path(folder, f"input.{converter.gives(kind)}") if converter.writes else printed
        if code != 0 or not result.is_file():
            return b"", complaint or f"ended with code {code}"
        with result.open("rb") as source:
            output = source.read(MAX_OUTPUT + 1)
        if len(output) > MAX_OUTPUT:
            return b"", f"gave more than {MAX_OUTPUT:,} bytes"
        return output, complaint


def _bound(pid: int) -> None:
    """Bound a child's memory, file size and processor time, where the system can (Linux). Elsewhere the
    clock alone bounds it."""
    if sys.platform == "linux":
        import resource  # noqa: PLC0415 — not on every system

        for limit, value in (
            (resource.RLIMIT_AS, MAX_MEMORY),
            (resource.RLIMIT_FSIZE, 2 * MAX_OUTPUT),
            (resource.RLIMIT_CPU, int(TIMEOUT)),
        ):
            with suppress(ProcessLookupError):
                resource.prlimit(pid, limit, (value, value))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a child and what it started (LibreOffice starts a second program)."""
    if sys.platform == "win32":
        process.kill()
    else:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@cache
def _version(program: str) -> str:
    """What a program calls its version: asked once, from its own words."""
    option = {"antiword": "-h", "catdoc": "-V", "xls2csv": "-V"}.get(Path(program).name, "--version")
    try:
        asked = subprocess.run(  # noqa: S603 — a found program, a fixed argument, no shell
            [program, option], capture_output=True, timeout=TIMEOUT, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(rb"\d+(?:\.\d+)+", asked.stdout + asked.stderr)
    return found.group().decode("ascii") if found else ""
