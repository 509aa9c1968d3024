"""A lifelike workspace to try the product on: three partners, a month of calls, known breaches.

The calls come from a small simulation of predictive diallers, so every figure has a cause: a drop
is a person who answered when no agent was free. What was planted is written to `truth.json`, judged
from the simulated facts by an oracle that shares no code with the audit.
"""

from auditor.example.build import build_example

__all__ = ["build_example"]
