"""Notices as JUnit: a test suite for each rule, a test case for each campaign."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from xml.etree import ElementTree as ET

from auditor.gate.notice import Notice

_ORDER = ("fail", "unreadable", "undecided", "waived", "warning")
#: Characters that no XML can hold.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def as_junit(
    notices: Sequence[Notice],
    passed: Iterable[tuple[str, str]],
    unanswered: Iterable[tuple[str, str]] = (),
) -> str:
    """The notices as failures (doubts as errors: they could not be decided), what is waived as skipped.

    Warnings have no form in JUnit: they stand in the output of a case that passes.

    Args:
        notices: the findings or verdicts.
        passed: (rule, case) of what was looked at; those without a notice are cases that pass.
        unanswered: (rule, case) of what could not be told: these are skipped.
    """
    suites: dict[str, dict[str, list[Notice]]] = defaultdict(dict)
    for rule, case in passed:
        suites[rule].setdefault(case, [])
    for notice in notices:
        suites[notice.rule].setdefault(notice.case, []).append(notice)
    left_open = set(unanswered)
    root = ET.Element("testsuites", name="auditor")
    totals = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for rule, cases in sorted(suites.items()):
        suite = ET.SubElement(root, "testsuite", name=rule)
        counts = dict.fromkeys(totals, 0)
        for name, found in sorted(cases.items()):
            counts["tests"] += 1
            _case(suite, rule, name, found, counts)
            if (rule, name) in left_open:
                counts["skipped"] += 1
                ET.SubElement(suite[-1], "skipped", message="nothing that was said answers it")
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _case(suite: ET.Element, rule: str, name: str, found: list[Notice], counts: dict[str, int]) -> None:
    case = ET.SubElement(suite, "testcase", classname=rule, name=_xml(name))
    told = {v: [n for n in found if n.verdict == v] for v in _ORDER}
    for verdict, element, count in (
        ("fail", "failure", "failures"),
        ("unreadable", "error", "errors"),
        ("undecided", "error", "errors"),
        ("waived", "skipped", "skipped"),
    ):
        if told[verdict]:
            counts[count] += 1
            child = ET.SubElement(case, element, message=_xml(told[verdict][0].says))
            child.text = _xml("\n".join(map(_line, told[verdict])))
            if element != "skipped":
                child.set("type", verdict)
            break
    if told["warning"]:
        ET.SubElement(case, "system-out").text = _xml("\n".join(map(_line, told["warning"])))


def _line(notice: Notice) -> str:
    where = f"{notice.file}:{notice.place.line}:{notice.place.column}: " if notice.place else ""
    day = f"{notice.day}: " if notice.day else ""
    why = f" {notice.justification}." if notice.justification else ""
    return f"{where}{day}{notice.says} {notice.help} [{notice.citation}]{why}"


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
