"""The example of a strategy and its test, as a module."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "strategy_test.py"


@pytest.fixture
def example() -> ModuleType:
    """``examples/strategy_test.py``, imported anew."""
    spec = spec_from_file_location("strategy_test", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
