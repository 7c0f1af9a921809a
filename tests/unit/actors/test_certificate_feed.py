import asyncio
import logging

import pytest

from eventray_actors.certificate_feed import CertificateFeed
from eventray_core.certificates import Certificates, Issuer, ServerCertificate
from eventray_core.link.envelopes import CertificatesChanged
from eventray_core.link.session import encode

ONE = Certificates(Issuer(b"root", b"one", b"key"))
TWO = Certificates(Issuer(b"root", b"two", b"key"), (ServerCertificate(("a.b",), b"file", b"key", True),))
IMPORTED = (ServerCertificate(("c.d",), b"imported", b"key"),)


class ScriptedSource:
    """Answers what stands in `script`, the last of it for ever."""

    def __init__(self, *script: Certificates | Exception) -> None:
        self.script = list(script)
        self.asked = 0

    async def current(self) -> Certificates:
        self.asked += 1
        answer = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def look_until(feed: CertificateFeed, source: ScriptedSource, asked: int) -> None:
    async with asyncio.timeout(5):
        looking = asyncio.create_task(feed.look_for_ever(0))
        while source.asked < asked:  # noqa: ASYNC110 - the fact is in the stand-in
            await asyncio.sleep(0)
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def test_only_changes_are_announced() -> None:
    announced: list[bytes] = []
    source = ScriptedSource(ONE, ONE, ONE, TWO)
    feed = CertificateFeed(source, announced.append)
    assert (feed.envelope, feed.ca_pem) == (None, "")
    await feed.look()
    assert feed.ca_pem == "root"
    assert feed.envelope == encode(CertificatesChanged(ONE))
    await look_until(feed, source, 10)
    assert announced == [encode(CertificatesChanged(certificates)) for certificates in (ONE, TWO)]
    assert feed.envelope == announced[-1]


async def test_the_first_look_tells_what_is_wrong() -> None:
    feed = CertificateFeed(ScriptedSource(ValueError("damaged")), lambda data: None)
    with pytest.raises(ValueError, match="damaged"):
        await feed.look()


async def test_what_is_wrong_later_is_told_once_and_the_old_ones_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    announced: list[bytes] = []
    bad, worse = OSError("bad"), OSError("worse")
    source = ScriptedSource(ONE, bad, bad, worse, worse, ONE, bad, TWO)
    feed = CertificateFeed(source, announced.append)
    await feed.look()
    with caplog.at_level(logging.ERROR):
        await look_until(feed, source, 12)
    told = [message.rpartition(": ")[2] for message in caplog.messages]
    assert told == ["bad", "worse", "bad"]
    assert len(announced) == 2


async def test_imported_ones_come_before_those_of_the_source() -> None:
    announced: list[bytes] = []
    feed = CertificateFeed(ScriptedSource(ONE, TWO), announced.append)
    feed.show(IMPORTED)
    assert announced == []
    await feed.look()
    feed.show(IMPORTED)
    await feed.look()
    feed.show(())
    wanted = [
        Certificates(ONE.issuer, IMPORTED),
        Certificates(TWO.issuer, (*IMPORTED, *TWO.given)),
        TWO,
    ]
    assert announced == [encode(CertificatesChanged(certificates)) for certificates in wanted]
    assert feed.envelope == announced[-1]
