"""The project keeps its own rules: layers, types, style, one test file a module, no venue outside its folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rxex"
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
VENUES = sorted(path.name for path in (PACKAGE / "exchanges").iterdir() if (path / "__init__.py").exists())


def _run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("pyright", "--pythonpath", sys.executable),
    ],
    ids=" ".join,
)
def test_the_tools_find_nothing(command: tuple[str, ...]) -> None:
    _run(*command)


def test_a_file_imports_lower_layers_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("venue", VENUES)
def test_a_venue_is_named_in_its_own_folder_only(venue: str) -> None:
    named = [
        str(module)
        for module in MODULES
        if module.parts[:2] != ("exchanges", venue) and venue in (PACKAGE / module).read_text().lower()
    ]
    assert named == []


def _tests_of(module: Path) -> list[Path]:
    """The test files that a module is to be tested by: its own, or those of the folder whose parts make one thing."""
    tests, folder = ROOT / "tests", module.parent
    if folder.name in {"", "operators"}:
        return [path for path in [tests / folder / f"test_{module.name}"] if path.exists()]
    return [*(tests / folder).glob("test_*.py"), *(tests / folder.parent).glob(f"test_{folder.name}*.py")]


@pytest.mark.parametrize(
    "module", [module for module in MODULES if not module.name.startswith("_") and module.name != "typing.py"], ids=str
)
def test_every_module_has_its_tests_at_the_mirrored_place(module: Path) -> None:
    assert _tests_of(module)


def test_nothing_points_out_of_the_project() -> None:
    outside = "../" + "shared"
    made = {".git", ".venv", ".env-peers", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
    files = [path for path in ROOT.rglob("*") if path.is_file() and made.isdisjoint(path.relative_to(ROOT).parts)]
    assert ROOT / "README.md" in files
    pointing = [path for path in files if outside in path.read_text(errors="replace")]
    assert [path.relative_to(ROOT).as_posix() for path in pointing] in ([".ci/run"], [])
