"""The commands `eventray certificates …`: certificates for custom domain names. They do not import Ray."""

from pathlib import Path
from typing import Annotated

import typer

from eventray_cluster.errors import UsageError
from eventray_cluster.management import Management
from eventray_cluster.management_options import add_command
from eventray_cluster.management_output import show_done, show_items, show_object

CERTIFICATES = ("eventray", "certificates")

Certificate = Annotated[
    Path, typer.Argument(metavar="CERT", help="file in PEM: the certificate, then its chain")
]
Key = Annotated[Path, typer.Argument(metavar="KEY", help="file in PEM: its private key, without a password")]
Replaced = Annotated[
    str | None, typer.Option("--replace", metavar="ARN", help="of the certificate whose place it takes")
]
Arn = Annotated[str, typer.Argument(metavar="ARN", help="the certificate's ARN or id")]

ROWS = {
    "certificateArn": "ARN",
    "domainNames": "Names",
    "notBefore": "Valid from (UTC)",
    "notAfter": "Valid until (UTC)",
    "fingerprint": "SHA-256",
    "created": "Imported (UTC)",
}
COLUMNS = {"certificateArn": "ARN", "domainNames": "Names", "notAfter": "Valid until (UTC)"}
NEXT = "Make a domain name with this ARN, and lead it to an API: see `aws appsync create-domain-name`."


def register(app: typer.Typer) -> None:
    """Add the commands, as a group of their own."""
    group = typer.Typer(
        help="Certificates for custom domain names.", no_args_is_help=True, rich_markup_mode=None
    )
    add_command(group, import_certificate, "import")
    add_command(group, list_certificates, "list")
    add_command(group, delete_certificate, "delete")
    app.add_typer(group, name="certificates")


def import_certificate(
    management: Management, certificate: Certificate, key: Key, replace: Replaced = None
) -> None:
    """Import a certificate with its key, or a renewed one in place of an earlier one."""
    body = {"certificate": _read(certificate), "privateKey": _read(key)}
    if replace is not None:
        body["certificateArn"] = replace
    answer = management.http().call("POST", *CERTIFICATES, body=body)
    show_object(answer["certificate"], ROWS, "" if replace else NEXT)


def list_certificates(management: Management) -> None:
    """Show all imported certificates."""
    show_items(management.http().items("certificates", *CERTIFICATES), COLUMNS)


def delete_certificate(management: Management, arn: Arn) -> None:
    """Delete a certificate that no domain name has any more."""
    management.http().call("DELETE", *CERTIFICATES, arn.rpartition("/")[2])
    show_done(f"certificate {arn} deleted")


def _read(file: Path) -> str:
    try:
        return file.read_bytes().decode()
    except OSError as error:
        raise UsageError(f"The file {file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The file {file} is not a text in PEM.") from None
