"""Requests made up from AWS's own description of the service, good ones and spoilt ones."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from botocore.loaders import Loader
from hypothesis import strategies as st

from eventray_core.control.operations import Operation

MODEL: Any = Loader().load_service_model("appsync", "service-2")

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
"""Any JSON value, with any characters."""

MOST_ITEMS = 3
DEPTH = 8


@dataclass(frozen=True)
class MadeUp:
    """A request that nobody would send."""

    operation: str
    method: str
    target: str
    body: bytes


def of_shape(name: str, depth: int = DEPTH) -> st.SearchStrategy[Any]:
    """Values of a shape, as good as its description tells."""
    shape = MODEL["shapes"][name]
    match shape["type"]:
        case "structure" if depth:
            return _structure(shape, depth)
        case "list" if depth:
            return st.lists(of_shape(shape["member"]["shape"], depth - 1), max_size=MOST_ITEMS)
        case "map" if depth:
            value = of_shape(shape["value"]["shape"], depth - 1)
            return st.dictionaries(of_shape(shape["key"]["shape"], 0), value, max_size=MOST_ITEMS)
        case "structure" | "map":
            return st.just({})
        case "list":
            return st.just([])
    return _simple(shape)


def _structure(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    members = {n: of_shape(m["shape"], depth - 1) for n, m in shape["members"].items() if "location" not in m}
    required = {n: s for n, s in members.items() if n in shape.get("required", ())}
    optional = {n: s for n, s in members.items() if n not in required}
    return st.fixed_dictionaries(required, optional=optional)


def _simple(shape: Any) -> st.SearchStrategy[Any]:
    match shape["type"]:
        case "string" if "enum" in shape:
            return st.sampled_from(list(shape["enum"]))
        case "string":
            return _text(shape)
        case "integer" | "long" | "timestamp":
            return st.integers(-(2**63), 2**63 - 1) | st.integers(
                shape.get("min", 0), shape.get("max", 2**40)
            )
        case "boolean":
            return st.booleans()
    return st.text(max_size=30)


def _text(shape: Any) -> st.SearchStrategy[str]:
    """Mostly what the shape's pattern says, sometimes what somebody might try."""
    longest = min(shape.get("max", 30), 60)
    odd = ["news", "worker", "a b", "", "/", "../..", "%2F", "\x00", "\ud800", "events.example.com"]
    free = st.text(min_size=shape.get("min", 0), max_size=longest) | st.sampled_from(odd)
    if "pattern" not in shape:
        return free
    fitting = st.from_regex(f"\\A(?:{shape['pattern']})\\Z").filter(lambda text: len(text) <= longest)
    return st.integers(0, 9).flatmap(lambda n: fitting if n else free)


@st.composite
def requests(draw: st.DrawFn, operation: Operation, known: dict[str, list[str]]) -> MadeUp:
    """A request for the operation: by the book, with members that are anything, or with any body.

    Parameters of the path are often those of things that exist: `known` has them by name.
    """
    described = MODEL["operations"].get(operation.name, {})
    taken = MODEL["shapes"].get(described.get("input", {}).get("shape"), {"members": {}, "type": "structure"})
    target = _fill(draw, operation.path, known)
    if query := _query(draw, taken):
        target += "?" + urlencode(query, doseq=True, errors="surrogatepass")
    return MadeUp(operation.name, operation.method, target, _body(draw, operation, taken))


def _fill(draw: st.DrawFn, template: str, known: dict[str, list[str]]) -> str:
    filled = []
    for segment in template.strip("/").split("/"):
        text = segment
        if segment.startswith("{"):
            there = known.get(segment.strip("{+}"), ["a"])
            text = draw(
                st.sampled_from(there) if draw(st.integers(0, 4)) else st.text(min_size=1, max_size=30)
            )
        filled.append(quote(text, safe="", errors="surrogatepass"))
    return "/" + "/".join(filled)


def _query(draw: st.DrawFn, taken: Any) -> list[tuple[str, str]]:
    names = [m["locationName"] for m in taken["members"].values() if m.get("location") == "querystring"]
    pairs = st.tuples(
        st.sampled_from(names or ["x"]) | st.text(max_size=5), st.integers().map(str) | st.text()
    )
    return draw(st.lists(pairs, max_size=3))


def _body(draw: st.DrawFn, operation: Operation, taken: Any) -> bytes:
    if operation.method != "POST":
        return draw(st.just(b"") | st.binary(max_size=20))
    kind = draw(st.sampled_from(["good", "spoilt", "anything", "bytes"]))
    if kind == "bytes":
        return draw(st.binary(max_size=100))
    if kind == "anything":
        return encode(draw(json_values))
    value = draw(_structure(taken, DEPTH))
    if kind == "spoilt":
        value = draw(spoilt(value))
    return encode(value)


@st.composite
def spoilt(draw: st.DrawFn, value: Any) -> Any:
    """A value with something in it replaced by anything, or taken away."""
    if isinstance(value, dict) and value and draw(st.integers(0, 4)):
        name = draw(st.sampled_from(sorted(value)))
        if not draw(st.integers(0, 5)):
            return {n: v for n, v in value.items() if n != name}
        return {**value, name: draw(spoilt(value[name]))}
    if isinstance(value, list) and value and draw(st.integers(0, 4)):
        return [draw(spoilt(value[0])), *value[1:]]
    return draw(json_values)


def encode(value: Any) -> bytes:
    """As JSON; characters that UTF-8 has not go as escapes."""
    return json.dumps(value).encode()
