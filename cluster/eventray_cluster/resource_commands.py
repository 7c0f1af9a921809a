"""The commands `eventray apis|namespaces|keys …` for the everyday things. They do not import Ray.

Everything that there is can be done by AWS's own tools; these are for those who have none at hand.
"""

import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from eventray_cluster.errors import CommandError, UsageError
from eventray_cluster.management import Management
from eventray_cluster.management_options import Command, add_command
from eventray_cluster.management_output import show_done, show_items, show_object

APIS = ("v2", "apis")
DAY_S = 86_400
BY_KEY = [{"authType": "API_KEY"}]
EVENT_CONFIG = {
    "authProviders": BY_KEY,
    "connectionAuthModes": BY_KEY,
    "defaultPublishAuthModes": BY_KEY,
    "defaultSubscribeAuthModes": BY_KEY,
}
"""What AWS's console makes: an API for whoever has one of its keys."""

ApiArgument = Annotated[str, typer.Argument(metavar="API", help="the API's id or name")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="such as 'default'")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="the key itself: da2-…")]
Contact = Annotated[str | None, typer.Option("--contact", metavar="TEXT", help="whom to ask about it")]
Config = Annotated[
    Path | None,
    typer.Option("--event-config", metavar="FILE", help="eventConfig in JSON [one that allows API keys]"),
]
Code = Annotated[Path | None, typer.Option("--code", metavar="FILE", help="its handlers, in JavaScript")]
Days = Annotated[
    int | None, typer.Option("--days", metavar="N", min=1, max=365, help="how long it is good [7]")
]
Description = Annotated[str | None, typer.Option("--description", metavar="TEXT", help="what it is for")]
OfApi = Annotated[str | None, typer.Option("--api", metavar="API", help="its API's id or name [the oldest]")]

