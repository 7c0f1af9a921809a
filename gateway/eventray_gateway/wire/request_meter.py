"""How much one HTTP request may hold: counted while it is read, refused when it is too much."""

from eventray_core.limits import Limits
from eventray_gateway.wire.edge import Rejection

MAX_HEADERS = 256
"""Each costs some hundred bytes beyond its text."""
BODY_SLACK = 65_536
"""Bodies a little over the quota pass, so that the endpoint can answer in its own words."""
_LINE_EXTRA = 4  # the colon, a space and the line's end

HEAD_TOO_LARGE = Rejection(431, "BadRequestException", "The request's headers are too large.")
BODY_TOO_LARGE = Rejection(413, "BadRequestException", "The request's body is too large.")
BAD_FRAMING = Rejection(400, "BadRequestException", "The request's body is not framed as it should be.")


class RefusedError(Exception):
    """A request that goes no further; raised inside the parser's callbacks."""

    def __init__(self, rejection: Rejection) -> None:
        super().__init__(rejection)
        self.rejection = rejection


class RequestMeter:
    """The sizes of one request after another on one connection.

    Whole fields are counted exactly. What the parser keeps to itself (an unfinished field, the extensions of
    a chunk) shows only as bytes that were fed and led to nothing, so those are bounded too.
    """

    __slots__ = (
        "_fields",
        "_fruitless",
        "_head",
        "_is_body",
        "_most",
        "_most_body",
        "_moved",
        "body",
        "declared",
    )

    def __init__(self, limits: Limits) -> None:
        self._most = limits.header_bytes
        self._most_body = limits.publish_body_bytes + BODY_SLACK
        self.begin()

    def begin(self) -> None:
        """A request has begun."""
        self.body = 0
        """Bytes of the body so far."""
        self.declared = 0
        """What its content-length promises."""
        self._head = 0
        self._fields = 0
        self._is_body = False
        self._moves()

    def _moves(self) -> None:
        self._fruitless = 0
        self._moved = True

    def add_target(self, length: int) -> None:
        """A piece of the request line."""
        self._head += length
        if self._head > self._most:
            raise RefusedError(HEAD_TOO_LARGE)

    def add_field(self, length: int) -> None:
        """One whole header or trailer: its name and value."""
        self._head += length + _LINE_EXTRA
        self._fields += 1
        if self._head > self._most or self._fields > MAX_HEADERS:
            raise RefusedError(HEAD_TOO_LARGE)

    def end_head(self) -> None:
        """All headers are there."""
        self._is_body = True
        self._moves()
        self._check_body(self.declared)

    def add_body(self, length: int) -> None:
        """A piece of the body."""
        self.body += length
        self._moves()
        self._check_body(self.body)

    def _check_body(self, length: int) -> None:
        if length > self._most_body:
            raise RefusedError(BODY_TOO_LARGE)

    def fed(self, length: int) -> None:
        """The parser has taken so many bytes, and made of them what it could."""
        if self._moved:
            self._moved = False
            return
        self._fruitless += length
        if self._fruitless > self._most:
            raise RefusedError(BAD_FRAMING if self._is_body else HEAD_TOO_LARGE)
