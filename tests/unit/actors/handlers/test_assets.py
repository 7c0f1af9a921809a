import hashlib
import re
from importlib.resources import files

from eventray_actors.handlers import assets

JS = files("eventray_actors.handlers") / "js"


def test_the_parser_is_the_one_that_its_readme_names() -> None:
    acorn = JS / "vendor" / "acorn"
    named = re.findall(r"[0-9a-f]{64}", (acorn / "README.md").read_text("utf-8"))
    assert named == [hashlib.sha256((acorn / "acorn.js").read_bytes()).hexdigest()]
    assert "MIT License" in (acorn / "LICENSE").read_text("utf-8")


def test_our_own_lines_are_beyond_any_handlers() -> None:
    script = assets.runtime_script()
    assert script.startswith("\n" * assets.OWN_LINES)
    assert f"const OURS = {assets.OWN_LINES};" in script


def test_every_script_of_the_folder_is_used() -> None:
    used = assets.runtime_script() + assets.compiler_script()
    for script in JS.iterdir():
        if script.name.endswith(".js"):
            assert script.read_text("utf-8") in used, script.name


def test_the_table_of_time_zones_says_where_it_is_from() -> None:
    assert assets.time_zones().startswith("# IANA time zone database")
