from __future__ import annotations

import os
from collections import Counter

from hypothesis import HealthCheck, settings

# The short form is the same on every machine and in every run; `make torture` looks further.
settings.register_profile(
    "short", max_examples=60, derandomize=True, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
settings.register_profile("torture", settings.get_profile("short"), max_examples=3_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


def pytest_terminal_summary(terminalreporter):
    """What the store, the readers and the bundles survived: a table, where tests counted it."""
    survived = Counter()
    passed = {report.nodeid for report in terminalreporter.stats.get("passed", ())}
    for report in terminalreporter.stats.get("", ()):
        if report.when == "teardown" and report.nodeid in passed:
            survived.update({name: count for name, count in report.user_properties if isinstance(count, int)})
    if survived:
        terminalreporter.section("survived")
        for name, count in sorted(survived.items()):
            terminalreporter.line(f"{count:>8,}  {name}")
