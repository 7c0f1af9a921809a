"""Where links lead: `host:port`, an IPv6 host in brackets."""

from collections.abc import Awaitable, Callable

from eventray_core.ports import LinkAddress

Locate = Callable[[], Awaitable[LinkAddress]]
"""Where to dial now."""


def fixed(address: LinkAddress) -> Locate:
    """Dial always there."""

    async def locate() -> LinkAddress:
        return address

    return locate


def format_address(host: str, port: int) -> LinkAddress:
    """`host:port`, an IPv6 host in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_address(address: LinkAddress) -> tuple[str, int]:
    """The host and the port."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)
