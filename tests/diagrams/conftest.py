"""Settings for Hypothesis and the fixture `torch`, both for this folder."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sigmaprime", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sigmaprime")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that take minutes run when asked for: `pytest -m long`."""
    if not config.getoption("-m"):
        for item in items:
            if item.get_closest_marker("long"):
                item.add_marker(pytest.mark.skip(reason="takes minutes; run it with `pytest -m long`"))


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch")
