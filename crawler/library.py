"""What the crawler knows of portals: families and site specifications, loaded once a process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from crawler.errors import ConfigError
from sites import registry
from sites.model import Family, Section, SiteSpec
from sites.reading.urls import canonical, in_scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Families by id and portals by id."""

    families: Mapping[str, Family]
    sites: Mapping[str, SiteSpec]

    @classmethod
    def load(cls, folders: Sequence[Path] = ()) -> Library:
        """Load built-in and installed families and portals, and the operator's own folders.

        Raises `SpecError` when a portal's TOML is wrong.
        """
        return cls(families=registry.load_families(), sites=registry.load_sites(folders))

    def family_of(self, section: Section) -> Family:
        """The family that reads this section."""
        return self.families[section.family]

    def named(self, ids: Sequence[str]) -> tuple[SiteSpec, ...]:
        """The portals with these ids, in the order given; `ConfigError` names unknown ones."""
        unknown = [site_id for site_id in ids if site_id not in self.sites]
        if unknown:
            choices = ", ".join(sorted(self.sites))
            raise ConfigError(f"no portal is called {', '.join(unknown)}; known portals: {choices}")
        return tuple(self.sites[site_id] for site_id in ids)

    def nightly(self, skip: Sequence[str] = ()) -> tuple[SiteSpec, ...]:
        """The portals a night crawls unasked: those a person has verified, less the skipped ones."""
        return tuple(spec for spec in self.sites.values() if spec.verified is not None and spec.id not in skip)

    def site_of(self, url: str) -> SiteSpec | None:
        """The portal whose scope holds this address, or None."""
        return next((spec for spec in self.sites.values() if in_scope(url, spec.hosts)), None)

    def section_of(self, spec: SiteSpec, url: str) -> Section | None:
        """The section an address most likely belongs to: the one whose own address or column id it
        shares, or the portal's only section.
        """
        path = urlsplit(canonical(url)).path
        best: tuple[int, Section] | None = None
        for section in spec.sections:
            folder = urlsplit(canonical(section.url)).path.rsplit("/", 1)[0]
            column = folder.rsplit("/", 1)[-1].removeprefix("col")
            if column.isdigit() and f"_{column}_" in path:
                return section
            shared = len(folder) if folder and path.startswith(folder + "/") else 0
            if shared and (best is None or shared > best[0]):
                best = (shared, section)
        if best:
            return best[1]
        return spec.sections[0] if len(spec.sections) == 1 else None
