"""YAML and JSON → entries with line and column. JSON is read as the YAML that it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from auditor.errors import AuditorError
from auditor.gate.entry import Entry, Place, Written

#: So deep nests no campaign; a reader that calls itself for every level must not be led deeper.
_DEEPEST = 60
#: So many values have no campaign, and no file of campaigns, aliases followed.
_MOST, _MOST_OF_A_FILE = 20_000, 400_000
_TAG = "tag:yaml.org,2002:"
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Tree:
    """A YAML or JSON text, read once."""

    def __init__(self, text: str) -> None:
        """Read it.

        Raises:
            AuditorError: it is neither YAML nor JSON, or nests too deeply; says where.
        """
        # A tab between the values of JSON is none in YAML; inside a text neither allows it.
        json = text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")
        plain = text.replace("\t", " ") if json else text
        try:
            _refuse_depth(plain)
            documents = list(yaml.compose_all(plain, _Loader))
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            raise AuditorError(f"{where}is neither YAML nor JSON: {problem}") from None
        self._documents = [node for node in documents if node is not None and not _is_null(node)]
        self._left = _MOST_OF_A_FILE

    def entries(self, under: Sequence[str], *, closed: bool) -> list[Entry]:
        """The campaigns: each document, or what stands under one of some keys of it, one or a list.

        Raises:
            AuditorError: one of them is none, has a key twice or too much in it, or (closed) a key stands
                beside a list of campaigns; says where.
        """
        return [
            self._entry(node)
            for document in self._documents
            for node in _campaigns(document, under, closed=closed)
        ]

    def _entry(self, node: yaml.Node) -> Entry:
        if not isinstance(node, yaml.MappingNode):
            raise _fault(node, "is no campaign: write keys and values")
        walk = _Walk(min(_MOST, self._left))
        values = dict(walk.values(node, "", 0))
        self._left -= walk.steps
        return Entry(_place(node), values)


def _refuse_depth(text: str) -> None:
    """Look at the marks of a text one by one, as reading it calls itself for every level."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEEPEST:
                raise _fault(event, f"nests more than {_DEEPEST} deep: no campaign's configuration does")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _campaigns(node: yaml.Node, under: Sequence[str], *, closed: bool) -> Iterator[yaml.Node]:
    if isinstance(node, yaml.SequenceNode):
        yield from node.value
        return
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value in under and not isinstance(value, yaml.ScalarNode):
            if closed and len(node.value) > 1:
                raise _fault(node, f"has other keys beside '{key.value}': put all campaigns under it")
            yield from value.value if isinstance(value, yaml.SequenceNode) else [value]
            return
    yield node


class _Walk:
    """A walk over the scalars below a node. An alias may lead upwards or multiply: steps are counted."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.steps = 0

    def values(self, node: yaml.Node, path: str, depth: int) -> Iterator[tuple[str, tuple[Written, Place]]]:
        """Every scalar below a node, and every mapping or list with nothing in it, by its path."""
        self._step(node, depth)
        if isinstance(node, yaml.ScalarNode):
            yield path, (_written(node), _place(node))
            return
        if isinstance(node, yaml.SequenceNode):
            below = [(str(n), value) for n, value in enumerate(node.value)]
        else:
            # A key with a dot in it is one key, and leads to nothing that a path names.
            below = [(key.replace(".", "․"), value) for key, value in self._pairs(node, depth).items()]
        if not below:
            yield path, (None, _place(node))
        for key, value in below:
            yield from self.values(value, f"{path}.{key}" if path else key, depth + 1)

    def _pairs(self, node: yaml.Node, depth: int) -> dict[str, yaml.Node]:
        """Keys and values of a mapping; its own before those that it merges in with `<<`."""
        own: dict[str, yaml.Node] = {}
        merged: dict[str, yaml.Node] = {}
        for key, value in node.value:
            self._step(node, depth)
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

    def _step(self, node: yaml.Node, depth: int) -> None:
        self.steps += 1
        if depth > _DEEPEST or self.steps > self._most:
            raise _fault(node, f"has more than {_MOST:,} values, or goes in circles")


def _is_null(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}null"


def _written(node: yaml.ScalarNode) -> Written:
    """As it stands in the file: `007` is no 7, and a campaign may be called NO."""
    return None if _is_null(node) else str(node.value)


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _fault(node: Any, said: str) -> AuditorError:
    where = _place(node)
    return AuditorError(f"line {where.line}, column {where.column}: {said}")
