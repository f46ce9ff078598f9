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
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("not a checkout")
    outside = "../" + "shared"
    files = [name for name in tracked.stdout.split() if name != ".ci/run" and (ROOT / name).is_file()]
    assert files
    assert [name for name in files if outside in (ROOT / name).read_text(errors="replace")] == []
