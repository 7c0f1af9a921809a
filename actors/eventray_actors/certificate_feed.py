"""Keeps what gateways show up to date: the directory's errand to its source of certificates."""

import asyncio
import logging
from collections.abc import Callable

from eventray_core.certificates import Certificates, ServerCertificate
from eventray_core.link.envelopes import CertificatesChanged
from eventray_core.link.session import encode
from eventray_core.ports import CertificateSource

_log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class CertificateFeed:
    """Joins the source's certificates and the imported ones.

    `announce` gets the envelope for all gateways whenever they have changed.
    """

    def __init__(self, source: CertificateSource, announce: Callable[[bytes], None]) -> None:
        self._source = source
        self._announce = announce
        self._of_source: Certificates | None = None
        self._imported: tuple[ServerCertificate, ...] = ()
        self._complaint = ""
        self.envelope: bytes | None = None
        """The latest, encoded, for a gateway that joins."""

    @property
    def ca_pem(self) -> str:
        """The local authority's certificate; empty if there is none."""
        issuer = self._of_source.issuer if self._of_source is not None else None
        return "" if issuer is None else issuer.root.decode("ascii")

    async def look(self) -> None:
        """Ask the source now; raises what it raises."""
        of_source = await self._source.current()
        self._complaint = ""
        if of_source != self._of_source:
            self._of_source = of_source
            self._tell(of_source)

    def show(self, imported: tuple[ServerCertificate, ...]) -> None:
        """These, and no others, are the imported ones; they come before the source's."""
        if imported != self._imported:
            self._imported = imported
            # Before the first look there is no issuer, and nobody to tell.
            if self._of_source is not None:
                self._tell(self._of_source)

    def _tell(self, of_source: Certificates) -> None:
        certificates = Certificates(of_source.issuer, (*self._imported, *of_source.given))
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
