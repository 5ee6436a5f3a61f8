"""The command line. Thin: each module turns arguments into calls, and results into lines or JSON.

Exit codes: 0 clean, 1 problems reported, 2 could not start.
"""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from archive.store.errors import StoreError
from crawler.cli import (
    alerts,
    crawling,
    demo,
    doctoring,
    documents,
    keeping,
    reviewing,
    roster,
    serving,
    sites,
    status,
    storing,
    upgrading,
    withholding,
)
from crawler.cluster.errors import ClusterError, ShardStuck
from crawler.errors import ConfigError
from crawler.memory import calm_collector
from sites.errors import SpecError

app = typer.Typer(
    name="gongkai",
    help="A nightly archive of Chinese government information-disclosure annual reports (政府信息公开工作年度报告).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("demo")(demo.demo)
app.command("crawl")(crawling.crawl)
app.command("fetch")(documents.fetch)
app.command("serve")(serving.serve)
app.command("schedule")(crawling.schedule)
app.command("status")(status.status)
app.command("import")(documents.import_)
app.command("rebuild")(keeping.rebuild)
app.command("cold")(storing.cold)
app.command("export")(keeping.export)
app.command("review")(reviewing.review)
app.command("verify")(keeping.verify)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.command("merge")(keeping.merge)
app.command("publish")(keeping.publish)
app.command("upgrade")(upgrading.upgrade)
app.command("doctor")(doctoring.doctor)
app.command("withhold")(withholding.withhold)
app.add_typer(roster.app, name="roster")
app.add_typer(sites.app, name="sites")
app.add_typer(alerts.app, name="alerts")


def main() -> None:
    """Run the command line; errors a person can mend become one line and exit code 2."""
    calm_collector()
    try:
        app()
    except (ConfigError, ClusterError, SpecError, StoreError) as error:
        Console(stderr=True, soft_wrap=True).print(f"gongkai: {error}", style="bold red", markup=False, highlight=False)
        sys.exit(1 if isinstance(error, ShardStuck) else 2)
