"""The command line. Thin: each module turns arguments into calls, and results into lines or JSON.

Exit codes: 0 clean, 1 problems reported, 2 could not start.
"""

from __future__ import annotations

import sys
from collections import UserDict
from importlib import import_module
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from typer.core import TyperGroup

from archive.store.errors import StoreError
from crawler.cluster.errors import ClusterError, ShardStuck
from crawler.errors import ConfigError
from crawler.memory import calm_collector
from sites.errors import SpecError

#: Every command, the module of this package that holds it and what it is called there: a function, or an app of
#: commands of its own.
_COMMANDS: Final = {
    "demo": "demo.demo",
    "crawl": "crawling.crawl",
    "fetch": "documents.fetch",
    "serve": "serving.serve",
    "schedule": "crawling.schedule",
    "status": "status.status",
    "import": "documents.import_",
    "rebuild": "keeping.rebuild",
    "cold": "storing.cold",
    "export": "keeping.export",
    "review": "reviewing.review",
    "verify": "keeping.verify",
    "backup": "keeping.backup",
    "restore": "keeping.restore",
    "merge": "keeping.merge",
    "publish": "keeping.publish",
    "upgrade": "upgrading.upgrade",
    "doctor": "doctoring.doctor",
    "withhold": "withholding.withhold",
    "roster": "roster.app",
    "sites": "sites.app",
    "alerts": "alerts.app",
}


class _Commands(UserDict[str, Any]):
    """The commands by name. A command's module is imported when somebody asks for it: a crawl waits for no
    spreadsheets and no demo."""

    def __getitem__(self, name: str) -> object:
        place = super().__getitem__(name)
        if isinstance(place, str):
            module, attribute = place.split(".")
            found = getattr(import_module(f"{__name__}.{module}"), attribute)
            if not isinstance(found, typer.Typer):
                alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
                alone.command(name)(found)
                found = alone
            self[name] = place = typer.main.get_command(found)
            place.name = name
        return place


class _Group(TyperGroup):
    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - whatever typer gives
        super().__init__(**settings)
        self.commands = _Commands(_COMMANDS)


app = typer.Typer(
    cls=_Group,
    name="gongkai",
    help="A nightly archive of Chinese government information-disclosure annual reports (政府信息公开工作年度报告).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _tell_version(wanted: bool) -> None:
    """What an operator is asked for first when something is wrong, and what decides whether archives go together."""
    if not wanted:
        return
    from crawler.cluster.versions import own_version  # noqa: PLC0415 - reads all of the code

    own = own_version()
    typer.echo(f"gongkai {own.software} (reader {own.reader}, schema {own.schema}, code {own.code})")
    raise typer.Exit


@app.callback()
def gongkai(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which gongkai this is.")
    ] = False,
) -> None:
    """The commands are loaded when they are called."""


def main() -> None:
    """Run the command line; errors a person can mend become one line and exit code 2."""
    calm_collector()
    try:
        app()
    except (ConfigError, ClusterError, SpecError, StoreError) as error:
        Console(stderr=True, soft_wrap=True).print(f"gongkai: {error}", style="bold red", markup=False, highlight=False)
        sys.exit(1 if isinstance(error, ShardStuck) else 2)
