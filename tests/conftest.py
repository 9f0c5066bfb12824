"""What every test has: a detector of blocking calls in async code, and the fixtures of real parts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from blockbuster import BlockBuster, blockbuster_ctx
from hypothesis import HealthCheck, settings

# A slow machine is no failure, and on CI the same commit gives the same answer.
settings.register_profile(
    "nakhon",
    deadline=None,
    derandomize=os.environ.get("CI") == "true",
    # How fast examples are made says something of the machine, not of what is tested.
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("nakhon")

pytest_plugins = ["tests.fixtures.postgres", "tests.fixtures.mosquitto"]


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[BlockBuster]:
    """A blocking call on the event loop fails the test that made it."""
    with blockbuster_ctx(["devices", "rules", "services", "simulators"]) as detector:
        yield detector