API_ROWS = {
    "apiId": "API ID",
    "name": "Name",
    "ownerContact": "Contact",
    "httpUrl": "HTTP",
    "realtimeUrl": "Realtime",
    "apiArn": "ARN",
    "created": "Created (UTC)",
}
API_COLUMNS = {"apiId": "API ID", "name": "Name", "httpUrl": "HTTP", "created": "Created (UTC)"}
NAMESPACE_ROWS = {
    "name": "Name",
    "channelNamespaceArn": "ARN",
    "created": "Created (UTC)",
    "lastModified": "Changed (UTC)",
    "codeHandlers": "Handlers",
}
NAMESPACE_COLUMNS = {"name": "Name", "created": "Created (UTC)", "lastModified": "Changed (UTC)"}
KEY_ROWS = {
    "id": "Key",
    "description": "Description",
    "expires": "Expires (UTC)",
    "deletes": "Deleted (UTC)",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _register(app, "apis", "APIs.", (list_apis, create_api, show_api, delete_api))
    _register(
        app,
        "namespaces",
        "Channel namespaces of an API.",
        (list_namespaces, create_namespace, show_namespace, delete_namespace),
    )
    _register(app, "keys", "API keys.", (list_keys, create_key, show_key, delete_key))


def _register(app: typer.Typer, name: str, text: str, commands: tuple[Command, ...]) -> None:
    """A group of commands, each named by the first word of its function."""
    group = typer.Typer(help=text, no_args_is_help=True, rich_markup_mode=None)
    for command in commands:
        add_command(group, command, command.__name__.partition("_")[0])
    app.add_typer(group, name=name)


# APIs


def list_apis(management: Management) -> None:
    """Show all APIs, the oldest first: that is the one without a name of its own in URLs."""
    show_items([_with_urls(management, api) for api in _apis(management)], API_COLUMNS)


def create_api(
    management: Management, name: Name, contact: Contact = None, event_config: Config = None
) -> None:
    """Make an API. It has neither namespaces nor keys before you make some."""
    config = EVENT_CONFIG if event_config is None else _json_of(event_config)
    body = {"name": name, "eventConfig": config, **({} if contact is None else {"ownerContact": contact})}
    _show_api(management, management.http().call("POST", *APIS, body=body)["api"])


def show_api(management: Management, api: ApiArgument) -> None:
    """Show an API."""
    _show_api(management, _find(management, api))


def delete_api(management: Management, api: ApiArgument) -> None:
    """Delete an API with all that belongs to it, and end its connections."""
    found = _find(management, api)
    management.http().call("DELETE", *APIS, found["apiId"])
    show_done(f"API {found['name']} ({found['apiId']}) deleted")


def _apis(management: Management) -> list[dict[str, Any]]:
    return list(management.http().items("apis", *APIS))


def _find(management: Management, wanted: str | None) -> dict[str, Any]:
    """The API of that id, else the only one of that name, else the oldest if none is wanted."""
    apis = _apis(management)
    found = apis[:1] if wanted is None else [api for api in apis if api["apiId"] == wanted]
    found = found or [api for api in apis if api["name"] == wanted]
    if not found:
        raise CommandError("There is no API." if wanted is None else f"There is no API {wanted!r}.")
    if len(found) > 1:
        raise UsageError(f"There are {len(found)} APIs named {wanted!r}: give the id of one.")
    return found[0]


def _with_urls(management: Management, api: dict[str, Any]) -> dict[str, Any]:
    """With URLs that work wherever the management API was reached, unlike the names in `dns`."""
    http_url = f"{management.url.rstrip('/')}/apis/{api['apiId']}/event"
    return {**api, "httpUrl": http_url, "realtimeUrl": f"ws{http_url.removeprefix('http')}/realtime"}


def _show_api(management: Management, api: dict[str, Any]) -> None:
    show_object(_with_urls(management, api), API_ROWS)


# Channel namespaces


def list_namespaces(management: Management, api: OfApi = None) -> None:
    """Show an API's namespaces."""
    path = _namespaces_of(management, api)
    show_items(management.http().items("channelNamespaces", *path), NAMESPACE_COLUMNS)


def create_namespace(management: Management, name: Name, api: OfApi = None, code: Code = None) -> None:
    """Make a namespace: all channels whose path begins with its name."""
    body = {"name": name, **({} if code is None else {"codeHandlers": _text_of(code)})}
    answer = management.http().call("POST", *_namespaces_of(management, api), body=body)
    show_object(answer["channelNamespace"], NAMESPACE_ROWS)


def show_namespace(management: Management, name: Name, api: OfApi = None) -> None:
    """Show a namespace."""
    answer = management.http().call("GET", *_namespaces_of(management, api), name)
    show_object(answer["channelNamespace"], NAMESPACE_ROWS)


def delete_namespace(management: Management, name: Name, api: OfApi = None) -> None:
    """Delete a namespace, and end the subscriptions to its channels."""
    management.http().call("DELETE", *_namespaces_of(management, api), name)
    show_done(f"namespace {name} deleted")


def _namespaces_of(management: Management, api: str | None) -> tuple[str, ...]:
    return (*APIS, _find(management, api)["apiId"], "channelNamespaces")


# API keys


def list_keys(management: Management, api: OfApi = None) -> None:
    """Show an API's keys; those that have expired can be made good again for 60 days."""
    show_items(management.http().items("apiKeys", *_keys_of(management, api)), KEY_ROWS)


def create_key(
    management: Management, api: OfApi = None, days: Days = None, description: Description = None
) -> None:
    """Make a key."""
    body: dict[str, Any] = {} if description is None else {"description": description}
    if days is not None:
        # Rounded down to the hour by the server, which must not make it less than a day.
        body["expires"] = int(time.time()) + days * DAY_S + (3_600 if days == 1 else 0)
    answer = management.http().call("POST", *_keys_of(management, api), body=body)
    show_object(answer["apiKey"], KEY_ROWS)


def show_key(management: Management, key: Key, api: OfApi = None) -> None:
    """Show a key."""
    keys = management.http().items("apiKeys", *_keys_of(management, api))
    found = next((found for found in keys if found["id"] == key), None)
    if found is None:
        raise CommandError("The API has no such key.")
    show_object(found, KEY_ROWS)


def delete_key(management: Management, key: Key, api: OfApi = None) -> None:
    """Delete a key, and end the connections that were made with it."""
    management.http().call("DELETE", *_keys_of(management, api), key)
    show_done("key deleted")


def _keys_of(management: Management, api: str | None) -> tuple[str, ...]:
    return ("v1", "apis", _find(management, api)["apiId"], "apikeys")


# Files


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode()
    except OSError as error:
        raise UsageError(f"The file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The file {path} is not a text in UTF-8.") from None


def _json_of(path: Path) -> Any:
    try:
        return json.loads(_text_of(path))
    except ValueError as error:
        raise UsageError(f"The file {path} is not JSON: {error}.") from None
