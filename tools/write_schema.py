"""Write the JSON Schemas of auditor.toml and waivers.toml, for editors (`make docs`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from auditor.settings import Config
from auditor.waivers import Waivers

SCHEMAS = {"auditor.schema.json": Config, "waivers.schema.json": Waivers}

if __name__ == "__main__":
    for name, model in SCHEMAS.items():
        text = json.dumps(model.model_json_schema(), indent=1) + "\n"
        (Path(sys.argv[1]) / name).write_text(text, "utf-8")
