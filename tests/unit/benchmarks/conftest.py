"""The generator, compiled as the Makefile compiles it."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def generator(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The program, with every warning an error."""
    program = tmp_path_factory.mktemp("generator") / "generator"
    files = sorted(str(path) for path in (ROOT / "benchmarks" / "generator").glob("*.c"))
    flags = ["-O1", "-g", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"]
    subprocess.run(["cc", *flags, "-o", str(program), *files], check=True)
    return str(program)
