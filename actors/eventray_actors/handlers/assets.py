"""The JavaScript and the data that belong to the package."""

from functools import cache
from importlib.resources import files

OWN_LINES = 50_000
"""Lines from here on in a position are the runtime's; a handler has at most 32,768 characters."""

_RUNTIME = (
    "invocation", "identifiers", "text", "xml", "calendar", "zones", "patterns", "parsing", "time",
    "dynamodb", "expressions", "dynamodb_module", "rds", "rds_statements", "transform", "modules", "call",
    "harden",
)  # fmt: skip

_COMPILER = ("lint_rules", "scopes", "compiler")


def _read(name: str) -> str:
    return (files(__package__) / "js" / name).read_text("utf-8")


def _joined(names: tuple[str, ...], last: str) -> str:
    body = "\n".join(_read(f"{name}.js") for name in names)
    return "\n" * OWN_LINES + f'(function () {{\n"use strict";\n{body}\n{last}\n}})();'


@cache
def runtime_script() -> str:
    """What a handler's context is made of. Its entries are globals until `harden` takes them away."""
    entries = "{ load, call, describeExports, takeZones, harden }"
    return _joined(_RUNTIME, f"const entries = {entries};\nObject.assign(globalThis, entries);")


@cache
def compiler_script() -> str:
    """The parser, and what judges and rewrites code by what the modules have. It leaves `prepare`."""
    body = _joined(
        (*_RUNTIME, *_COMPILER), "const entries = { prepare };\nObject.assign(globalThis, entries);"
    )
    return f"{_read('vendor/acorn/acorn.js')}\n{body}"


@cache
def time_zones() -> str:
    """The table of time zones; `time_zones.py` says what is in it."""
    return _read("data/time_zones.txt")
