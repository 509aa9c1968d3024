"""Northgate's view: the carrier variant of VICIdial's Export Calls Report, EXTENDED fields.

As `call_report_export_carrier.php` writes it: tabs, CRLF, whole lines through PHP's `addslashes`, a
header that ends with a tab and so names a column that no row has. Local time in whole seconds.
There is no `term_reason`: a person who hung up waiting is a DROP like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from auditor.example.calls import Outcome, Result, SimulatedCall
from auditor.example.clock import LocalDay, week_of
from auditor.example.leads import national

_CALL = """
    call_date phone_number_dialed status user campaign_id vendor_lead_code source_id list_id
    gmt_offset_now phone_code phone_number title first_name middle_initial last_name address1
    address2 address3 city state province postal_code country_code gender date_of_birth alt_phone
    email security_phrase comments length_in_sec user_group alt_dial rank owner lead_id entry_date
    called_count last_local_call_time modify_date called_since_last_reset list_name
    list_description status_name wrapup_time queue_time uniqueid caller_code server_ip hangup_cause
    dialstatus channel dial_time answered_time cpd_result did_pattern did_id did_description
    cust_sec cust_queue_sec
"""
_CARRIER_LOG = """
    uniqueid call_date server_ip lead_id hangup_cause dialstatus channel dial_time answered_time
    sip_hangup_cause sip_hangup_reason caller_code
"""
_DIAL_LOG = """
    caller_code lead_id server_ip call_date extension channel context timeout outbound_cid
    sip_hangup_cause sip_hangup_reason
"""
COLUMNS = (
    *_CALL.split(),
    *(f"carrier log {name}" for name in _CARRIER_LOG.split()),
    *(f"dial log {name}" for name in _DIAL_LOG.split()),
)
HEADER = "\t".join(COLUMNS) + "\t\r\n"

#: What the dialler writes, under its own user; and what an agent does, who saw the same happen.
_BY_DIALLER: dict[Outcome, tuple[str, str]] = {
    "not_answered": ("NA", "No Answer AutoDial"),
    "busy": ("AB", "Busy Auto"),
    "invalid_number": ("ADC", "Disconnected Number Auto"),
    "machine_by_amd": ("AA", "Answering Machine Auto"),
    "fax": ("AFAX", "Fax Machine Auto"),
    "dropped_by_dialler": ("DROP", "Agent Not Available"),
    "callee_hung_up_waiting": ("DROP", "Agent Not Available"),
}
_BY_AGENT: dict[Outcome, tuple[str, str]] = {
    "not_answered": ("N", "No Answer"),
    "busy": ("B", "Busy"),
    "invalid_number": ("DC", "Disconnected Number"),
    "machine_by_agent": ("A", "Answering Machine"),
    "fax": ("AFAX", "Fax Machine Auto"),
}
_SPOKEN_TO: dict[Result, tuple[str, str]] = {
    "sale": ("SALE", "Sale Made"),
    "not interested": ("NI", "Not Interested"),
    "no pitch": ("NP", "No Pitch No Price"),
    "declined": ("DEC", "Declined Sale"),
    "call back": ("CALLBK", "Call Back"),
}
#: Q.850 cause, DIALSTATUS, SIP cause and reason.
_CARRIER: dict[Outcome, tuple[str, str, str, str]] = {
    "not_answered": ("19", "NOANSWER", "487", "Request Terminated"),
    "busy": ("17", "BUSY", "486", "Busy Here"),
    "invalid_number": ("1", "CHANUNAVAIL", "404", "Not Found"),
}
_CARRIED = ("16", "ANSWER", "200", "OK")
_LIST_IDS = {"SALES1": "1001", "RENEW-AMD": "1002"}

_SERVER = "192.0.2.10"  # an address for documentation, like the numbers
_FIRST_NAMES = ("Ada", "Bilal", "Cerys", "Dougal", "Efua", "Fergus", "Grace", "Hari", "Ines", "Joe")
_LAST_NAMES = ("Abbott", "Brown", "D'Souza", "Evans", "Khan", "McBride", "O'Brien", "Patel", "Wu")
_TOWNS = ("Leeds", "Sheffield", "York", "Hull", "Bradford", "King's Lynn", "Derby")
_COMMENTS = ("", "", "", "", "", 'asked for the "evening" rate', "", "", r"moved from flat 3\4")
_NO_MARKS = str.maketrans("", "", "-: ")


def file_name(day: date) -> str:
    """One download a week."""
    monday, sunday = week_of(day)
    return f"EXPORT_CALL_REPORT_{monday:%Y%m%d}-{sunday:%Y%m%d}.txt"


def lines(calls: Iterable[SimulatedCall], day: LocalDay) -> Iterator[str]:
    """The day's rows in the order dialled."""
    blank = dict.fromkeys(COLUMNS, "")
    for call in calls:
        row = blank | _person(call, day) | _call(call, day) | _logs(call, day)
        yield _addslashes("\t".join(row.values())) + "\r\n"


