"""TLS on links, by the cluster's own CA."""

import ssl

from eventray_core.members import LinkTls


def server_context(tls: LinkTls) -> ssl.SSLContext:
    """For the end that listens; both ends show a certificate."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.ca_file)
    context.load_cert_chain(tls.cert_file, tls.key_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(tls: LinkTls) -> ssl.SSLContext:
    """For the end that dials."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=tls.ca_file)
    context.load_cert_chain(tls.cert_file, tls.key_file)
    # Members are known by the cluster's secret and reached by address: the CA vouches, the name does not.
    context.check_hostname = False
    return context
