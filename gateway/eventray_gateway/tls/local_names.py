"""The names and addresses by which this machine is reached from near by."""

import ipaddress
import socket

import psutil

from eventray_core.dns_name import is_dns_name, normalise

ALWAYS = ("localhost", "127.0.0.1", "::1", "10.0.2.2")
"""The last is what the Android emulator calls the machine that it runs on."""


def local_names() -> tuple[str, ...]:
    """The fixed ones, the host's, and every interface's address, in an order that does not change."""
    return (*ALWAYS, *host_names(socket.gethostname()), *sorted(_interface_addresses() - {*ALWAYS}))


def host_names(name: str) -> tuple[str, ...]:
    """The host's own name, and the one that it has in multicast DNS."""
    name = normalise(name)
    label = name.partition(".")[0]
    return tuple(each for each in dict.fromkeys([name, f"{label}.local"]) if is_dns_name(each))


def _interface_addresses() -> set[str]:
    addresses = [entry.address for entries in psutil.net_if_addrs().values() for entry in entries]
    return {address for address in map(_without_zone, addresses) if _is_address(address)}


def _without_zone(address: str) -> str:
    return address.partition("%")[0]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:  # a hardware address
        return False
    return True
