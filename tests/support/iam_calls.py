"""Calls about users on a control state, each applied as soon as it is answered."""

import itertools
import json
from typing import Any

from eventray_core.control.calls import Answer, Call
from eventray_core.control.facts import Facts
from eventray_core.control.iam_projection import ADMINISTRATOR_POLICY, ALLOW_ALL
from eventray_core.control.operations import match
from eventray_core.control.state import ControlState, Executed
from eventray_core.iam import IamCatalog

NOW = 1_769_860_800.25


class IamServer:
    """Users without a server: what a directory would keep, and what its gateways would know."""

    def __init__(self, facts: Facts | None = None) -> None:
        self.state = ControlState(facts or Facts())
        self.catalog = IamCatalog()
        self.now = NOW
        self._counter = itertools.count(1)

    def call(self, method: str, path: str, body: object = None, **query: str) -> Executed:
        """Make one call below `/eventray/iam/users`, and take over what it changes."""
        found = match(method, f"/eventray/iam/users{path}")
        assert found is not None, path
        text = b"" if body is None else json.dumps(body).encode()
        call = Call(
            operation=found.operation.name,
            path=found.path,
            query=tuple(query.items()),
            body=text,
            principal="",
        )
        executed = self.state.execute(call, self.now, self._random)
        self.state.apply(executed.changes)
        changed, removed = self.state.project_users(executed.touched_users)
        self.catalog.take(False, changed, removed)
        return executed

    def _random(self, size: int) -> bytes:
        return next(self._counter).to_bytes(size, "big")

    def done(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The members of the answer to a call that must succeed."""
        answer = self.call(method, path, body, **query).answer
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def refused(
        self, method: str, path: str, body: object = None, **query: str
    ) -> tuple[int, str | None, str]:
        """Status, type and message of the answer to a call that must fail and change nothing."""
        executed = self.call(method, path, body, **query)
        assert executed.answer.status >= 400, executed.answer.body
        assert not executed.changes
        assert not executed.touched_users
        return error_of(executed.answer)

    def add(self, name: str, key: bool = False, policy: str | None = None) -> str:
        """A user, its access key's id if it is to have one, a policy if it is to have one."""
        self.done("POST", "", {"userName": name})
        if policy is not None:
            self.done("POST", f"/{name}/policies/{ADMINISTRATOR_POLICY}", {"policyDocument": policy})
        made = self.done("POST", f"/{name}/access-keys")["accessKey"] if key else {"accessKeyId": ""}
        return str(made["accessKeyId"])

    def add_administrator(self, name: str) -> str:
        """A user who may do everything; the id of its key."""
        return self.add(name, True, ALLOW_ALL)


def error_of(answer: Answer) -> tuple[int, str | None, str]:
    """Status, type and message of an error."""
    return answer.status, answer.error_type, json.loads(answer.body)["message"]
