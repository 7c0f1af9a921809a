"""The command `eventray`.

Ray reads the environment when it is imported, and importing it takes its time: the modules that import
it are imported when everything else is known to be right.
"""

import json
import logging
import os
import sys
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

import typer

from eventray_cluster import (
    backup_commands,
    certificate_commands,
    client_commands,
    handler_commands,
    iam_commands,
    resource_commands,
    template_commands,
)
from eventray_cluster.edge_port import raise_open_file_limit
from eventray_cluster.ending import Ending
from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.logging_setup import LogSettings, configure_logging
from eventray_cluster.preflight import check_ready_file, check_tls, claim, ray_address_of
from eventray_cluster.ray_environment import keep_temporary_files_in, prepare_ray_environment
from eventray_cluster.secret_settings import forget_secrets, without_option
from eventray_cluster.settings import CONFIG_VARIABLE, ENV_PREFIX, Settings, load_settings
from eventray_cluster.trust.command import register as register_trust

logger = logging.getLogger(__name__)

app = typer.Typer(
    help="A self-hosted server for AWS AppSync Events.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

Text = str | None
"""Options are checked by `settings.py`, the same for all places where they can be given."""


def _option(meta: str, text: str) -> Any:
    return typer.Option(metavar=meta, help=text, show_default=False)


Config = Annotated[Path | None, _option("FILE", f"settings file in TOML [{CONFIG_VARIABLE}; eventray.toml]")]
DataDir = Annotated[Text, _option("DIR", "where APIs and keys are kept [~/.local/share/eventray]")]
Address = Annotated[Text, _option("HOST:PORT", "Ray cluster to join, or 'auto' [a private Ray is started]")]
LogLevelOption = Annotated[Text, _option("LEVEL", "DEBUG, INFO, WARNING or ERROR [INFO]")]


def _show_version(wanted: bool) -> None:
    if wanted:
        try:
            typer.echo(f"eventray {version('eventray')}")
        except PackageNotFoundError:
            typer.echo("eventray, not installed")
        raise typer.Exit


@app.callback()
def eventray(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    """A self-hosted server for AWS AppSync Events."""


@app.command()
def serve(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    config: Config = None,
    host: Annotated[Text, _option("HOST", "address to listen on [127.0.0.1]")] = None,
    port: Annotated[Text, _option("PORT", "port to listen on, 0 for a free one [8080]")] = None,
    tls_port: Annotated[Text, _option("PORT", "port for TLS [8443; with --port 0 a free one]")] = None,
    no_tls: Annotated[bool | None, typer.Option("--no-tls", help="without the port for TLS")] = None,
    domain_suffix: Annotated[
        Text, _option("DOMAIN", "names below it get certificates from the local authority [localhost]")
    ] = None,
    public_url: Annotated[Text, _option("URL", "where others reach the server [its own port]")] = None,
    account_id: Annotated[Text, _option("DIGITS", "AWS account to present [000000000000]")] = None,
    tls_cert: Annotated[Text, _option("FILE", "certificate of your own, with its chain, in PEM")] = None,
    tls_key: Annotated[Text, _option("FILE", "its private key, in PEM")] = None,
    data_dir: DataDir = None,
    gateways: Annotated[Text, _option("N", "processes that end client connections [1]")] = None,
    shards: Annotated[Text, _option("N", "processes that own channels [2]")] = None,
    address: Address = None,
    ready_file: Annotated[Text, _option("FILE", "JSON to write when the server is ready")] = None,
    log_level: LogLevelOption = None,
    log_format: Annotated[Text, _option("FORMAT", "text or json [text]")] = None,
    region: Annotated[Text, _option("REGION", "AWS region to present [us-east-1]")] = None,
    no_dashboard: Annotated[
        bool | None, typer.Option("--no-dashboard", help="without Ray's dashboard")
    ] = None,
    dev: Annotated[
        bool | None, typer.Option("--dev", help="let anybody on this machine manage it, with the key 'test'")
    ] = None,
    database: Annotated[
        Text, _option("URL", "PostgreSQL to keep the data in [SQLite in the data directory]")
    ] = None,
    database_file: Annotated[Text, _option("FILE", "file that holds that URL")] = None,
    encryption_key_file: Annotated[
        Text, _option("FILE", "key for stored secrets [DIR/encryption.key]")
    ] = None,
    init: Annotated[
        bool | None, typer.Option("--init", help="with --address: make the data of a new cluster")
    ] = None,
) -> None:
    """Run the server in the foreground until Ctrl-C.

    Each option is also a variable EVENTRAY_<OPTION> and a key of the settings file.
    """
    given = {name: value for name, value in context.params.items() if value is not None and name != "config"}
    if database is not None:
        _hide(database)
    settings, ending = load_settings(given, config), Ending()
    forget_secrets(ENV_PREFIX)
    code = _serve(settings, ending)
    ending.close()
    logging.shutdown()
    os._exit(code)  # what Ray would do at the interpreter's end has been done, or cannot be done


def _hide(database: str) -> None:
    """Begin again with the URL in the environment: all users and Ray's job list see the command line."""
    os.environ[f"{ENV_PREFIX}DATABASE"] = database
    arguments = without_option(sys.argv[1:], "database")
    os.execv(sys.executable, [sys.executable, "-P", "-m", "eventray_cluster.cli", *arguments])  # noqa: S606


@app.command()
def status(
    config: Config = None,
    data_dir: DataDir = None,
    address: Address = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> None:
    """Show the members of the server that runs on the data directory, or in a Ray cluster."""
    given = {"data_dir": data_dir, "address": address}
    settings = load_settings({name: value for name, value in given.items() if value is not None}, config)
    members = _members_of(settings)
    ready = bool(members) and all(member.get("ready", True) for member in members.values())
    if as_json:
        typer.echo(json.dumps({"ready": ready, "members": members}, indent=2))
    else:
        typer.echo(
            "\n".join(_line(name, member) for name, member in members.items()) or "There are no members."
        )
    raise typer.Exit(0 if ready else 1)


def _line(name: str, member: dict[str, Any]) -> str:
    """The simple ones of a member's facts."""
    facts = ", ".join(f"{key} {value}" for key, value in member.items() if isinstance(value, str | int))
    return f"{name:<20} {facts}"


def _members_of(settings: Settings) -> dict[str, dict[str, Any]]:
    address = settings.address or ray_address_of(settings.data_dir)
    if address is None:
        raise UsageError(f"No EventRay server runs on the data directory {settings.data_dir}.")
    if settings.address is None:
        prepare_ray_environment(settings.data_dir)
    from eventray_cluster.bootstrap import members_at  # noqa: PLC0415 - imports Ray

    return members_at(address)


def _serve(settings: Settings, ending: Ending) -> int:
    log = LogSettings(settings.log_level, settings.log_format)
    configure_logging(log, "serve")
    open_files = raise_open_file_limit()
    if settings.address is not None:
        return _serve_in_cluster(settings, log, ending, open_files)
    with claim(settings) as claims:
        log = replace(log, folder=claims.log_folder)
        configure_logging(log, "serve")
        prepare_ray_environment(settings.data_dir)
        keep_temporary_files_in(claims.ray_folder)
        from eventray_cluster.bootstrap import Command, serve_privately  # noqa: PLC0415 - imports Ray

        return serve_privately(Command(settings, log, ending, typer.echo, _complain, open_files), claims)


def _serve_in_cluster(settings: Settings, log: LogSettings, ending: Ending, open_files: int) -> int:
    for option, port in (("--port", settings.port), ("--tls-port", settings.wanted_tls_port)):
        if port == 0:
            raise UsageError(
                f"In a cluster all gateways share one port: {option} 0 is not possible with --address."
            )
    check_tls(settings)
    check_ready_file(settings.ready_file)
    from eventray_cluster.bootstrap import Command, serve_in_cluster  # noqa: PLC0415 - imports Ray

    return serve_in_cluster(Command(settings, log, ending, typer.echo, _complain, open_files))


client_commands.register(app)
backup_commands.register(app)
handler_commands.register(app)
iam_commands.register(app)
certificate_commands.register(app)
resource_commands.register(app)
template_commands.register(app)
register_trust(app)


def main() -> None:
    """What the script `eventray` calls."""
    try:
        app()
    except CommandError as error:
        _complain(str(error))
        sys.exit(error.code)


def _complain(text: str) -> None:
    for line in text.splitlines():
        typer.echo(f"eventray: {line}", err=True)


if __name__ == "__main__":
    main()
