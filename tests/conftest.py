from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# The short form is the same on every machine and in every run; `make torture` looks further.
settings.register_profile(
    "short", max_examples=60, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
settings.register_profile("torture", settings.get_profile("short"), max_examples=3_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))
