"""Definitions of the configurations that can be read, one TOML file each in `formats/`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from auditor.gate.settings import SETTINGS
from auditor.rulebook.model import Status

#: How a value is written: see `auditor/gate/values.py`.
Written = Literal[
    "text",
    "words",
    "truth",
    "phone",
    "ms",
    "s",
    "min",
    "h",
    "duration",
    "percent",
    "percentage",
    "share",
    "times",
    "clock",
    "number",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SettingFrom(_Data):
    """Where a setting is written, in which form, and what holds where it is not.

    `at` is a path (`Entry.at`); with `key` the setting is the key that stands below it. With `when` it is
    only so where something else is written: a path, and the words that may stand there.
    `pick` says which counts where several stand there; without it they must not differ.
    `default` is written as a file would write it: the dialler's documented one, cited by `source`.
    """

    at: str
    key: bool = False
    when: tuple[str, tuple[str, ...]] | None = None
    pick: Literal["least", "greatest"] | None = None
    written: Written = "text"
    words: dict[str, str] = Field(default_factory=dict)
    default: str | None = None
    source: str | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _cited(self) -> Self:
        if self.default is not None and (self.source is None or self.status is None):
            raise ValueError("a default needs the source that documents it, and its status")
        return self


class ConfigFormat(_Data):
    """A kind of configuration file. `needs` are the paths by which it is recognised.

    `under` are the keys under which a campaign or a list of them may stand, `closed` says that there are no
    other keys than those named, and `cannot_show` what such a file leaves out.
    """

    id: str
    title: str
    kind: Literal["tree", "table"]
    needs: tuple[str, ...] = Field(min_length=1)
    under: tuple[str, ...] = ()
    closed: bool = False
    cannot_show: tuple[str, ...] = ()
    setting: dict[str, SettingFrom]

    @model_validator(mode="after")
    def _known(self) -> Self:
        for name, setting in self.setting.items():
            if name not in SETTINGS:
                raise ValueError(f"there is no setting '{name}'")
            strange = set(setting.words.values()) - {*SETTINGS[name].words, "true", "false", ""}
            if SETTINGS[name].words and strange:
                raise ValueError(f"setting '{name}' cannot be {', '.join(sorted(strange))}")
        return self


@cache
def config_formats() -> tuple[ConfigFormat, ...]:
    """Every definition that is shipped, by id."""
    folder = files("auditor.gate").joinpath("formats")
    found = sorted((each for each in folder.iterdir() if each.name.endswith(".toml")), key=lambda e: e.name)
    return tuple(ConfigFormat.model_validate(tomllib.loads(each.read_text("utf-8"))) for each in found)
