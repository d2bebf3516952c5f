"""`localdigest serve`: the archive in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from localdigest.cli.options import options
from localdigest.workspace import config


@click.command()
@options("serve")
def serve(root: Path, port: int, host: str, token: bool) -> None:
    """Show the archive in the browser, with search, stars and notes that are kept in the library.

    Example: localdigest serve --port 8000
    """
    from localdigest import serve as stage

    space = config.open_workspace(root)
    server = stage.listen(space, host, port, token)
    for address in server.addresses:
        click.echo(address)
    if "?token=" in server.addresses[0]:
        click.echo("The token is told this once. Nothing is encrypted: see docs/serve.md.", err=True)
    click.echo("Ctrl-C ends it.", err=True)
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()
