"""`gongkai roster`: who must report. Known from columns and reports; a CSV says the rest."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from archive.reports.roster import COLUMNS, parse_roster
from archive.store.archive import Archive
from archive.store.bodies import roster_of
from crawler.cli.options import ArchiveOption, ConfigOption, JsonOption, console, existing, load, printer
from crawler.errors import ConfigError
from sites.reading.decode import decode

app = typer.Typer(
    add_completion=False, help="The public bodies that must report, and what they came from.", no_args_is_help=True
)
#: How many bad lines an error names.
_NAMED = 20
#: A roster of all of China's bodies is a tenth of this.
_MOST_BYTES = 64 * 1024 * 1024


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=f"CSV with a header: {', '.join(COLUMNS)}.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Forget bodies of earlier rosters not in this one.")
    ] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a roster of bodies from a CSV file: whole, or, when a line is wrong, not at all."""
    loaded = load(config, archive)
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ConfigError(f"{file} has more than {_MOST_BYTES // 1024 // 1024} MB: that is no roster")
        text = decode(file.read_bytes(), "").text
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}") from error
    rows, bad = parse_roster(text, source=file.name)
    if bad:
        more = [f"and {len(bad) - _NAMED} more"] if len(bad) > _NAMED else []
        told = "\n  ".join([*(f"{file}: {one}" for one in bad[:_NAMED]), *more])
        raise ConfigError(f"nothing was imported, {len(bad)} lines are wrong:\n  {told}")
    with Archive.open(existing(loaded)) as opened:
        opened.put_roster(rows, replace=replace)
    printer(as_json)({"file": str(file), "bodies": len(rows), "replace": replace})
    if not as_json:
        console().print(f"{file}: {len(rows)} bodies")


@app.command("list")
def list_(
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV, to be completed and imported.")] = False,
    config: ConfigOption = None,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show every body with where it is known from, its parent, validity and predecessors."""
    with Archive.read(existing(load(config, archive))) as opened:
        rows = roster_of(opened.db.conn)
    if as_csv:
        out = io.StringIO()
        writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        typer.echo(out.getvalue(), nl=False)
    elif as_json:
        for row in rows:
            printer(True)(row)
    else:
        table = Table("body", "region", "level", "known from", "under", "valid", "came from", "years")
        for row in rows:
            valid = f"{row['valid_from'] or ''}–{row['valid_to'] or ''}".strip("–")
            under, before = (str(row[name]).rpartition("|")[2] for name in ("parent", "predecessor"))
            told = (
                row["name"],
                row["region_code"],
                row["level"],
                row["known_from"],
                under,
                valid,
                before,
                row["years"],
            )
            table.add_row(*map(str, told))
        console().print(table)
