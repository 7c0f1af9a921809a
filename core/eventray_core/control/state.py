"""The whole control plane as one value: what a call would change, and the state after the change.

A write goes in two steps, so that nothing is true before it is stored: `execute` says what the answer and the
changes would be, its caller stores the changes, and `apply` makes them count. Calls go one after another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from eventray_core.api import Api
from eventray_core.certificates import ServerCertificate
from eventray_core.control.calls import Answer, Call
from eventray_core.control.certificate_contents import ReadCertificate, read_no_certificate
from eventray_core.control.certificates import shown_certificates
from eventray_core.control.code import CodeError
from eventray_core.control.errors import ControlError, UnknownOperationError
from eventray_core.control.facts import Facts
from eventray_core.control.iam_projection import project_users, touched_users
from eventray_core.control.ids import RandomBytes
from eventray_core.control.invariants import check_records
from eventray_core.control.operations import BY_NAME
from eventray_core.control.projection import project
from eventray_core.control.records import (
    ApiAssociationRecord,
    ApiRecord,
    Change,
    Kind,
    NamespaceRecord,
    Put,
    decode,
)
from eventray_core.control.requests import Request
from eventray_core.control.tables import Tables
from eventray_core.iam import IamUser

_BELOW_APIS = frozenset({Kind.CHANNEL_NAMESPACE, Kind.API_KEY, Kind.DATA_SOURCE})


@dataclass(frozen=True, slots=True)
class Executed:
    """What a call comes to.

    The answer may be given once `changes` are stored and applied. `changed_apis` are the ids of APIs that
    the data plane must get anew (by `projection`, after `apply`), `removed_apis` of those it must forget.
    `touched_users` are the names of users that gateways must get anew or forget (by `project_users`).
    """

    answer: Answer
    changes: tuple[Change, ...] = ()
    changed_apis: tuple[str, ...] = ()
    removed_apis: tuple[str, ...] = ()
    touched_users: tuple[str, ...] = ()


class ControlState:
    """All records, and the rules for them. Changes only by `load` and `apply`."""

    def __init__(self, facts: Facts, read_certificate: ReadCertificate = read_no_certificate) -> None:
        self.facts = facts
        self.tables = Tables()
        self._read_certificate = read_certificate

    def load(self, records: Iterable[Put]) -> None:
        """Begin with those records, and no others; raises `msgspec.DecodeError` on one that is damaged."""
        tables = Tables()
        tables.apply(records)
        self.tables = tables

    def execute(
        self,
        call: Call,
        now: float,
        random_bytes: RandomBytes,
        code_errors: Sequence[CodeError] = (),
    ) -> Executed:
        """Judge a call, whatever is in it; the state stays as it is.

        `now` is seconds since 1970, `random_bytes` gives bytes nobody can guess (`os.urandom`). `code_errors`
        are the findings in the code that `code_to_check` found in the call.
        """
        request = Request(
            call=call,
            tables=self.tables,
            facts=self.facts,
            now=now,
            random_bytes=random_bytes,
            code_errors=code_errors,
            read_certificate=self._read_certificate,
        )
        try:
            operation = BY_NAME.get(call.operation)
            if operation is None:
                raise UnknownOperationError(f"There is no operation {call.operation}.")
            outcome = operation.handler(request)
        except ControlError as error:
            return Executed(error.answer())
        changed, removed = self._affected(outcome.changes)
        answer = Answer(status=200, body=msgspec.json.encode(outcome.members))
        return Executed(answer, outcome.changes, changed, removed, touched_users(outcome.changes))

    def apply(self, changes: Iterable[Change]) -> None:
        """Make changes count that are stored now."""
        self.tables.apply(changes)

    def _affected(self, changes: Iterable[Change]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        removed = [c.key for c in changes if c.kind is Kind.API and not isinstance(c, Put)]
        touched = dict.fromkeys(api_id for change in changes for api_id in self._apis_of(change))
        return tuple(a for a in touched if a not in removed), tuple(removed)

    def _apis_of(self, change: Change) -> list[str]:
        if change.kind is Kind.API:
            return [change.key]
        if change.kind in _BELOW_APIS:
            return [change.key.partition("/")[0]]
        if change.kind is Kind.API_ASSOCIATION:
            before = self.tables.find(ApiAssociationRecord, change.key)
            after = decode(change) if isinstance(change, Put) else None
            return [a.api_id for a in (before, after) if isinstance(a, ApiAssociationRecord)]
        return []

    def projection(self, api_id: str) -> Api | None:
        """What the data plane gets of an API; None if there is no such API."""
        api = self.tables.find(ApiRecord, api_id)
        return None if api is None else project(self.tables, api)

    def projections(self) -> tuple[Api, ...]:
        """All APIs as the data plane gets them, the oldest first."""
        return tuple(project(self.tables, api) for api in self.tables.under(ApiRecord))

    def project_users(self, names: Iterable[str] | None = None) -> tuple[list[IamUser], list[str]]:
        """Users as gateways get them, and the ARNs of those that are gone; all users without names."""
        return project_users(self.tables, self.facts, names)

    def code(self, code_hash: str) -> str | None:
        """Handler code by its hash; None if no namespace has it (any more)."""
        for namespace in self.tables.all(NamespaceRecord):
            if namespace.code_hash == code_hash and namespace.code_handlers:
                return namespace.code_handlers
        return None

    def certificates(self) -> tuple[ServerCertificate, ...]:
        """The imported certificates that gateways show, each with the domain names that it is shown for."""
        return shown_certificates(self.tables, self.facts)

    def check_invariants(self) -> None:
        """Raise if the records do not fit together."""
        check_records(self.tables)
