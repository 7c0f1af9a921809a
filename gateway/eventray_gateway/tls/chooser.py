"""Which certificate a client is shown: by the name that it asks for, else by the address that it has reached.

A given certificate for the name comes first, then the local one for this machine, then one that is signed
for the name there and then. Signing costs milliseconds, and anybody may ask for any name below the suffix. So
names that are not an API's own have a place of their own, where they displace one another, and a slow supply.
"""

import ipaddress
import logging
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable

from eventray_core.catalog import Catalog
from eventray_core.certificates import Certificates, ServerCertificate
from eventray_core.dns_name import is_below, is_dns_name, matches, normalise
from eventray_gateway.tls.contexts import make_context
from eventray_gateway.tls.leaf import LeafSigner, end_of
from eventray_gateway.tls.local_names import local_names

_log = logging.getLogger(__name__)

KEPT = 256
"""Certificates of each of the two kinds; about 20 KB each."""
STRANGERS_AT_ONCE = 100
STRANGERS_PER_S = 10.0
LOOK_AT_INTERFACES_S = 5.0
LOCAL = "local authority"
STANDARD_HOSTS = ("appsync-api", "appsync-realtime-api")


class CertificateChooser:
    """The certificates of one gateway. `names` tells the machine's own, `clock` counts seconds."""

    def __init__(
        self,
        suffix: str,
        region: str,
        catalog: Callable[[], Catalog],
        names: Callable[[], tuple[str, ...]] = local_names,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._suffix = suffix
        self._standard = tuple(f"{host}.{region}.{suffix}" for host in STANDARD_HOSTS)
        self._catalog = catalog
        self._names = names
        self._clock = clock
        self._certificates = Certificates()
        self._signer: LeafSigner | None = None
        self._given: list[tuple[ServerCertificate, ssl.SSLContext]] = []
        self._local: tuple[tuple[str, ...], ssl.SSLContext] | None = None
        self._looked = 0.0
        self._known: OrderedDict[str, ssl.SSLContext] = OrderedDict()
        self._strangers: OrderedDict[str, ssl.SSLContext] = OrderedDict()
        self._supply = Supply(STRANGERS_AT_ONCE, STRANGERS_PER_S, clock)
        self.expiries: dict[str, float] = {}
        """When what is shown ends, in seconds since 1970, by name; what is signed here ends with `LOCAL`."""

    @property
    def root(self) -> bytes | None:
        """What clients may trust, in PEM; None if there is no local authority."""
        issuer = self._certificates.issuer
        return None if issuer is None else issuer.root

    def change(self, certificates: Certificates) -> None:
        """Show these from now on; connections that stand are not touched.

        Raises an error, and goes on as before, if they cannot be used; but an imported one that cannot be
        used is left out, since whoever imports one must not keep the others from being renewed.
        """
        known = dict(self._given)
        made = [(each, known.get(each) or self._made(each)) for each in certificates.given]
        given = [(each, context) for each, context in made if context is not None]
        if certificates.issuer != self._certificates.issuer:
            self._signer = None if certificates.issuer is None else LeafSigner(certificates.issuer)
            self._local = None
            self._known.clear()
            self._strangers.clear()
        self._given = given
        self._certificates = certificates
        self.expiries = self._ends()

    def _ends(self) -> dict[str, float]:
        ends = {name: end_of(each.chain) for each, _ in reversed(self._given) for name in each.names}
        issuer = self._certificates.issuer
        return ends if issuer is None else {**ends, LOCAL: end_of(issuer.certificate)}

    def _made(self, given: ServerCertificate) -> ssl.SSLContext | None:
        try:
            return self._context(given.chain + given.key)
        except ssl.SSLError as error:
            if given.is_default:
                raise
            _log.error("the certificate for %s cannot be used: %s", ", ".join(given.names), error)
            return None

    def _context(self, pem: bytes) -> ssl.SSLContext:
        context = make_context(pem)
        context.sni_callback = self._named
        return context

    def begin(self, here: str) -> ssl.SSLContext:
        """What a client is shown that names nobody, by the address at which it has reached us.

        Programs on this machine that use its loopback address get the local certificate.
        """
        certificate = self._given_for(here)
        default = next((context for each, context in self._given if each.is_default), None)
        if certificate is None and (default is None or _is_loopback(here)):
            certificate = self._own()
        return certificate or default or _nothing()

    def _own(self) -> ssl.SSLContext | None:
        """The certificate for this machine's names and addresses, which may change as it moves."""
        if self._signer is None:
            return None
        now = self._clock()
        if self._local is None or now - self._looked >= LOOK_AT_INTERFACES_S:
            self._looked = now
            names = tuple(name for name in self._names() if self._signer.may_sign(name))
            if self._local is None or self._local[0] != names:
                self._local = (names, self._context(self._signer.sign(names)))
        return self._local[1]

    def _named(self, client: ssl.SSLObject, name: str | None, begun: ssl.SSLContext) -> int | None:
        """OpenSSL's question, in the middle of a handshake."""
        try:
            context = None if name is None else self._for_name(normalise(name))
        except Exception:
            _log.exception("no certificate could be made")
            return ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        if context is not None:
            client.context = context
        return None

    def _for_name(self, name: str) -> ssl.SSLContext | None:
        return self._given_for(name) or self._local_for(name) or self._default()

    def _given_for(self, name: str) -> ssl.SSLContext | None:
        """An exact name beats a wildcard."""
        good = [(each, c) for each, c in self._given if any(matches(name, p) for p in each.names)]
        good.sort(key=lambda pair: name not in pair[0].names)
        return good[0][1] if good else None

    def _default(self) -> ssl.SSLContext | None:
        return next((context for each, context in self._given if each.is_default), None)

    def _local_for(self, name: str) -> ssl.SSLContext | None:
        own = self._own()
        if own is None or self._local is None or name in self._local[0]:
            return own
        return self._signed_for(name)

    def _signed_for(self, name: str) -> ssl.SSLContext | None:
        signer = self._signer
        if signer is None or not is_dns_name(name) or not signer.may_sign(name):
            return None
        if self._is_an_apis_own(name):
            return self._kept(self._known, name) or self._keep(self._known, name, signer)
        if not is_below(name, self._suffix):
            return None
        kept = self._kept(self._strangers, name)
        if kept is None and self._supply.take():
            kept = self._keep(self._strangers, name, signer)
        return kept

    def _is_an_apis_own(self, name: str) -> bool:
        catalog = self._catalog()
        if catalog.is_custom_domain(name):
            return True
        return name.partition(".")[2] in self._standard and catalog.by_host(name) is not None

    def _kept(self, kind: OrderedDict[str, ssl.SSLContext], name: str) -> ssl.SSLContext | None:
        context = kind.get(name)
        if context is not None:
            kind.move_to_end(name)
        return context

    def _keep(self, kind: OrderedDict[str, ssl.SSLContext], name: str, signer: LeafSigner) -> ssl.SSLContext:
        context = kind[name] = self._context(signer.sign([name]))
        if len(kind) > KEPT:
            kind.popitem(last=False)
        return context


class Supply:
    """So many at once, and so many more each second."""

    def __init__(self, most: int, per_s: float, clock: Callable[[], float]) -> None:
        self._most = float(most)
        self._per_s = per_s
        self._clock = clock
        self._left = self._most
        self._since = clock()

    def take(self) -> bool:
        """Whether there was one left."""
        now = self._clock()
        self._left = min(self._most, self._left + (now - self._since) * self._per_s)
        self._since = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _nothing() -> ssl.SSLContext:
    raise RuntimeError("there are no certificates yet")
