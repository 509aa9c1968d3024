"""HTML → PDF/A-3a with its evidence attached: tagged, archival, the same bytes for the same input."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from auditor.errors import AuditorError
from auditor.shipped import templates

#: File → what it is, for the attachment's description.
DESCRIPTIONS = {
    "results.json": "Every verdict and its figures",
    "findings.csv": "Failures and doubts",
    "manifest.json": "Inputs, rules and versions, with their hashes",
}


class _Warnings(logging.Handler):
    """Keeps what WeasyPrint complains of: a report with a complaint is not handed out."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message."""
        self.messages.append(record.getMessage())


def render_pdf(html: str, attachments: Mapping[str, bytes], when: datetime) -> bytes:
    """Render a report.

    Args:
        html: what `render_html` made for print.
        attachments: file name → content.
        when: the time the document and its attachments bear, UTC.

    Raises:
        AuditorError: the libraries that draw text are missing, or WeasyPrint complained.
    """
    weasyprint = _weasyprint()
    from weasyprint.urls import FatalURLFetchingError

    # Fonts are subset with a time stamp in them; this one makes it ours.
    os.environ["SOURCE_DATE_EPOCH"] = str(int(when.timestamp()))
    logger = logging.getLogger("weasyprint")
    complaints = _Warnings()
    logger.addHandler(complaints)
    pdf = b""
    try:
        pdf = weasyprint.HTML(string=html, url_fetcher=_fetcher(weasyprint)).write_pdf(
            pdf_variant="pdf/a-3a",
            attachments=[
                weasyprint.Attachment(
                    string=content,
                    name=name,
                    description=DESCRIPTIONS.get(name, name),
                    relationship="Data" if name.endswith(".json") else "Supplement",
                    created=when,
                    modified=when,
                )
                for name, content in attachments.items()
            ],
        )
    except FatalURLFetchingError as error:
        complaints.messages.append(str(error))
    finally:
        logger.removeHandler(complaints)
    if complaints.messages:
        raise AuditorError(f"the report could not be rendered cleanly: {complaints.messages[0]}")
    return pdf


def _weasyprint() -> Any:
    try:
        import weasyprint
    except OSError as error:
        raise AuditorError(
            f"PDFs need libraries that are not installed ({str(error).splitlines()[0]}): "
            "install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
        ) from None
    return weasyprint


def _fetcher(weasyprint: Any) -> Any:
    from weasyprint.urls import FatalURLFetchingError, URLFetcher

    fonts = {path.as_uri() for path in (templates() / "fonts").iterdir()}

    class Packaged(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Reaches the packaged fonts and what the page itself carries, and nothing else."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Fetch one of ours, or fail the whole report."""
            if url in fonts or url.startswith("data:image/"):
                return super().fetch(url, headers)
            raise FatalURLFetchingError(f"{url[:80]} is not part of a report")

    return Packaged()
