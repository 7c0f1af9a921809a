"""The table of zones against Python's own reading of the same kind of data."""

import random
import struct
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from tests.support.handlers import IMPORTS, LIMITS, NOW, SEEDS, prepared

from eventray_actors.handlers.assets import time_zones
from eventray_actors.handlers.programs import Program
from eventray_actors.handlers.time_zones import Zone, pack, read_tzif

ZONES = [
    "America/New_York", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Australia/Lord_Howe", "Europe/Berlin", "Europe/Dublin",
    "Pacific/Apia", "UTC",
]  # fmt: skip


def test_every_line_of_the_table_has_its_fields() -> None:
    lines = [line for line in time_zones().splitlines() if not line.startswith("#")]
    assert len(lines) > 300
    assert {line.count("|") for line in lines} == {4}


@pytest.mark.parametrize("zone", [zone for zone in ZONES if zone in available_timezones()])
def test_offsets_are_those_of_the_zone(zone: str) -> None:
    chance = random.Random(zone)
    instants = [chance.randrange(0, 4_000_000_000) for _ in range(60)]
    code = (
        f"{IMPORTS} export const request = (ctx) => "
        f"ctx.args.map((at) => util.time.epochMilliSecondsToFormatted(at * 1000, 'xxx', '{zone}'))"
    )
    program = Program(prepared(code).script, LIMITS)
    answer = program.call("request", "value", f'{{"context":{{"stash":{{}},"args":{instants}}}}}', NOW, SEEDS)
    offsets = [datetime.fromtimestamp(at, ZoneInfo(zone)).strftime("%z") for at in instants]
    wanted = ",".join(f'\\"{offset[:3]}:{offset[3:5]}\\"' for offset in offsets)
    assert f'"value":"[{wanted}]"' in answer


def test_a_tzif_file_is_read_and_packed() -> None:
    empty = b"TZif2" + bytes(15) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
    body = (
        b"TZif2"
        + bytes(15)
        + struct.pack(">6l", 0, 0, 0, 2, 2, 8)
        + struct.pack(">2q", -5, 100)
        + b"\x01\x00"
        + struct.pack(">lBBlBB", 3600, 0, 0, 7200, 1, 4)
        + b"STD\0DST\0"
    )
    zone = read_tzif(empty + body + b"\nSTD-1\n")
    assert zone == Zone(((0, 7200, "DST"), (100, 3600, "STD")), "STD-1")
    assert list(pack({"B": zone, "A": zone})) == ["A B|60 STD 120 DST|1|0 2s|STD-1"]
