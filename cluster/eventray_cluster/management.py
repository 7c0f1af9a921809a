"""Finds the management API of a server, and with which access key it is called.

What imports botocore is imported when it is needed, since no other command waits for that.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from eventray_client.finding import CA_FILE, READY_FILE, read_ready_file
from eventray_cluster.client_options import UnreachableError, option, settings_of
from eventray_cluster.data_dir import ADMINISTRATOR_FILE
from eventray_cluster.errors import UsageError

if TYPE_CHECKING:
    from eventray_cluster.signed_http import SignedHttp

CONTROL_URL = "EVENTRAY_CONTROL_URL"
ACCESS_KEY_ID = "EVENTRAY_ACCESS_KEY_ID"
SECRET_ACCESS_KEY = "EVENTRAY_SECRET_ACCESS_KEY"
SESSION_TOKEN = "EVENTRAY_SESSION_TOKEN"

NO_SERVER = (
    "There is no EventRay server to talk to: start one with `eventray serve`, or name it by --control-url."
)
NO_CREDENTIALS = (
    f"There is no access key to sign with: set {ACCESS_KEY_ID} and {SECRET_ACCESS_KEY}, or AWS's variables, "
    "or name a profile by --profile or the server's ready file by --ready-file."
)
_NOT_OF_THIS_MACHINE = ("container-role", "iam-role")
"""Where botocore asks the network, which only makes sense inside AWS."""

ControlUrl = Annotated[str | None, option("URL", f"of the management API [{CONTROL_URL}]")]
Profile = Annotated[str | None, option("NAME", "of AWS's configuration, whose access key is used")]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An access key; a temporary one has a session token."""

    access_key_id: str
    secret: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Management:
    """A management API that has been found."""

    url: str
    region: str
    key: KeyPair
    ca_file: Path | None = None

    def http(self) -> "SignedHttp":
        """The way to EventRay's own operations."""
        from botocore.credentials import Credentials  # noqa: PLC0415 - see above

        from eventray_cluster.signed_http import SignedHttp  # noqa: PLC0415 - see above

        key = Credentials(self.key.access_key_id, self.key.secret, self.key.session_token)
        return SignedHttp(self.url, key, self.region, self.ca_file)


def find_management(options: Mapping[str, Any]) -> Management:
    """The management API that a command's options mean.

    Where it is tells `--control-url`, else a named ready file or data directory, else the environment, else
    the files that the settings mean. The access key is that of `--profile`, else of EventRay's variables,
    else of the file that told where the server is, else of AWS's variables and files: one server's key is
    not shown to another. Raises `UsageError` or `UnreachableError`.
    """
    information = _information(options)
    settings = settings_of(options)
    ca_file = options.get("ca_file") or os.environ.get(CA_FILE) or information.get("caFile")
    return Management(
        _checked(str(information["controlUrl"])),
        str(options.get("region") or information.get("region") or settings.region),
        _key(options, information),
        Path(ca_file) if ca_file else None,
    )


def _information(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is known of the server, at least `controlUrl`."""
    if url := options.get("control_url"):
        return {"controlUrl": url}
    settings = settings_of(options)
    of_data_dir = settings.data_dir / ADMINISTRATOR_FILE
    named = options.get("ready_file") or (of_data_dir if options.get("data_dir") else None)
    if named is not None:
        return _read(named) or _fail(f"The file {named} does not say where a server is; is one running?")
    if url := os.environ.get(CONTROL_URL):
        return {"controlUrl": url}
    files = (os.environ.get(READY_FILE), settings.ready_file, of_data_dir)
    found = (_read(Path(path)) for path in files if path)
    return next((information for information in found if information), {}) or _fail(NO_SERVER)


def _read(path: Path) -> Mapping[str, Any] | None:
    information = read_ready_file(path)
    return information if information and information.get("controlUrl") else None


def _fail(sentence: str) -> Mapping[str, Any]:
    raise UnreachableError(sentence)


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"{url!r} is not a URL that starts with http:// or https:// and names a host.")
    return url


def _key(options: Mapping[str, Any], information: Mapping[str, Any]) -> KeyPair:
    if profile := options.get("profile"):
        return _key_of_aws(profile)
    if (key_id := os.environ.get(ACCESS_KEY_ID)) is not None:
        return KeyPair(key_id, os.environ.get(SECRET_ACCESS_KEY, ""), os.environ.get(SESSION_TOKEN) or None)
    if information.get("accessKeyId"):
        return KeyPair(str(information["accessKeyId"]), str(information.get("secretAccessKey")))
    return _key_of_aws(None)


def _key_of_aws(profile: str | None) -> KeyPair:
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415 - see above
    from botocore.session import Session  # noqa: PLC0415 - see above

    try:
        resolver = Session(profile=profile).get_component("credential_provider")
        for name in _NOT_OF_THIS_MACHINE:
            resolver.remove(name)
        found = resolver.load_credentials()
    except BotoCoreError as error:
        raise UsageError(f"AWS's configuration cannot be used: {error}.") from None
    if found is None:
        raise UsageError(NO_CREDENTIALS)
    frozen = found.get_frozen_credentials()
    return KeyPair(frozen.access_key, frozen.secret_key, frozen.token)
