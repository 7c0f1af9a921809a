"""What the control plane knows of the server it runs in: names, ports and quotas."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Quotas:
    """AWS's default quotas (control-plane specification, section 5).

    Those for data sources and domain names are not in AWS's table of Event APIs.
    """

    apis: int = 50
    namespaces_per_api: int = 50
    auth_providers_per_api: int = 50
    api_keys_per_api: int = 50
    data_sources_per_api: int = 100
    domain_names: int = 25
    tags_per_resource: int = 50
    iam_users: int = 5_000


@dataclass(frozen=True, slots=True)
class Facts:
    """Settings that show in answers.

    The account is not one that exists at AWS, so that an ARN of EventRay's is told from one of AWS's.
    `domain_suffix` ends the host names in `dns`; `public_url` is where the outside reaches the server,
    None where that is `port` on this machine. `development` makes a well-known access key an administrator's.
    """

    region: str = "us-east-1"
    account_id: str = "000000000000"
    partition: str = "aws"
    domain_suffix: str = "localhost"
    port: int = 443
    public_url: str | None = None
    development: bool = False
    quotas: Quotas = field(default_factory=Quotas)

    def __post_init__(self) -> None:
        """Refuse values that could not stand in an ARN or a host name."""
        if len(self.account_id) != 12 or not self.account_id.isdecimal():
            raise ValueError(f"an account id has 12 digits: {self.account_id!r}")
        if self.public_url is not None and not urlsplit(self.public_url).hostname:
            raise ValueError(f"not a URL with a host: {self.public_url!r}")

    @property
    def public_port(self) -> int:
        """The port that clients connect to."""
        if self.public_url is None:
            return self.port
        url = urlsplit(self.public_url)
        return url.port or (80 if url.scheme == "http" else 443)

    def host(self, name: str) -> str:
        """A host below the domain suffix, with the port unless that is 443: `https://{host}/…` works."""
        port = self.public_port
        return f"{name}.{self.domain_suffix}" + ("" if port == 443 else f":{port}")
