"""The text of a template, YAML or JSON, as plain values.

Every scalar becomes text, whatever it looks like: a property's schema says what it is to be, and a date,
a version such as `1.10` or an account number such as `012345670123` stay what was written.
See docs/decisions/0004-templates-are-read-with-pyyaml.md.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from eventray_cluster.templates.errors import TemplateError

MOST_NODES = 250_000
"""After its aliases are followed, a template may have so many values; a small file could name billions."""

TOO_DEEP = "The template is nested too deeply."

_PLAIN_NAMES = ("Ref", "Condition")
_RESOLVED_TAGS = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
_TEXT_TAGS = ("str", "int", "float", "timestamp")
_REFUSED_TAGS = ("binary", "omap", "pairs", "set")
_BOOLEAN = re.compile("^(true|True|TRUE|false|False|FALSE)$")


def read_template(text: str) -> dict[str, Any]:
    """The template as dictionaries, lists and texts; None where it says null. Raises `TemplateError`.

    The short forms of functions, such as `!Sub`, become the long ones, such as `{"Fn::Sub": …}`.
    """
    found = _json(text) if text.lstrip().startswith("{") else None
    if found is None:
        found = _yaml(text)
    if not isinstance(found, dict):
        raise TemplateError((), "This is not a template: it is not a mapping of sections.")
    _check_size(found)
    return found


def _json(text: str) -> Any:
    """None if it is not JSON; then it may be YAML in braces."""
    try:
        return _as_text(json.loads(text, object_pairs_hook=_unique, parse_int=str, parse_float=str))
    except ValueError:
        return None
    except RecursionError:
        raise TemplateError((), TOO_DEEP) from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise TemplateError((), f"The key {twice!r} stands twice in one object.")
    return found


def _as_text(value: Any) -> Any:
    """Booleans as text, which is what YAML's become."""
    match value:
        case bool():
            return "true" if value else "false"
        case dict():
            return {key: _as_text(item) for key, item in value.items()}
        case list():
            return [_as_text(item) for item in value]
    return value


class _Loader(yaml.SafeLoader):
    """YAML whose plain scalars are text, with CloudFormation's short functions."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag in _RESOLVED_TAGS]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """As YAML has it, but a key that stands twice is an error."""
        keys = [key.value for key, _ in node.value if isinstance(key, ScalarNode)]
        if len(keys) != len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a text", node.start_mark)
        if twice := sorted({key for key in keys if keys.count(key) > 1}):
            text = f"the key {twice[0]!r} stands twice in one mapping"
            raise yaml.constructor.ConstructorError(None, None, text, node.start_mark)
        return super().construct_mapping(node, deep)


def _function(loader: _Loader, suffix: str, node: Node) -> dict[str, Any]:
    name = suffix if suffix in _PLAIN_NAMES else f"Fn::{suffix}"
    match node:
        case ScalarNode():
            return {name: loader.construct_scalar(node)}
        case SequenceNode():
            return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


def _text_of(loader: _Loader, node: Node) -> Any:
    assert isinstance(node, ScalarNode)
    return loader.construct_scalar(node)


def _boolean(loader: _Loader, node: Node) -> Any:
    return str(_text_of(loader, node)).lower()


def _refused(loader: _Loader, node: Node) -> Any:
    raise yaml.constructor.ConstructorError(None, None, f"{node.tag} is not supported", node.start_mark)


_Loader.add_multi_constructor("!", _function)
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", _BOOLEAN, list("tTfF"))
_Loader.add_constructor("tag:yaml.org,2002:bool", _boolean)
for _tag in _TEXT_TAGS:
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _text_of)
for _tag in _REFUSED_TAGS:
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _refused)


def _yaml(text: str) -> Any:
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"Line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = re.sub(r"\s+", " ", error.problem or "it cannot be read")
        raise TemplateError((), f"{where}{problem}.") from None
    except RecursionError:
        raise TemplateError((), TOO_DEEP) from None
    except (yaml.YAMLError, ValueError) as error:
        raise TemplateError((), f"The template cannot be read: {error}") from None


def _check_size(template: Any) -> None:
    sizes: dict[int, int] = {}
    if _size(template, sizes) > MOST_NODES:
        raise TemplateError((), f"With its aliases followed, the template has more than {MOST_NODES} values.")


def _size(value: Any, sizes: dict[int, int]) -> int:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if id(value) not in sizes:
        sizes[id(value)] = MOST_NODES  # an alias to what holds it never ends
        sizes[id(value)] = 1 + sum(_size(child, sizes) for child in children)
    return sizes[id(value)]
