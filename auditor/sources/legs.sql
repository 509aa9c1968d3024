-- Records of one call that are its legs (transfers, attempts over another trunk, the agent's own channel)
-- become one call: it is dialled with its first leg and over with its last, and it is what the first leg says
-- that was answered by somebody known; else the first that was answered; else the last.

CREATE OR REPLACE TEMP TABLE folded AS
WITH legs AS (
    SELECT m.*, m.rowid AS place,
        CASE
            WHEN m.outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') THEN 3000000000 - m.rowid
            WHEN m.outcome IN ('answered_unknown', 'excluded') THEN 1000000000 + m.rowid
            ELSE m.rowid
        END AS telling
    FROM mapped m JOIN repeated r ON m.call_key = r.call_key
    WHERE m.reject IS NULL
)
SELECT
    r.place,
    min(dialled_ms) AS dialled_ms,
    min(answered_ms) AS answered_ms,
    min(connected_ms) AS connected_ms,
    min(message_ms) AS message_ms,
    max(ended_ms) AS ended_ms,
    coalesce(min(answered_ms) - min(dialled_ms), max(ring_ms)) AS ring_ms,
    max(precision_ms) AS precision_ms,
    -- Of whom was called, the first leg knows that has a public number: others lead to extensions.
    coalesce(arg_min(dialled_number, l.place) FILTER (starts_with(dialled_number, '+')), arg_min(dialled_number, l.place)) AS dialled_number,
    coalesce(arg_min(presented_number, l.place) FILTER (starts_with(presented_number, '+')), arg_min(presented_number, l.place)) AS presented_number,
    arg_min(campaign, l.place) AS campaign,
    arg_min(call_centre, l.place) AS call_centre,
    arg_min(dial_mode, l.place) AS dial_mode,
    arg_min(agent, telling) AS agent,
    arg_min(outcome, telling) AS outcome,
    arg_min(disposition, telling) AS disposition,
    arg_min(amd, telling) AS amd,
    arg_max(ended_by, l.place) AS ended_by,
    coalesce(arg_min(message, l.place) FILTER (message <> 'unknown'), 'unknown') AS message
FROM legs l JOIN repeated r ON l.call_key = r.call_key
GROUP BY r.place;

UPDATE mapped SET
    dialled_ms = f.dialled_ms, answered_ms = f.answered_ms, connected_ms = f.connected_ms, message_ms = f.message_ms,
    ended_ms = f.ended_ms, ring_ms = f.ring_ms, precision_ms = f.precision_ms, dialled_number = f.dialled_number,
    presented_number = f.presented_number, campaign = f.campaign, call_centre = f.call_centre, dial_mode = f.dial_mode,
    agent = f.agent, outcome = f.outcome, disposition = f.disposition, amd = f.amd, ended_by = f.ended_by,
    message = f.message
FROM folded f WHERE mapped.rowid = f.place
