"""Write the JSON Schema of auditor.toml, for editors (`make docs`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from auditor.settings import Config

if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(Config.model_json_schema(), indent=1) + "\n", "utf-8")
