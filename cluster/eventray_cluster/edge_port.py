"""The port that all gateways of this machine share, and how many sockets they may have."""

import errno
import os
import resource
import socket
from dataclasses import dataclass

from eventray_cluster.errors import UsageError

ENOUGH_FILES = 1_048_576
"""More than this is not asked for, where the system sets no limit."""


class PortError(UsageError):
    """The address cannot be listened on; the text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class HeldPort:
    """A port that stays this server's while its gateways come and go.

    The socket is bound and never listens, so that it takes no connections from the gateways'.
    """

    ip: str
    port: int
    holder: socket.socket

    def release(self) -> None:
        """Let others have the port."""
        self.holder.close()


def hold_port(host: str, port: int, option: str = "--port") -> HeldPort:
    """Take the port for this server, or any free one for 0; raises `PortError` when it is taken.

    `option` is what people choose it with. Sharing a port lets a second server join in silence, so an
    unshared socket is tried first.
    """
    family, address = _resolve(host, port)
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
        holder = socket.socket(family, socket.SOCK_STREAM)
        # Without SO_REUSEADDR, which would let the probe of a second server pass.
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(address)
    except OSError as error:
        raise PortError(_sentence(host, port, option, error)) from None
    return HeldPort(address[0], holder.getsockname()[1], holder)


def _resolve(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    """The host's first address; IPv4 where there is a choice, as for `localhost`."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise PortError(f"The host {host} is not known: {error.strerror}.") from None
    family, _, _, _, address = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return family, (str(address[0]), port)


def _sentence(host: str, port: int, option: str, error: OSError) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} of {host} is taken by another program; choose another one with {option}."
        case errno.EACCES | errno.EPERM:
            return f"Port {port} of {host} is reserved for the system's administrator."
        case errno.EADDRNOTAVAIL:
            return f"This machine does not have the address {host}."
    return f"Port {port} of {host} cannot be listened on: {os.strerror(error.errno or 0)}."


def raise_open_file_limit() -> int:
    """Let this process, and those it starts, open as many files and sockets as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return soft if soft != resource.RLIM_INFINITY else ENOUGH_FILES
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # macOS allows less than it says
        return soft
    return wanted


def url_host(host: str) -> str:
    """How to write the host in a URL that this machine's programs can open."""
    bare = host.strip("[]")
    local = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(bare, bare)  # noqa: S104 - read, not bound
    return f"[{local}]" if ":" in local else local


def is_loopback(host: str) -> bool:
    """Whether only this machine's programs can reach the host."""
    bare = host.strip("[]")
    return bare in ("localhost", "::1") or bare.startswith("127.")
