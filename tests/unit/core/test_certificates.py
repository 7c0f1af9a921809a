from rich.pretty import pretty_repr

from eventray_core.certificates import Certificates, Issuer, ServerCertificate
from eventray_core.link.envelopes import CertificatesChanged

SECRET = b"-----BEGIN PRIVATE KEY-----"


def test_no_key_is_shown() -> None:
    given = ServerCertificate(("example.com", "*.example.com"), b"chain", SECRET)
    changed = CertificatesChanged(Certificates(Issuer(b"root", b"certificate", SECRET), (given,)))
    for shown in (repr(changed), str(changed), pretty_repr(changed)):
        assert "PRIVATE" not in shown
        assert "example.com" in shown
