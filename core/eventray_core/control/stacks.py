"""Records of deployed templates: EventRay's own operations.

    PutStack     POST   /eventray/stacks/{name}  body*, expectedVersion*  -> stack, without its body
    GetStack     GET    /eventray/stacks/{name}                           -> stack
    ListStacks   GET    /eventray/stacks?maxResults&nextToken             -> stacks, without their bodies
    DeleteStack  DELETE /eventray/stacks/{name}?expectedVersion

A stack is name, version, created, lastModified and body: a text that belongs to whoever deploys. The version
starts at 1 and grows with each change; `expectedVersion` is the version that the writer has seen, 0 for none.
"""

import re
from typing import Annotated, Any

from msgspec import UNSET, Meta

from eventray_core.control.errors import ConcurrentModificationError, InvalidRequestError, NotFoundError
from eventray_core.control.paging import page
from eventray_core.control.records import StackRecord
from eventray_core.control.requests import DONE, Outcome, Request
from eventray_core.shape import Shape

MAX_BODY_LENGTH = 1_000_000

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


class _Put(Shape, frozen=True, kw_only=True):
    body: Annotated[str, Meta(max_length=MAX_BODY_LENGTH)]
    expected_version: Annotated[int, Meta(ge=0)]


def show(stack: StackRecord, with_body: bool = False) -> dict[str, Any]:
    """The stack as answers have it."""
    members = {
        "name": stack.name,
        "version": stack.version,
        "created": stack.created,
        "lastModified": stack.last_modified,
        "body": stack.body if with_body else UNSET,
    }
    return {name: member for name, member in members.items() if member is not UNSET}


def _expect(stack: StackRecord | None, version: int) -> None:
    current = stack.version if stack else 0
    if version != current:
        raise ConcurrentModificationError(f"The stack is at version {current}, not {version}.")


def put(request: Request) -> Outcome:
    """PutStack."""
    name = request.parameter("name")
    if not _NAME.fullmatch(name):
        raise InvalidRequestError("A stack's name is a letter and up to 127 letters, digits and hyphens.")
    wanted = request.read(_Put)
    known = request.tables.find(StackRecord, name)
    _expect(known, wanted.expected_version)
    stack = StackRecord(
        name=name,
        version=wanted.expected_version + 1,
        created=known.created if known else request.timestamp,
        last_modified=request.timestamp,
        body=wanted.body,
    )
    return Outcome({"stack": show(stack)}, (stack.put(),))


def _stack_of(request: Request) -> StackRecord:
    name = request.parameter("name")
    stack = request.tables.find(StackRecord, name)
    if stack is None:
        raise NotFoundError(f"Stack {name} not found.")
    return stack


def get(request: Request) -> Outcome:
    """GetStack."""
    return Outcome({"stack": show(_stack_of(request), with_body=True)})


def list_(request: Request) -> Outcome:
    """ListStacks."""
    return page(request, "stacks", request.tables.under(StackRecord), show)


def delete(request: Request) -> Outcome:
    """DeleteStack; without `expectedVersion` whatever the version is."""
    stack = _stack_of(request)
    for text in request.values("expectedVersion"):
        if not (text.isascii() and text.isdigit() and len(text) < 20):
            raise InvalidRequestError("expectedVersion must be a whole number.")
        _expect(stack, int(text))
    return Outcome(DONE, (stack.remove(),))
