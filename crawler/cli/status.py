"""`gongkai status`."""

from __future__ import annotations

from rich.table import Table

from archive.store.archive import Archive
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, load, printer
from crawler.errors import ConfigError


def status(config: ConfigOption = None, archive: ArchiveOption = None, as_json: JsonOption = False) -> None:
    """Every portal's last nights: what was new, changed, and what went wrong."""
    path = load(config, archive).archive.path
    if not path.exists():
        raise ConfigError(f"{path} is not there: crawl or import something first, or name another with --archive")
    with Archive.read(path) as opened:
        rows = opened.status()
    if as_json:
        for row in rows:
            printer(True)(row)
        return
    table = Table("portal", "last run", "new", "changed", "unchanged", "walls", "problems", "pages", box=None)
    for row in rows:
        table.add_row(
            *(
                str(row[name] if row[name] is not None else "–")
                for name in ("site", "last_run", "new", "changed", "unchanged", "walls", "problems", "pages")
            )
        )
    console().print(table)
