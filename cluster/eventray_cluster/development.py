"""`eventray serve --dev`: an administrator whose access key everybody knows, on this machine only."""

from eventray_cluster.edge_port import is_loopback
from eventray_cluster.errors import UsageError
from eventray_cluster.settings import Settings
from eventray_core.control.iam_projection import DEVELOPMENT_KEY


def check_development(settings: Settings) -> None:
    """Refuse what would open a server to others; raises `UsageError`."""
    if not settings.dev:
        return
    if settings.address is not None:
        raise UsageError("--dev is for a server of this machine alone: it is not possible with --address.")
    if not is_loopback(settings.host):
        raise UsageError(
            f"--dev lets anybody manage the server who reaches it: with --host {settings.host} that could be "
            "anybody. Leave out one of the two."
        )


def development_rows(settings: Settings) -> dict[str, str]:
    """What people are told of it at the start."""
    if not settings.dev:
        return {}
    return {
        "Development": f"the access key {DEVELOPMENT_KEY} with the secret {DEVELOPMENT_KEY} may do everything"
    }
