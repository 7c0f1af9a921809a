import pickle
import socket
import ssl

import pytest

from eventray_client import errors
from eventray_client.errors import EventsError, Reason, RefusedError, refusal, unreachable

UNAUTHORIZED = Reason("UnauthorizedException")
BAD_KEY = Reason("UnauthorizedException", "You are not authorized to make this call.")


@pytest.mark.parametrize(
    ("reasons", "channel", "status", "kind", "sentence"),
    [
        ([BAD_KEY], "/a", 0, errors.CredentialsRefusedError, "The server does not accept these credentials."),
        ([BAD_KEY], "", 0, errors.CredentialsRefusedError, "The server does not accept these credentials."),
        ([UNAUTHORIZED], "", 0, errors.CredentialsRefusedError, "does not accept these credentials"),
        ([UNAUTHORIZED], "/a", 0, errors.ChannelRefusedError, "Channel '/a': its namespace does not exist"),
        ([Reason("Unauthorized", "no")], "/a", 0, errors.ChannelRefusedError, "Channel '/a'"),
        ([], "/a", 403, errors.ChannelRefusedError, "Channel '/a'"),
        ([], "", 401, errors.CredentialsRefusedError, "credentials"),
        (
            [UNAUTHORIZED, Reason("BadRequestException", "Invalid Channel Format")],
            "/a b",
            0,
            errors.InvalidChannelError,
            "'/a b' is not a channel",
        ),
        ([Reason("MaxSubscriptionsReachedError")], "/a", 0, errors.LimitExceededError, "MaxSubscriptions"),
        ([], "/a", 429, errors.LimitExceededError, "429"),
        ([Reason("ServiceUnavailableException", "Later.")], "/a", 0, errors.UnavailableError, "Later"),
        ([], "/a", 502, errors.UnavailableError, "502"),
        ([Reason("InvalidInputError", "too many")], "/a", 0, RefusedError, "InvalidInputError, too many."),
        ([], "/a", 404, RefusedError, "404"),
        ([], "/a", 0, RefusedError, "refused"),
    ],
)
def test_the_servers_reasons_become_one_error(
    reasons: list[Reason], channel: str, status: int, kind: type[EventsError], sentence: str
) -> None:
    error = refusal(reasons, channel, status)
    assert type(error) is kind
    assert sentence in str(error)
    if isinstance(error, RefusedError):
        assert error.error_type == (reasons[0].error_type if reasons else "")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConnectionRefusedError(111, "Connect call failed ('127.0.0.1', 1)"), "connection refused"),
        (OSError("Multiple exceptions: [Errno 111] x, [Errno 111] y"), "connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (ValueError("not HTTP: x."), "not HTTP: x"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_what_cannot_be_reached_is_named_with_the_reason(error: Exception, sentence: str) -> None:
    told = unreachable("https://host:1/event?secret=1", error)
    assert str(told) == f"The server at host:1 cannot be reached: {sentence}."


def test_a_certificate_that_is_not_trusted_comes_with_a_way_out() -> None:
    error = ssl.SSLCertVerificationError(1, "x")
    error.verify_message = "self-signed certificate"
    told = str(unreachable("wss://host/event/realtime", error))
    assert "self-signed certificate" in told
    assert "EVENTRAY_CA_FILE" in told


@pytest.mark.parametrize(
    "kind", [k for k in vars(errors).values() if isinstance(k, type) and issubclass(k, EventsError)]
)
def test_every_error_survives_pickling(kind: type[EventsError]) -> None:
    error = kind("a sentence", "Type") if issubclass(kind, RefusedError) else kind("a sentence")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.args) == (kind, "a sentence", error.args)
