"""YAML and JSON → entries with line and column. JSON is read as the YAML that it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

import yaml

from auditor.errors import AuditorError
from auditor.gate.entry import Entry, Place, Written

#: So deep nests no campaign; a reader that calls itself for every level must not be led deeper.
_DEEPEST = 60
_NESTED_IN_A_LINE = re.compile(r"(?:[-?:]\s+){60}")
#: So many values has no campaign.
_MOST = 20_000
_TAG = "tag:yaml.org,2002:"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_tree(text: str, under: str | None) -> list[Entry]:
    """The campaigns of a YAML or JSON text: each document, or each of the list `under` a key of it.

    Raises:
        AuditorError: it is neither, nests too deeply, or has a key twice; says where.
    """
    _refuse_depth(text)
    # A tab between the values of JSON is none in YAML; inside a text neither allows it.
    plain = text.replace("\t", " ") if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") else text
    try:
        documents = [node for node in yaml.compose_all(plain, _Loader) if node is not None]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise AuditorError(f"{where}is neither YAML nor JSON: {problem}") from None
    return [_entry(node) for document in documents for node in _campaigns(document, under)]


def _refuse_depth(text: str) -> None:
    depth = 0
    for sign in re.findall(r"[\[{\]}]", text):
        depth += 1 if sign in "[{" else -1
        if depth > _DEEPEST:
            raise AuditorError(f"nests more than {_DEEPEST} deep: is it a campaign's configuration?")
    deepest = max((len(line) - len(line.lstrip(" ")) for line in text.splitlines()), default=0)
    if deepest > 20 * _DEEPEST or _NESTED_IN_A_LINE.search(text):
        raise AuditorError(f"nests more than {_DEEPEST} deep: is it a campaign's configuration?")


def _campaigns(node: yaml.Node, under: str | None) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
        return
    if under is not None and isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == under and isinstance(value, yaml.SequenceNode):
                yield from value.value
                return
    yield node


def _entry(node: yaml.Node) -> Entry:
    if not isinstance(node, yaml.MappingNode):
        raise _fault(node, "is no campaign: write keys and values")
    return Entry(_place(node), dict(_Walk().values(node, "", 0)))


class _Walk:
    """A walk over the scalars below a node. An alias may lead upwards or multiply: steps are counted."""

    def __init__(self) -> None:
        self._left = _MOST

    def values(self, node: yaml.Node, path: str, depth: int) -> Iterator[tuple[str, tuple[Written, Place]]]:
        """Every scalar below a node, by its path."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise _fault(node, f"has more than {_MOST:,} values, or goes in circles")
        if isinstance(node, yaml.ScalarNode):
            yield path, (_written(node), _place(node))
            return
        if isinstance(node, yaml.SequenceNode):
            below = [(str(n), value) for n, value in enumerate(node.value)]
        else:
            below = list(self._pairs(node, depth).items())
        if not below:
            yield path, (None, _place(node))
        for key, value in below:
            yield from self.values(value, f"{path}.{key}" if path else key, depth + 1)

    def _pairs(self, node: yaml.Node, depth: int) -> dict[str, yaml.Node]:
        """Keys and values of a mapping; its own before those that it merges in with `<<`."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            raise _fault(node, f"has more than {_MOST:,} values, or goes in circles")
        own: dict[str, yaml.Node] = {}
        merged: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if key.tag == f"{_TAG}merge":
                sources = value.value if isinstance(value, yaml.SequenceNode) else [value]
                for source in reversed(sources):
                    if not isinstance(source, yaml.MappingNode):
                        raise _fault(source, "is merged in, but is no mapping")
                    merged |= self._pairs(source, depth + 1)
            elif not isinstance(key, yaml.ScalarNode):
                raise _fault(key, "is a key, but no text")
            elif key.value in own:
                raise _fault(key, f"the key '{key.value}' stands there again")
            else:
                own[key.value] = value
        return merged | own


def _written(node: yaml.ScalarNode) -> Written:
    if node.tag == f"{_TAG}null":
        return None
    if node.tag == f"{_TAG}bool":
        return node.value.lower() in ("true", "yes", "on")
    if node.tag in (f"{_TAG}int", f"{_TAG}float"):
        try:
            return Decimal(node.value)
        except InvalidOperation:
            return str(node.value)  # 0x10, 12:30 and the like: as they stand
    return str(node.value)


def _place(node: yaml.Node) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _fault(node: yaml.Node, said: str) -> AuditorError:
    where = _place(node)
    return AuditorError(f"line {where.line}, column {where.column}: {said}")
