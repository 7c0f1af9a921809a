"""Handlers' code: judged and made ready once, then run in a context of its own."""

from collections.abc import Sequence

import msgspec

from eventray_actors.handlers.assets import compiler_script, runtime_script, time_zones
from eventray_actors.handlers.engine import EngineContext, EngineError, EngineLimits
from eventray_actors.handlers.messages import CallSite, PreparedCode, RefusedCode, Run
from eventray_actors.handlers.positions import PositionMap
from eventray_actors.handlers.source_map import inline_source_map
from eventray_core.control.code import MAX_CODE_LENGTH, CodeError
from eventray_core.handling.answers import Fault

COMPILER_LIMITS = EngineLimits(memory_bytes=128 * 1024 * 1024, cpu_s=5.0)
"""The longest code that is allowed takes well under a second."""


class _Findings(msgspec.Struct):
    errors: tuple[CodeError, ...]
    warnings: tuple[CodeError, ...] = ()
    script: str = ""
    exports: tuple[str, ...] = ()
    calls: tuple[CallSite, ...] = ()


class _Exports(msgspec.Struct):
    forms: dict[str, str] = {}
    fault: Fault | None = None


def prepare(code: str, strict: bool, limits: EngineLimits) -> PreparedCode | RefusedCode:
    """Judge code, and make a script of it that runs in a `Program`.

    Code is evaluated once, for its exports' forms: code that fails then would fail in every call.
    """
    if len(code) > MAX_CODE_LENGTH:
        return _refused(f"The code is longer than {MAX_CODE_LENGTH} characters.")
    try:
        text = EngineContext(compiler_script(), COMPILER_LIMITS).entry("prepare")(code, strict)
    except EngineError as error:
        return _refused(f"The code cannot be read: {error.message}", "PARSER_ERROR")
    findings = msgspec.json.decode(text or "", type=_Findings)
    if findings.errors:
        return RefusedCode(findings.errors, findings.warnings)
    source_map = inline_source_map(code) or ""
    return _evaluated(findings, source_map, limits)


def _evaluated(findings: _Findings, source_map: str, limits: EngineLimits) -> PreparedCode | RefusedCode:
    try:
        exports = Program(findings.script, limits).exports()
    except EngineError as error:
        return _refused(f"The code cannot be evaluated: {error.message}")
    if exports.fault is None:
        return PreparedCode(findings.script, exports.forms, findings.calls, source_map, findings.warnings)
    place = PositionMap(findings.calls, source_map).place_of_fault(exports.fault)
    return _refused(f"The code cannot be evaluated: {exports.fault.message}", place=place or (1, 1))


def _refused(value: str, error_type: str = "LINT_ERROR", place: tuple[int, int] = (1, 1)) -> RefusedCode:
    error = CodeError(error_type=error_type, value=value, line=place[0], column=place[1], span=1)
    return RefusedCode((error,))


class Program:
    """A script in a context that it shares with no other; raises `EngineError`, after which it is used up."""

    def __init__(self, script: str, limits: EngineLimits) -> None:
        context = EngineContext(runtime_script(), limits)
        load, self._call = context.entry("load"), context.entry("call")
        self._describe = context.entry("describeExports")
        context.entry("takeZones")(time_zones())
        context.entry("harden")()
        load(script)

    def exports(self) -> _Exports:
        """What the script exports."""
        return msgspec.json.decode(self._describe() or "", type=_Exports)

    def run(self, run: Run) -> str:
        """Make one call; the answer of `call.js` as JSON text."""
        return self.call(run.path, run.mode, run.input, run.now, run.seeds)

    def call(self, path: str, mode: str, text: str, now: int, seeds: Sequence[int]) -> str:
        """As `run`."""
        answer = self._call(path, mode, text, float(now), *seeds)  # integers are cut to 32 bits
        if answer is None:
            raise EngineError("The handler gave no answer that can be read.")
        return answer
