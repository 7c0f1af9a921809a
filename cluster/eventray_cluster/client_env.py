"""What an app needs to know of a server, in the format of its tools."""

import enum
import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from eventray_client.server import Server
from eventray_cluster.amplify import AUTH_MODE, amplify_configuration


class EnvFormat(enum.StrEnum):
    """Who is to read it."""

    DOTENV = "dotenv"
    VITE = "vite"
    NEXT = "next"
    AMPLIFY = "amplify"
    JSON = "json"


IN_BROWSERS = frozenset({EnvFormat.VITE, EnvFormat.NEXT, EnvFormat.AMPLIFY})
"""Whose apps run in browsers, where Amplify and pages from `https` connect over TLS only."""

PREFIXES: Mapping[EnvFormat, str] = {
    EnvFormat.DOTENV: "",
    EnvFormat.VITE: "VITE_",
    EnvFormat.NEXT: "NEXT_PUBLIC_",
}
"""What makes a variable visible in a browser."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """A server as apps see it."""

    server: Server
    region: str

    def text(self, format_: EnvFormat) -> str:
        """Lines to print."""
        match format_:
            case EnvFormat.AMPLIFY:
                return amplify_configuration(self.server.http_url, self.region, self.server.api_key)
            case EnvFormat.JSON:
                return json.dumps(self._fields(), indent=2)
        prefix = PREFIXES[format_]
        variables = {f"{prefix}EVENTRAY_{_upper(name)}": value for name, value in self._fields().items()}
        return "\n".join(f"{name}={_quoted(value)}" for name, value in variables.items())

    def _fields(self) -> dict[str, str]:
        """Named so that the variables are those that the Python client and the commands read."""
        ca_file = {"caFile": str(self.server.ca_file)} if self.server.ca_file else {}
        return {
            "httpUrl": self.server.http_url,
            "realtimeUrl": self.server.realtime_url,
            "region": self.region,
            "authMode": AUTH_MODE,
            "apiKey": self.server.api_key,
            **ca_file,
        }

    def warning(self, format_: EnvFormat) -> str:
        """What will not work, in a sentence; empty if all will."""
        if format_ is EnvFormat.AMPLIFY and self.server.http_url.startswith("http:"):
            return "Amplify connects over TLS only, and this endpoint is a plain one: subscribing will fail."
        return ""


def _upper(name: str) -> str:
    return re.sub("([A-Z])", r"_\1", name).upper()


def _quoted(value: str) -> str:
    return value if shlex.quote(value) == value else json.dumps(value, ensure_ascii=False)
