"""`gongkai alerts test`."""

from __future__ import annotations

import typer

from crawler.cli.options import ConfigOption, JsonOption, console, load, printer
from crawler.errors import ConfigError
from crawler.tell import try_channels

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The channels through which an operator is told.")


@app.callback()
def alerts() -> None:
    """The channels through which an operator is told."""


@app.command("test")
def try_out(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Send a test message through every channel of [alerts] and say which ones worked."""
    loaded = load(config, None)
    tried = try_channels(loaded.alerts)
    if not tried:
        raise ConfigError(
            f"{loaded.source or 'config.toml'}: [alerts] names no channel: set command, webhook, email_to or heartbeat"
        )
    for channel, error in tried:
        printer(as_json)({"channel": channel, "worked": not error, "error": error or None})
        if not as_json:
            console().print(f"alerts.{channel}: {f'did not work: {error}' if error else 'worked'}")
    raise typer.Exit(1 if any(error for _, error in tried) else 0)
