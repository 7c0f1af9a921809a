"""The commands `eventray iam …`: users, access keys and policies. They do not import Ray."""

import enum
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from eventray_cluster.errors import UsageError
from eventray_cluster.management import Management
from eventray_cluster.management_options import add_command
from eventray_cluster.management_output import show_done, show_items, show_object

USERS = ("eventray", "iam", "users")
STANDARD_INPUT = "-"
ONCE = "The secret is shown only now, and cannot be shown again."

User = Annotated[str, typer.Argument(metavar="USER", help="the user's name")]
KeyId = Annotated[str, typer.Argument(metavar="KEY-ID", help="the access key's id, such as AKIA…")]
Policy = Annotated[str, typer.Argument(metavar="POLICY", help="the policy's name")]
Document = Annotated[str, typer.Argument(metavar="FILE", help="IAM policy in JSON; '-' is the input")]
Force = Annotated[bool, typer.Option("--force", help="even if nobody is left who may manage users")]
Duration = Annotated[
    int | None,
    typer.Option(metavar="SECONDS", help="make a temporary key with a session token that lasts so long"),
]

USER_ROWS = {"userName": "User", "arn": "ARN", "created": "Created (UTC)"}
KEY_ROWS = {
    "accessKeyId": "Access key ID",
    "status": "Status",
    "created": "Created (UTC)",
    "expires": "Expires (UTC)",
}
NEW_KEY_ROWS = {
    "userName": "User",
    "accessKeyId": "Access key ID",
    "secretAccessKey": "Secret access key",
    "sessionToken": "Session token",
    "expires": "Expires (UTC)",
}


class Status(enum.StrEnum):
    """What an access key may be."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


def register(app: typer.Typer) -> None:
    """Add the commands, as a group of their own."""
    group = typer.Typer(
        help="Users, access keys and policies of the management API.",
        no_args_is_help=True,
        rich_markup_mode=None,
    )
    for command in (
        create_user, list_users, delete_user,
        create_access_key, list_access_keys, update_access_key, delete_access_key,
        put_user_policy, get_user_policy, list_user_policies, delete_user_policy,
    ):  # fmt: skip
        add_command(group, command)
    app.add_typer(group, name="iam")


def create_user(management: Management, user: User) -> None:
    """Make a user, who may do nothing before a policy allows it."""
    answer = management.http().call("POST", *USERS, body={"userName": user})
    show_object(answer["user"], USER_ROWS)


def list_users(management: Management) -> None:
    """Show all users."""
    show_items(management.http().items("users", *USERS), USER_ROWS)


def delete_user(management: Management, user: User) -> None:
    """Delete a user who has neither access keys nor policies any more."""
    management.http().call("DELETE", *USERS, user)
    show_done(f"user {user} deleted")


def create_access_key(management: Management, user: User, duration: Duration = None) -> None:
    """Make an access key, and show its secret this once."""
    body = {} if duration is None else {"durationSeconds": duration}
    answer = management.http().call("POST", *USERS, user, "access-keys", body=body)
    show_object(answer["accessKey"], NEW_KEY_ROWS, ONCE)


def list_access_keys(management: Management, user: User) -> None:
    """Show a user's access keys, without their secrets."""
    show_items(management.http().items("accessKeys", *USERS, user, "access-keys"), KEY_ROWS)


def update_access_key(
    management: Management,
    user: User,
    key_id: KeyId,
    status: Annotated[Status, typer.Argument(help="what it is to be")],
    force: Force = False,
) -> None:
    """Switch an access key off, or on again."""
    query = {"force": "true"} if force else {}
    body = {"status": status.value}
    management.http().call("POST", *USERS, user, "access-keys", key_id, body=body, query=query)
    show_done(f"access key {key_id} is {status.value.lower()}")


def delete_access_key(management: Management, user: User, key_id: KeyId, force: Force = False) -> None:
    """Delete an access key."""
    query = {"force": "true"} if force else {}
    management.http().call("DELETE", *USERS, user, "access-keys", key_id, query=query)
    show_done(f"access key {key_id} deleted")


def put_user_policy(
    management: Management, user: User, policy: Policy, document: Document, force: Force = False
) -> None:
    """Give a user a policy, or replace the one of that name."""
    query = {"force": "true"} if force else {}
    body = {"policyDocument": _read(document)}
    management.http().call("POST", *USERS, user, "policies", policy, body=body, query=query)
    show_done(f"user {user} has the policy {policy}")


def _read(document: str) -> str:
    try:
        if document == STANDARD_INPUT:
            return sys.stdin.buffer.read().decode()
        return Path(document).read_bytes().decode()
    except OSError as error:
        raise UsageError(f"The file {document} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The file {document} is not a text in UTF-8.") from None


def get_user_policy(management: Management, user: User, policy: Policy) -> None:
    """Print a policy document as it was put; on a terminal, with line breaks."""
    text = str(management.http().call("GET", *USERS, user, "policies", policy)["policyDocument"])
    typer.echo(json.dumps(json.loads(text), indent=2) if sys.stdout.isatty() else text.rstrip("\n"))


def list_user_policies(management: Management, user: User) -> None:
    """Show the names of a user's policies."""
    names = management.http().items("policyNames", *USERS, user, "policies")
    show_items(({"policyName": name} for name in names), {"policyName": "Policy"})


def delete_user_policy(management: Management, user: User, policy: Policy, force: Force = False) -> None:
    """Take a policy away from a user."""
    query = {"force": "true"} if force else {}
    management.http().call("DELETE", *USERS, user, "policies", policy, query=query)
    show_done(f"user {user} has no policy {policy} any more")
