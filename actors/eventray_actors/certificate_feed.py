"""Keeps what gateways show up to date: the directory's errand to its source of certificates."""

import asyncio
import logging
from collections.abc import Callable

from eventray_core.certificates import Certificates
from eventray_core.link.envelopes import CertificatesChanged
from eventray_core.link.session import encode
from eventray_core.ports import CertificateSource

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class CertificateFeed:
    """`announce` gets the envelope for all gateways whenever the certificates have changed."""

    def __init__(self, source: CertificateSource, announce: Callable[[bytes], None]) -> None:
        self._source = source
        self._announce = announce
        self._certificates: Certificates | None = None
        self._complaint = ""
        self.envelope: bytes | None = None
        """The latest, encoded, for a gateway that joins."""

    @property
    def ca_pem(self) -> str:
        """The local authority's certificate; empty if there is none."""
        issuer = self._certificates.issuer if self._certificates is not None else None
        return "" if issuer is None else issuer.root.decode("ascii")

    async def look(self) -> None:
        """Ask the source now; raises what it raises."""
        certificates = await self._source.current()
        self._complaint = ""
        if certificates != self._certificates:
            self._certificates = certificates
            self.envelope = encode(CertificatesChanged(certificates))
            self._announce(self.envelope)

    async def look_for_ever(self, seconds: float = LOOK_EVERY_S) -> None:
        """Ask again and again; what cannot be used is told once, and what was good before stays."""
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.look()
            except Exception as error:
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        if str(error) != self._complaint:
            self._complaint = str(error)
            _log.error("new certificates cannot be used, the old ones stay: %s", error)