def _person(call: SimulatedCall, day: LocalDay) -> dict[str, str]:
    """The lead, who is invented from the lead's number."""
    seed = call.lead.lead_id
    return {
        "vendor_lead_code": f"ET-{seed}",
        "list_id": _LIST_IDS[call.campaign],
        "list_name": f"{call.campaign} {day.day:%B}",
        "gmt_offset_now": f"{day.offset_minutes / 60:.2f}",
        "phone_code": "44",
        "phone_number": call.lead.number.removeprefix("+44"),
        "first_name": _FIRST_NAMES[seed % len(_FIRST_NAMES)],
        "last_name": _LAST_NAMES[seed % len(_LAST_NAMES)],
        "address1": f"{seed % 89 + 1} Example Street",
        "city": _TOWNS[seed % len(_TOWNS)],
        "country_code": "GB",
        "gender": "U",
        "date_of_birth": "0000-00-00",
        "comments": _COMMENTS[seed % len(_COMMENTS)],
        "rank": "0",
        "lead_id": str(seed),
        "entry_date": f"{day.day.replace(day=1)} 07:00:00",
        "called_count": str(call.attempt),
        "last_local_call_time": day.stamp(call.dialled_ms),
        "modify_date": day.stamp(call.ended_ms + call.wrap_ms),
        "called_since_last_reset": "Y",
    }


def _call(call: SimulatedCall, day: LocalDay) -> dict[str, str]:
    status, status_name = _status(call)
    logged_ms, length = _logged(call)
    talked = 0 if call.connected_ms is None else _seconds(call.connected_ms, call.ended_ms)
    return {
        "call_date": day.stamp(logged_ms),
        "phone_number_dialed": call.lead.number.removeprefix("+44"),
        "status": status,
        "status_name": status_name,
        "user": call.agent or "VDAD",
        "user_group": "LEEDS",
        "campaign_id": call.campaign,
        "length_in_sec": str(length),
        "alt_dial": "MAIN",
        "wrapup_time": str(call.wrap_ms // 1000),
        "queue_time": "0",
        "cust_sec": str(talked) if talked else "",
        "cust_queue_sec": str(talked) if talked else "",
    }


def _logs(call: SimulatedCall, day: LocalDay) -> dict[str, str]:
    """The carrier's and the dialler's log, which the EXTENDED fields repeat in part."""
    cause, dialstatus, sip_cause, sip_reason = _CARRIER.get(call.outcome, _CARRIED)
    answered_for = 0 if call.answered_ms is None else (call.ended_ms - call.answered_ms) // 1000
    shared = {
        "uniqueid": f"{call.dialled_ms // 1000}.{call.call_no}",
        "caller_code": _caller_code(call, day),
        "server_ip": _SERVER,
        "hangup_cause": cause,
        "dialstatus": dialstatus,
        "channel": f"SIP/carrier-{call.call_no:08x}",
        "dial_time": str((call.ended_ms - call.dialled_ms) // 1000),
        "answered_time": str(answered_for),
    }
    sip = {"sip_hangup_cause": sip_cause, "sip_hangup_reason": sip_reason}
    lead = {"lead_id": str(call.lead.lead_id)}
    carrier_log = shared | lead | sip | {"call_date": day.stamp(call.ended_ms)}
    dial_log = (
        sip
        | lead
        | {
            "caller_code": shared["caller_code"],
            "server_ip": _SERVER,
            "call_date": day.stamp(call.dialled_ms),
            "extension": "8368",
            "channel": f"Local/9{national(call.lead.number)}@default",
            "context": "default",
            "timeout": "36000",
            "outbound_cid": f'"{shared["caller_code"]}" <{national(call.presented_number)}>',
        }
    )
    return (
        shared
        | {f"carrier log {name}": text for name, text in carrier_log.items()}
        | {f"dial log {name}": text for name, text in dial_log.items()}
    )


def _status(call: SimulatedCall) -> tuple[str, str]:
    if call.result:
        return _SPOKEN_TO[call.result]
    return (_BY_AGENT if call.agent else _BY_DIALLER)[call.outcome]


def _logged(call: SimulatedCall) -> tuple[int, int]:
    """`call_date` in ms and `length_in_sec`, which mean another thing for each outcome.

    Unanswered: the clean-up, and how long it rang. Ended by detection: the answer, and how long
    detection took. Else the routing that follows any detection: until the drop, though a message
    may follow, or until the hangup.
    """
    if call.answered_ms is None or call.routed_ms is None:
        return call.ended_ms, _seconds(call.dialled_ms, call.ended_ms)
    if call.outcome in ("machine_by_amd", "fax"):
        return call.answered_ms, _seconds(call.answered_ms, call.ended_ms)
    return call.routed_ms, _seconds(call.routed_ms, call.lost_ms)


def _seconds(start_ms: int, end_ms: int) -> int:
    """Between two stamps that were cut to whole seconds first."""
    return end_ms // 1000 - start_ms // 1000


def _caller_code(call: SimulatedCall, day: LocalDay) -> str:
    """`V`, or `M` where an agent dialled, then month to second and the lead in ten digits."""
    when = day.stamp(call.dialled_ms)[5:].translate(_NO_MARKS)
    return f"{'M' if call.by_hand else 'V'}{when}{call.lead.lead_id:010}"


def _addslashes(text: str) -> str:
    for mark in ("\\", "'", '"'):
        text = text.replace(mark, f"\\{mark}")
    return text
