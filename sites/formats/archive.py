"""ZIP → the list of its members. Listed, never unpacked. Pure."""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Final

from sites.errors import Unreadable
from sites.formats.blocks import Body
from sites.formats.sniff import MEDIA_TYPES, extension
from sites.model import Extracted, Link

#: A bundle of a county's reports has some hundred members.
MAX_MEMBERS: Final = 5_000
#: Nothing is unpacked here, but what a person would unpack must not fill a disk.
MAX_UNPACKED: Final = 2 * 1024**3
MAX_RATIO: Final = 200

_UTF8_NAME = 0x800


def read_zip(body: bytes) -> Extracted:
    """The members as attachments without an address of their own, their names as text.

    Names are decoded as UTF-8 where the archive says so, else as GB18030 (what Chinese Windows writes),
    and cannot lead out of a folder. Flag: `listed-only`. Raises `Unreadable` for damage and bombs.
    """
    try:
        with zipfile.ZipFile(BytesIO(body)) as members:
            infos = members.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
        raise Unreadable(f"the ZIP is cut off or damaged: {error}") from error
    unpacked = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if len(infos) > MAX_MEMBERS or unpacked > MAX_UNPACKED or unpacked > MAX_RATIO * max(packed, 1024 * 1024):
        raise Unreadable(f"the ZIP would unpack to {unpacked:,} bytes in {len(infos):,} members: a bomb, not documents")
    names = [name for info in infos if not info.is_dir() and (name := member_name(info))]
    if not names:
        raise Unreadable("the ZIP is empty")
    listing = Body(flags=["listed-only"])
    for name in names:
        listing.add_text(name)
    return listing.extracted(
        media_type=MEDIA_TYPES["zip"],
        attachments=[Link(url="", name=name, kind=extension(name)) for name in names],
    )


def member_name(info: zipfile.ZipInfo) -> str:
    """The name of a member as a relative path that stays inside its folder; '' for none."""
    name = info.filename
    if not info.flag_bits & _UTF8_NAME:
        # zipfile reads names without the UTF-8 flag as cp437, which loses nothing.
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError:
            name = info.filename
    parts = [part.strip() for part in re.split(r"[/\\]+", name)]
    safe = [re.sub(r'[\x00-\x1f:*?"<>|]', "_", part) for part in parts if part not in ("", ".", "..")]
    if safe and re.fullmatch(r"[A-Za-z]_", safe[0]):
        safe = safe[1:]
    return "/".join(safe)
