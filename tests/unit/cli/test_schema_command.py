"""``nakhon schema``, and the schemas that are shipped for editors: they are what the command prints."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from services.cli import build
from services.cli.schemas import FILES

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "deploy" / "schemas"
PILOT = ROOT / "deploy" / "cities" / "bangkok-pilot"
MODELINE = "# yaml-language-server: $schema="


def nakhon(*words: str) -> str:
    result = CliRunner().invoke(build(), words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", FILES)
def test_a_shipped_schema_is_the_one_in_force(name: str) -> None:
    shipped = (SHIPPED / f"{name}.schema.json").read_text(encoding="utf-8")
    assert shipped == nakhon("schema", name), "mend it with: nakhon schema all --to deploy/schemas"


def test_nothing_else_is_shipped() -> None:
    assert sorted(path.name for path in SHIPPED.iterdir()) == sorted(f"{name}.schema.json" for name in FILES)


def test_all_are_written_into_a_folder(tmp_path: Path) -> None:
    nakhon("schema", "all", "--to", str(tmp_path / "schemas"), "--city", str(PILOT))
    written = {path.name: json.loads(path.read_bytes()) for path in (tmp_path / "schemas").iterdir()}
    assert sorted(written) == sorted(f"{name}.schema.json" for name in FILES)
    for schema in written.values():
        jsonschema.Draft202012Validator.check_schema(schema)
    zones = written["rules.schema.json"]["$defs"]["WhereForm"]["properties"]["zones"]
    assert "samyan" in zones["items"]["enum"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schema", "all"), "nakhon schema all --to DIR"),
        (("schema", "rulez"), "no schema 'rulez'; did you mean rules?"),
    ],
)
def test_what_can_not_be_printed_says_why(words: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(build(), words)
    assert result.exit_code == 2
    assert said in result.output


@pytest.mark.parametrize("path", sorted(PILOT.rglob("*.yaml")), ids=lambda path: path.name)
def test_every_file_of_the_pilot_names_the_schema_for_editors(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    assert first.startswith(MODELINE)
    schema = (path.parent / first.removeprefix(MODELINE)).resolve()
    kind = "rules" if path.parent.name == "rules" else path.stem
    assert schema == SHIPPED / f"{kind}.schema.json"
