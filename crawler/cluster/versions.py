"""Is this worker the same gongkai as the coordinator, and does it see the same folder?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

import archive
import crawler
import sites
from archive.store.schema import migrations
from crawler.cluster.errors import WorkerRefused
from sites.model import READER_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What must be the same everywhere: release, reader, schema, and the code itself."""

    software: str
    reader: str
    schema: str
    code: str


@cache
def own_version() -> Version:
    """This process's."""
    try:
        software = metadata.version("gongkai")
    except metadata.PackageNotFoundError:
        software = "0"
    names = [migration.name for migration in migrations._migrations]
    code = hashlib.sha256()
    for package in (archive, crawler, sites):
        root = Path(str(package.__path__[0]))
        for file in sorted(root.rglob("*.py")):
            code.update(file.relative_to(root).as_posix().encode() + b"\0" + file.read_bytes())
    return Version(software=software, reader=READER_VERSION, schema=names[-1], code=code.hexdigest()[:12])


def require_same(wanted: Version, *, who: str) -> None:
    """Raise `WorkerRefused` when this process is another gongkai than the coordinator's."""
    own = own_version()
    if own == wanted:
        return
    differing = [
        f"{name} {getattr(own, name)} instead of {getattr(wanted, name)}"
        for name in Version.__slots__
        if getattr(own, name) != getattr(wanted, name)
    ]
    raise WorkerRefused(
        f"{who} runs another gongkai ({', '.join(differing)}). Install the coordinator's version there and start the "
        "worker again."
    )


def require_folder(folder: Path, token: str, *, who: str) -> None:
    """Raise `WorkerRefused` unless this process sees the token the coordinator wrote into its folder."""
    try:
        seen = (folder / "token").read_text(encoding="utf-8")
    except OSError as error:
        seen = str(error)
    if seen != token:
        raise WorkerRefused(
            f"{who} does not see the coordinator's folder {folder} ({seen or 'empty'}). Mount the archive's folder "
            "at the same path on every machine."
        )
