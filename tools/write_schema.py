"""Write the JSON Schemas of the files that users write, for editors (`make docs`)."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from auditor.gate.format import SettingFrom, config_formats
from auditor.gate.settings import SETTINGS
from auditor.settings import Config
from auditor.waivers import Waivers

#: How a value may be written in YAML, by the word the definition has for it.
WRITTEN: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "truth": {"type": "boolean"},
    "number": {"type": "integer", "minimum": 0},
    "duration": {"type": "string", "pattern": r"^[0-9.]+\s*(ms|s|min|h|d)$", "examples": ["20 s", "72 h"]},
    "percentage": {"type": "string", "pattern": r"^[0-9.]+\s*%$", "examples": ["2%"]},
    "times": {"type": "number", "minimum": 0, "examples": [2.2]},
    "phone": {"type": "string", "examples": ["+442079460123"]},
    "clock": {"type": "string", "pattern": r"^\d{1,2}:\d\d$", "examples": ["09:00"]},
}


def campaign_schema() -> dict[str, Any]:
    """That of the product's own form of a campaign: one, or several under `campaigns`."""
    (fmt,) = (each for each in config_formats() if each.id == "campaign")
    one = {
        "type": "object",
        "additionalProperties": False,
        "properties": {},
        "required": ["campaign", "dialling"],
    }
    for name, how in fmt.setting.items():
        _put(one, how.at.split("."), _property(name, how))
    listed = {"campaigns": {"type": "array", "items": {"$ref": "#/$defs/campaign"}}}
    several = {"type": "object", "properties": listed, "required": ["campaigns"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": fmt.title,
        "$defs": {"campaign": one},
        "anyOf": [{"$ref": "#/$defs/campaign"}, several],
    }


def _object() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": {}}


def _property(name: str, how: SettingFrom) -> dict[str, Any]:
    kind = {"enum": list(how.words)} if how.written == "words" else WRITTEN[how.written]
    return {"description": SETTINGS[name].means, **kind}


def _put(within: dict[str, Any], path: list[str], found: dict[str, Any]) -> None:
    properties = within["properties"]
    if len(path) == 1:
        properties[path[0]] = found
        return
    inner = properties.setdefault(path[0], _object())
    _put(inner, path[1:], found)


def main(folder: Path) -> None:
    """Write them all."""
    schemas = {
        "auditor": Config.model_json_schema(),
        "waivers": Waivers.model_json_schema(),
        "campaign": campaign_schema(),
    }
    for name, schema in schemas.items():
        (folder / f"{name}.schema.json").write_text(json.dumps(schema, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
