"""What AWS's EvaluateCode gave for calls of its helpers: facts recorded by the project
localstack/appsync-utils (Apache-2.0), of which only the calls and their results are here.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.handlers import IMPORTS, LIMITS, NOW, SEEDS, prepared

from eventray_actors.handlers.programs import Program

RECORDED = json.loads(Path(__file__).with_name("recorded_on_aws.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """All calls in one program, each a handler of its own."""
    handlers = [
        f"export function h{i}(ctx) {{ return {entry['call']}; }}" for i, entry in enumerate(RECORDED)
    ]
    found = {}
    for first in range(0, len(handlers), 80):
        program = Program(prepared("\n".join([IMPORTS, *handlers[first : first + 80]])).script, LIMITS)
        for i, entry in enumerate(RECORDED[first : first + 80], first):
            text = json.dumps({"context": {"stash": {}, "result": entry.get("result")}})
            found[entry["what"]] = json.loads(program.call(f"h{i}", "value", text, NOW, SEEDS))
    return found


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: entry["what"])
def test_a_helper_gives_what_it_gives_on_aws(entry: dict[str, Any], answers: dict[str, Any]) -> None:
    answer = answers[entry["what"]]
    if "fails" in entry:
        assert (answer["fault"]["type"], answer["fault"]["message"]) == ("Code", entry["fails"])
    else:
        assert json.loads(answer["value"]) == entry["gives"]
