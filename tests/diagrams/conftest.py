"""Settings for Hypothesis and the fixture `torch`, both for this folder."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "sigmaprime", derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("sigmaprime")


@pytest.fixture(scope="session")
def torch() -> Any:
    return pytest.importorskip("torch")
