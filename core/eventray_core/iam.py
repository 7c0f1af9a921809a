"""Who may manage and use EventRay with signed requests: users, their access keys and policies.

This is what every gateway holds a copy of. How users are made is in `eventray_core.control.iam`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from eventray_core.glob import Context
from eventray_core.policy import Policy, Verdict
from eventray_core.policy_conditions import REQUEST_TAG


class AccessKey(msgspec.Struct, frozen=True, kw_only=True):
    """An access key pair; a temporary one has a session token and `expires`, in seconds since 1970.

    One that is `local_only` is good only for requests to this machine that no foreign web page makes.
    """

    access_key_id: str
    secret: str
    active: bool = True
    session_token: str = ""
    expires: int | None = None
    local_only: bool = False

    def __repr__(self) -> str:
        """Without what must not be logged."""
        return f"AccessKey({self.access_key_id})"


class IamUser(msgspec.Struct, frozen=True, kw_only=True):
    """A user with everything that gateways need of them; `policies` are JSON documents by name."""

    arn: str
    access_keys: tuple[AccessKey, ...] = ()
    policies: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The last part of the ARN."""
        return self.arn.rpartition("/")[2]


class Principal(msgspec.Struct, frozen=True):
    """Who made a signed request."""

    arn: str
    account_id: str
    user_name: str
    access_key_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that is refused, in the words of an AWS front end."""

    status: int
    error_type: str
    message: str


class IamCatalog:
    """A gateway's copy of all users; asked for keys by their ids, and for decisions.

    Changes come user by user; a user's policies are compiled when first needed.
    """

    def __init__(self, users: Iterable[IamUser] = ()) -> None:
        self._users: dict[str, IamUser] = {}
        self._keys: dict[str, tuple[AccessKey, Principal]] = {}
        self._policies: dict[str, Policy] = {}
        self.take(True, users)

    def take(self, whole: bool, changed: Iterable[IamUser], removed: Iterable[str] = ()) -> None:
        """Take over changed users and the ARNs of removed ones, or a whole snapshot."""
        gone = set(self._users) if whole else set(removed)
        coming = {user.arn: user for user in changed}
        for arn in gone | set(coming):
            self._forget(arn)
        for user in coming.values():
            self._users[user.arn] = user
            for key in user.access_keys:
                self._keys[key.access_key_id] = key, principal_of(user.arn, key.access_key_id)

    def _forget(self, arn: str) -> None:
        self._policies.pop(arn, None)
        user = self._users.pop(arn, None)
        for key in user.access_keys if user else ():
            self._keys.pop(key.access_key_id, None)

    def find(self, access_key_id: str) -> tuple[AccessKey, Principal] | None:
        """The key of that id, and whose it is."""
        return self._keys.get(access_key_id)

    def authorize(
        self, principal: Principal, action: str, resources: Sequence[str], context: Context
    ) -> Refusal | None:
        """Whether the principal may do the action to all of the resources; the first that is refused.

        An action without a resource type is asked for with the resource that its refusal shall name.
        """
        facts = {**context, **principal_context(principal)}
        policy = self._policy_of(principal.arn)
        for resource in resources:
            verdict = policy.decide(action, resource, facts)
            if verdict is not Verdict.ALLOWED:
                return _access_denied(principal, action, resource, verdict)
        return None

    def _policy_of(self, arn: str) -> Policy:
        policy = self._policies.get(arn)
        if policy is None:
            user = self._users.get(arn)
            policy = Policy.of(user.policies.values()) if user else Policy()
            self._policies[arn] = policy
        return policy

    def __iter__(self) -> Iterator[IamUser]:
        return iter(self._users.values())

    def __len__(self) -> int:
        return len(self._users)


def request_context(
    now: datetime,
    region: str,
    source_ip: str,
    secure: bool,
    user_agent: str = "",
    tags: Mapping[str, str | None] | None = None,
) -> Context:
    """What policies can ask of a request besides its principal.

    `tags` are those that it sets, or with None for the value, that it only names. A fact that is not
    known is empty, and absent for policies.
    """
    found: dict[str, tuple[str, ...]] = {
        "aws:currenttime": (now.astimezone(UTC).isoformat(),),
        "aws:epochtime": (str(int(now.timestamp())),),
        "aws:requestedregion": (region,),
        "aws:securetransport": (str(secure).lower(),),
        "aws:sourceip": (source_ip,) if source_ip else (),
        "aws:tagkeys": tuple(tags or ()),
        "aws:useragent": (user_agent,) if user_agent else (),
    }
    for key, value in (tags or {}).items():
        if value is not None:
            # Tags whose keys differ in case only are the same key for policies, with several values.
            name = REQUEST_TAG + key.lower()
            found[name] = (*found.get(name, ()), value)
    return found


def principal_context(principal: Principal) -> Mapping[str, tuple[str, ...]]:
    """What policies can ask of a principal."""
    return {
        "aws:principalaccount": (principal.account_id,),
        "aws:principalarn": (principal.arn,),
        "aws:principaltype": ("User",),
        "aws:username": (principal.user_name,),
    }


def principal_of(arn: str, access_key_id: str = "") -> Principal:
    """A user as a principal."""
    return Principal(arn, arn.split(":")[4], arn.rpartition("/")[2], access_key_id)


def _access_denied(principal: Principal, action: str, resource: str, verdict: Verdict) -> Refusal:
    """AWS's sentence."""
    why = (
        "with an explicit deny in an identity-based policy"
        if verdict is Verdict.DENIED
        else f"because no identity-based policy allows the {action} action"
    )
    text = f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource} {why}"
    return Refusal(403, "AccessDeniedException", text)
