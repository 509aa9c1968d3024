"""The `auditor.toml` of the example."""

from __future__ import annotations

from datetime import date

from auditor.example.asterisk import CODES
from auditor.example.client import ASSIGNMENTS, ESTIMATE, PARTNERS

_CLIENT = """\
# A lifelike workspace: one client, three outsourcers on three diallers. truth.json says what was
# planted in their calls. All numbers are of the ranges that Ofcom keeps for drama.

[client]
name = "Example Telecom"
country = "GB"

[packs]
use = ["uk-ofcom"]
"""

_PARTNER = """
[[partner]]
id = "{id}"
name = "{name}"
call_centres = ["{call_centre}"]
campaigns = [{campaigns}]
"""

_SOURCES = """
# The carrier variant of VICIdial's Export Calls Report, downloaded once a week.
[[source]]
partner = "northgate"
format = "vicidial"
files = "exports/northgate/*.txt"
zone = "Europe/London"
country = "GB"
call_centre = "Leeds"

# Asterisk's own log. It says that a channel was answered; the dialler says in userfield what
# followed. Where that is empty nobody answered, and Asterisk's disposition decides.
[[source]]
partner = "brightcall"
format = "asterisk"
files = "exports/brightcall/Master*.csv"
zone = "Europe/London"
country = "GB"
call_centre = "Sunderland"
disposition_from = "userfield"

# What brightcall's dialler writes there. DROPMSG is a drop whose message ran to its end, DROP one
# where the person put the telephone down; neither proves that a message was heard, so the message
# stays unknown. MANUAL is a call an agent dialled: no automated call, so no part of the rate.
[source.codes]
{codes}

# Call records in the product's own columns, to the millisecond.
[[source]]
partner = "kestrel"
format = "canonical"
files = "exports/kestrel/*.csv.gz"
zone = "Europe/London"
country = "GB"
call_centre = "Derry"
"""

_STATEMENTS = """
# Kestrel had a thousand calls that its detection ended listened to. There is no estimate for
# northgate's RENEW-AMD, which detects machines too.
[[estimate]]
partner = "{partner}"
campaign = "{campaign}"
from = {first}
to = {last}
base = "machine"
false_positives = {false_positives}
sample = {sample}
signed_by = "Head of Compliance"

# VICIdial logs nothing of the message a drop is played.
[[attestation]]
partner = "northgate"
from = {first}
to = {last}
says = "message_played"
evidence = "drop action AUDIO, file et-information-message.wav, campaign settings of {first}"
signed_by = "Head of Compliance"
"""


def workspace_toml(first: date, last: date) -> str:
    """The workspace for calls from `first` to `last`."""
    return "".join(
        (
            _CLIENT,
            *(
                _PARTNER.format(
                    id=partner.id,
                    name=partner.name,
                    call_centre=partner.call_centre,
                    campaigns=", ".join(
                        f'"{each.campaign}"' for each in ASSIGNMENTS if each.partner == partner
                    ),
                )
                for partner in PARTNERS
            ),
            _SOURCES.format(codes="\n".join(f'"{code}" = "{outcome}"' for code, outcome in CODES.items())),
            _STATEMENTS.format(
                partner=ESTIMATE.partner,
                campaign=ESTIMATE.campaign,
                false_positives=ESTIMATE.false_positives,
                sample=ESTIMATE.sample,
                first=first,
                last=last,
            ),
        )
    )
