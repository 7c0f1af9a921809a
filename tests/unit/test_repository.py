"""What holds for the files of the repository, whatever is in them."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LAYERS = ("core", "actors", "gateway", "cluster", "client")
LOCKS = ("requirements.lock", "requirements-uv.lock")
LIST = Path("tests/unit/tested_elsewhere.txt")
MOST_LINES = 400

# In pieces, so that this file passes its own test.
HOSTS = re.compile(r"\b(pypi|pythonhosted|npm" + r"js|crates|unp" + r"kg|jsde" + r"livr)\.(org|com|io|net)\b")
MACHINE_PATHS = re.compile(
    r"(?<![\w.~$}])/(home/(?!someone)\w|root/|Users/\w|work/|opt/|tmp/(?!ray))|\bfile:/" + "/"
)


@cache
def _files() -> list[Path]:
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split() if line[0] != "#"]
    return sorted(_walk(ROOT, [*ignored, ".git"]))


def _walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in folder.iterdir():
        if any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _walk(path, ignored)
        else:
            yield path.relative_to(ROOT)


def _text(path: Path) -> str:
    return (ROOT / path).read_text("utf-8", errors="replace")


def _modules() -> list[Path]:
    """The modules of the layers, without packages' `__init__` that hold only a docstring."""
    return [
        p for p in _files() if p.parts[0] in LAYERS and p.suffix == ".py" and not _only_says_what_it_is(p)
    ]


def _only_says_what_it_is(path: Path) -> bool:
    body = ast.parse(_text(path)).body
    return path.name == "__init__.py" and all(isinstance(s, ast.Expr) for s in body)


def _mirror(module: Path) -> Path:
    layer, _package, *folders, name = module.parts
    return Path("tests/unit", layer, *folders, f"test_{name}")


def _tested_elsewhere() -> dict[str, list[str]]:
    lines = [line for line in _text(LIST).splitlines() if line and line[0] != "#"]
    pairs = [line.split(": ", 1) for line in lines]
    assert [line for line, pair in zip(lines, pairs, strict=True) if len(pair) != 2] == []
    assert lines == sorted(set(lines)), f"{LIST} is to be sorted"
    return {module: places.split(", ") for module, places in pairs}


def _locked(lock: str) -> list[str]:
    return re.split(r"\n(?=\S)", re.sub(r"(?m)^#.*\n", "", _text(Path(lock))).strip())


@pytest.mark.parametrize("pattern", [HOSTS, MACHINE_PATHS], ids=["registry host", "machine path"])
def test_no_file_names_a_place_that_only_some_machine_knows(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path in _files()
        for number, line in enumerate(_text(path).splitlines(), 1)
        if pattern.search(line)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_one_version_and_its_hashes(lock: str) -> None:
    for entry in _locked(lock):
        first, *rest = [line.removesuffix(" \\") for line in entry.splitlines()]
        assert re.fullmatch(r"[a-z0-9-]+==[^ ;]+( ; .+)?", first), first
        assert rest, first
        assert [line for line in rest if not re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}", line)] == []


def test_every_locked_npm_package_has_its_hash_and_no_address() -> None:
    for lock in (path for path in _files() if path.name == "package-lock.json"):
        packages = json.loads(_text(lock))["packages"]
        del packages[""]  # the project itself
        assert packages, lock
        assert [name for name, package in packages.items() if "resolved" in package] == []
        # What comes inside another package's archive is covered by that one's hash.
        alone = {name: package for name, package in packages.items() if not package.get("inBundle")}
        assert [name for name, package in alone.items() if "integrity" not in package] == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads(_text(Path("pyproject.toml")))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = {}
    for entry in _locked("requirements.lock"):
        requirement = Requirement(entry.splitlines()[0].removesuffix(" \\"))
        locked[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    for requirement in map(Requirement, wanted):
        version = locked.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement} is not locked: make lock"
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement}, but {version}"


@pytest.mark.parametrize("name", ["ray", "uvicorn", "websockets"])
def test_what_we_reach_into_is_pinned_exactly(name: str) -> None:
    dependencies = tomllib.loads(_text(Path("pyproject.toml")))["project"]["dependencies"]
    pins = [r.specifier for r in map(Requirement, dependencies) if r.name == name]
    assert [str(pin)[:2] for pin in pins] == ["=="]


def test_every_module_has_its_test_file_or_a_line_that_says_where_it_is_tested() -> None:
    listed = _tested_elsewhere()
    missing = [str(m) for m in _modules() if not (ROOT / _mirror(m)).is_file() and str(m) not in listed]
    assert not missing, "\n".join(missing)


def test_the_list_of_modules_tested_elsewhere_is_true() -> None:
    modules = {str(m): m for m in _modules()}
    for module, places in _tested_elsewhere().items():
        assert module in modules, f"{module} is no module"
        assert not (ROOT / _mirror(modules[module])).exists(), f"{module} has a test file of its own"
        for place in places:
            assert place.startswith("tests/"), f"{module}: {place} is no test"
            assert (ROOT / place).exists(), f"{module}: {place} is not there"


def test_every_package_is_typed_and_says_what_it_is_for() -> None:
    for package in (ROOT / layer / f"eventray_{layer}" for layer in LAYERS):
        assert (package / "py.typed").is_file(), package
        assert ast.get_docstring(ast.parse((package / "__init__.py").read_text("utf-8"))), package


def test_no_python_file_is_too_long_to_read() -> None:
    lengths = {str(path): len(_text(path).splitlines()) for path in _files() if path.suffix == ".py"}
    assert {path: length for path, length in lengths.items() if length > MOST_LINES} == {}
