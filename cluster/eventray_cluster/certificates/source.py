"""What the directory asks for certificates, and how its process gets that."""

import asyncio
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eventray_cluster.certificates.folder import open_authority
from eventray_cluster.certificates.given import check_pair, read_given
from eventray_core.certificates import Certificates, Issuer, ServerCertificate
from eventray_core.dns_name import is_dns_name, normalise

LOOK_AT_AUTHORITY_S = 3_600.0

Signature = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class OpenCertificatesAt:
    """Makes the source wherever it is called; an `eventray_core.ports.OpenCertificates`.

    It names files, and holds no key: what starts actors may be seen by others.
    """

    data_dir: Path
    suffix: str = "localhost"
    certificate: Path | None = None
    key: Path | None = None

    def __call__(self) -> "FileCertificates":
        """The source; nothing is read yet."""
        return FileCertificates(self)


class FileCertificates:
    """The local authority's issuer, and the given certificate: an `eventray_core.ports.CertificateSource`.

    The authority is looked at once an hour, the given files whenever they have changed.
    """

    def __init__(self, places: OpenCertificatesAt, clock: Callable[[], float] = time.time) -> None:
        self._places = places
        self._clock = clock
        self._issuer: Issuer | None = None
        self._issuer_read = 0.0
        self._given: tuple[ServerCertificate, ...] = ()
        self._signature: Signature | None = None

    async def current(self) -> Certificates:
        """What is to be shown now; raises `DataDirectoryError` with a sentence if that cannot be told."""
        return await asyncio.get_running_loop().run_in_executor(None, self.read)

    def read(self) -> Certificates:
        """The same, in a step that blocks."""
        now = self._clock()
        moment = datetime.fromtimestamp(now, UTC)
        if self._issuer is None or not 0 <= now - self._issuer_read < LOOK_AT_AUTHORITY_S:
            places = self._places
            self._issuer = open_authority(places.data_dir, places.suffix, machine_name(), moment)
            self._issuer_read = now
        self._read_given(moment)
        return Certificates(self._issuer, self._given)

    def _read_given(self, moment: datetime) -> None:
        certificate, key = check_pair(self._places.certificate, self._places.key)
        if certificate is None or key is None:
            return
        signature = _signature(certificate, key)
        if signature is None or signature != self._signature:
            self._given = (read_given(certificate, key, moment),)
            self._signature = signature


def _signature(*files: Path) -> Signature | None:
    """Changes when a file does, or is replaced by another."""
    try:
        status = [os.stat(file) for file in files]
    except OSError:
        return None
    return tuple((each.st_mtime_ns, each.st_size, each.st_ino) for each in status)


def machine_name() -> str:
    """This machine's own name as far as it can stand in a certificate; else empty."""
    name = normalise(socket.gethostname())
    return name if is_dns_name(name) else ""
