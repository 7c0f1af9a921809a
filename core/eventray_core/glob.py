"""Text patterns of policies: `*` for any characters, `?` for one, `${key}` for a fact of the request.

Matching takes time linear in practice and never backtracks over a `*`, whatever the pattern.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Context = Mapping[str, tuple[str, ...]]
"""What is known of a request: values by condition key, the keys in lower case."""

_TOKEN = re.compile(r"\$\{([^}]*)\}|[*?]|[^*?$]+|\$")
_ESCAPES = {"*": "*", "?": "?", "$": "$"}


class GlobError(ValueError):
    """A pattern with a policy variable that cannot be filled in."""


@dataclass(frozen=True, slots=True)
class _Wildcard:
    """`*` or `?`."""

    sign: str


@dataclass(frozen=True, slots=True)
class _Variable:
    """A condition key in lower case, whose value stands in the pattern as it is."""

    key: str


_Token = str | _Wildcard | _Variable
_STAR = _Wildcard("*")


class Globs:
    """Some patterns, of which one must match the whole text. Case counts.

    With `wildcards` off, `*` and `?` mean themselves; with `variables` off, `${…}` does.
    """

    def __init__(self, patterns: Iterable[str], *, wildcards: bool = True, variables: bool = True) -> None:
        tokens = [_tokens(pattern, wildcards, variables) for pattern in patterns]
        self._templates = [t for t in tokens if any(isinstance(token, _Variable) for token in t)]
        fixed = "|".join(_source(t) for t in tokens if t not in self._templates)
        self._fixed = re.compile(fixed, re.DOTALL) if fixed or len(tokens) > len(self._templates) else None

    def match(self, text: str, context: Context) -> bool:
        """Whether one of them matches; one with a variable that has not exactly one value does not."""
        if self._fixed is not None and self._fixed.fullmatch(text):
            return True
        return any(_matches(template, text, context) for template in self._templates)

    def variables(self) -> set[str]:
        """The keys that patterns refer to."""
        return {t.key for template in self._templates for t in template if isinstance(t, _Variable)}


def _tokens(pattern: str, wildcards: bool, variables: bool) -> list[_Token]:
    if not variables:
        parts = re.findall(r"[*?]|[^*?]+", pattern) if wildcards else [pattern]
        return [_Wildcard(p) if wildcards and p in "*?" and p else p for p in parts]
    return [_token(match, wildcards) for match in _TOKEN.finditer(pattern)]


def _token(match: re.Match[str], wildcards: bool) -> _Token:
    text, inner = match[0], match[1]
    if inner is None:
        return _Wildcard(text) if wildcards and text in "*?" else text
    if inner in _ESCAPES:
        return _ESCAPES[inner]
    key = inner.strip()
    if not re.fullmatch(r"[A-Za-z0-9-]+:[^,'\s]+", key):
        raise GlobError(inner)
    return _Variable(key.lower())


def _source(tokens: list[_Token]) -> str:
    """A regular expression. What follows a `*` is found at its first place, and that is final:

    a later place cannot match where the first one does not, until the last `*`.
    """
    runs: list[str] = [""]
    for token in tokens:
        if token == _STAR:
            runs.append("")
        else:
            runs[-1] += "." if isinstance(token, _Wildcard) else re.escape(str(token))
    first, *others = runs
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>.*?{run})" for run in middle if run) + ".*" + last


def _matches(template: list[_Token], text: str, context: Context) -> bool:
    filled: list[_Token] = []
    for token in template:
        if isinstance(token, _Variable):
            values = context.get(token.key, ())
            if len(values) != 1:
                return False
            filled.append(values[0])
        else:
            filled.append(token)
    return re.fullmatch(_source(filled), text, re.DOTALL) is not None
