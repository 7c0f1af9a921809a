import ipaddress
import socket

import pytest

from eventray_core.dns_name import is_dns_name
from eventray_gateway.tls.local_names import host_names, local_names


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("Workshop", ("workshop", "workshop.local")),
        ("workshop.local", ("workshop.local",)),
        ("db1.example.com", ("db1.example.com", "db1.local")),
        ("my_box", ("my_box", "my_box.local")),
        ("no name", ()),
        ("", ()),
    ],
)
def test_the_hosts_names(host: str, names: tuple[str, ...]) -> None:
    assert host_names(host) == names


def test_this_machine() -> None:
    names = local_names()
    assert names[:4] == ("localhost", "127.0.0.1", "::1", "10.0.2.2")
    assert set(host_names(socket.gethostname())) <= set(names)
    for name in names:
        if not is_dns_name(name):
            ipaddress.ip_address(name)
    assert not [name for name in names if "*" in name]
    assert len(set(names)) == len(names)
    assert local_names() == names
