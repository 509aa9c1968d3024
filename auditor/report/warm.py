"""What every process that renders needs, imported once: they are copies of one that has it."""

from __future__ import annotations

from contextlib import suppress

import auditor.report.write  # noqa: F401

# Where its libraries are missing, the report that needs it says so.
with suppress(ImportError, OSError):
    import weasyprint  # noqa: F401
