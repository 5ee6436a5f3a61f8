"""Families and portals: found through entry points, read from TOML, checked before the first request.

This is the one door of `sites` to packaged files. Families come from the entry points
`gongkai.families`, portals from packages named by `gongkai.portals` (every `*.toml` in them) and
from folders an operator names. What a portal file may say stands in `sites.portalfile`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from sites import portalfile
from sites.errors import SpecError
from sites.model import Family, SiteSpec

FAMILIES: Final = "gongkai.families"
PORTALS: Final = "gongkai.portals"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPortal:
    """A row of the directory: a government's home page, and its GB/T 2260 code ('' when not known)."""

    province: str
    prefecture: str
    county: str
    home: str
    region_code: str

    @property
    def name(self) -> str:
        """The name of the smallest area the row names."""
        return self.county or self.prefecture or self.province


def load_families() -> Mapping[str, Family]:
    """Every family by id. Raises `SpecError` for a broken entry point or two packages claiming one id."""
    found: dict[str, Family] = {}
    packages: dict[str, str] = {}
    for point in metadata.entry_points(group=FAMILIES):
        package = _package_of(point)
        try:
            family = point.load()()
        except (ImportError, AttributeError, TypeError) as error:
            raise SpecError(
                f"family {point.name} of package {package} cannot be loaded from {point.value}: {error}"
            ) from error
        if not isinstance(family, Family) or family.id != point.name:
            raise SpecError(
                f"{point.value} of package {package} is not a family called {point.name}: "
                "its id must be the entry point's name and it must have start, listing, extract and signs"
            )
        if family.id in found and packages[family.id] != package:
            raise SpecError(
                f"two packages define the family {family.id}: {packages[family.id]} and {package}; remove one"
            )
        found[family.id] = family
        packages[family.id] = package
    return dict(sorted(found.items()))


def load_sites(
    folders: Iterable[Path | str] = (), *, families: Mapping[str, Family] | None = None
) -> Mapping[str, SiteSpec]:
    """Every portal by id, from packages and from `folders`. Raises `SpecError` at the first that is wrong."""
    known = load_families() if families is None else families
    found: dict[str, SiteSpec] = {}
    origins: dict[str, str] = {}
    for origin, file, text in _portal_files(folders):
        site = parse_site(text, file=file, families=known)
        if site.id in found:
            raise SpecError(
                f"the portal {site.id} is defined twice: by {origins[site.id]} and by {origin}; rename or remove one",
                file=file,
                key="id",
                value=site.id,
            )
        found[site.id] = site
        origins[site.id] = f"{origin} ({file})"
    return dict(sorted(found.items()))


def parse_site(text: str, *, file: str, families: Mapping[str, Family] | None = None) -> SiteSpec:
    """A portal from its TOML. Raises `SpecError` naming `file`, key, value and choices."""
    return portalfile.parse(text, file=file, families=load_families() if families is None else families)


def directory() -> tuple[KnownPortal, ...]:
    """The known home pages of governments that have no portal file yet (or have one): facts, no promise."""
    text = resources.files("sites.portals").joinpath("directory.tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    head = lines[0]
    return tuple(KnownPortal(**dict(zip(head, line, strict=True))) for line in lines[1:])


def _portal_files(folders: Iterable[Path | str]) -> Iterator[tuple[str, str, str]]:
    """(where it came from, file, text) of every portal file, packages first."""
    for point in metadata.entry_points(group=PORTALS):
        package = _package_of(point)
        try:
            root = resources.files(point.value)
        except ImportError as error:
            raise SpecError(
                f"portal pack {point.name} of package {package} cannot be found at {point.value}: {error}"
            ) from error
        for entry in _walk(root):
            yield f"package {package}", str(entry), _read(entry)
    for folder in folders:
        path = Path(folder)
        if not path.is_dir():
            raise SpecError("no such folder of portals", file=str(path))
        for file in sorted(path.rglob("*.toml")):
            yield f"folder {path}", str(file), _read(file)


def _walk(folder: Traversable) -> Iterator[Traversable]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.name.endswith(".toml"):
            yield entry


def _read(entry: Traversable) -> str:
    try:
        return entry.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(f"cannot be read as UTF-8 text: {error}", file=str(entry)) from error


def _package_of(point: metadata.EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value.partition(":")[0]
