"""Packs the time zone database for `util.time`, whose engine has none.

The table in `js/data` is made by hand when there is news of a zone: `python -m
eventray_actors.handlers.time_zones FOLDER VERSION > actors/eventray_actors/handlers/js/data/time_zones.txt`
with the folder of TZif files of the package `tzdata` (public domain data).

A line of the table is a zone: its names, its offsets in minutes, the index of the offset at the start of
1970, the changes since then as pairs of (index, seconds since the change before), both in base 36, and the
rule for the years after the last change in the notation of POSIX. Fields are parted by `|`.
"""

import struct
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's offsets since 1970: (seconds since 1970, offset in seconds, abbreviation), and its rule."""

    changes: tuple[tuple[int, int, str], ...]
    rule: str


def read_tzif(data: bytes) -> Zone:
    """Read a TZif file of version 2 or later (RFC 9636)."""
    first = struct.unpack(">6l", data[20:44])
    body = data[44 + _length(first, 4) :]
    counts = struct.unpack(">6l", body[20:44])
    _ut, _std, _leap, times, types, characters = counts
    body = body[44:]
    instants = struct.unpack(f">{times}q", body[: times * 8])
    indices = body[times * 8 : times * 9]
    type_table = body[times * 9 : times * 9 + types * 6]
    names = body[times * 9 + types * 6 :][:characters]
    rule = data.rstrip(b"\n").rpartition(b"\n")[2].decode()
    kinds = [_kind(type_table[i * 6 : i * 6 + 6], names) for i in range(types)]
    changes = [(-(1 << 59), *kinds[0])]
    changes += [(instant, *kinds[index]) for instant, index in zip(instants, indices, strict=True)]
    return Zone(tuple(_since_1970(changes)), rule)


def _length(counts: tuple[int, ...], size: int) -> int:
    ut, std, leap, times, types, characters = counts
    return times * size + times + types * 6 + characters + leap * (size + 4) + std + ut


def _kind(entry: bytes, names: bytes) -> tuple[int, str]:
    offset, _is_dst, start = struct.unpack(">lBB", entry)
    return offset, names[start:].split(b"\0", 1)[0].decode()


def _since_1970(changes: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    before = [change for change in changes if change[0] <= 0]
    yield (0, before[-1][1], before[-1][2])
    yield from (change for change in changes if change[0] > 0)


def pack(zones: dict[str, Zone]) -> Iterator[str]:
    """The table's lines, one for all names of the same zone."""
    names: dict[Zone, list[str]] = {}
    for name, zone in sorted(zones.items()):
        names.setdefault(zone, []).append(name)
    for zone, same in names.items():
        yield "|".join([" ".join(same), *_fields(zone)])


def _fields(zone: Zone) -> Iterable[str]:
    kinds = sorted({(offset, name) for _at, offset, name in zone.changes})
    first, *rest = zone.changes
    times = [0, *[at for at, _offset, _name in rest]]
    pairs = [
        f"{_base36(kinds.index((offset, name)))} {_base36(at - before)}"
        for before, (at, offset, name) in zip(times, rest, strict=False)
    ]
    yield " ".join(f"{offset / 60:g} {name}" for offset, name in kinds)
    yield _base36(kinds.index(first[1:]))
    yield " ".join(pairs)
    yield zone.rule


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
        if number == 0:
            return digits


def main() -> None:
    """Print the table of a folder's zones."""
    folder, version = Path(sys.argv[1]), sys.argv[2]
    names = (folder / "zones").read_text("utf-8").split()
    zones = {name: read_tzif((folder / "zoneinfo" / name).read_bytes()) for name in names}
    lines = [f"# IANA time zone database {version}, public domain; see time_zones.py", *pack(zones)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
