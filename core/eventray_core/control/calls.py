"""One management call and its answer, as they travel between the gateway and the directory."""

import msgspec


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call whose caller is known and allowed.

    `path` holds the path's parameters and `query` the query's pairs in their order (a name may repeat), both
    percent-decoded. `body` is the request's body as it came. `principal` is the caller's ARN, empty for
    EventRay's own doing.
    """

    operation: str
    path: dict[str, str] = {}
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    principal: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An HTTP status and a JSON body; `error_type` is AWS's name of an error, None on success."""

    status: int
    body: bytes
    error_type: str | None = None
