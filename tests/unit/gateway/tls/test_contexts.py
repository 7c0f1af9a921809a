import os
import ssl
from pathlib import Path

import pytest
from tests.support.certificates import authority

from eventray_gateway.tls.contexts import make_context
from eventray_gateway.tls.leaf import LeafSigner


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    issuer = authority(tmp_path_factory.mktemp("data")).issuer
    assert issuer is not None
    return LeafSigner(issuer).sign(["localhost"])


def test_what_it_speaks(pem: bytes) -> None:
    context = make_context(pem)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_RENEGOTIATION
    old = [cipher["name"] for cipher in context.get_ciphers() if not cipher["aead"]]
    assert old == []
    weak = [c["name"] for c in context.get_ciphers() if c["kea"] not in ("kx-ecdhe", "kx-any")]
    assert weak == []


def test_no_file_is_left_open_or_behind(pem: bytes) -> None:
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        make_context(pem)
    assert len(os.listdir("/proc/self/fd")) == before


def test_where_files_cannot_be_in_memory_only(
    pem: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    make_context(pem)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [b"", b"nonsense"])
def test_what_is_no_certificate_is_refused(wrong: bytes) -> None:
    with pytest.raises(ssl.SSLError):
        make_context(wrong)
