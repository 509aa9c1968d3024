-- Canonical records: every column is already a fact; what is left is to read it or to refuse it.
WITH read AS (
    SELECT
        *,
        instant_ms(coalesce(given(dialled_at), given(dialled_ms)), $zone) AS dialled,
        instant_ms(coalesce(given(answered_at), given(answered_ms)), $zone) AS answered,
        instant_ms(coalesce(given(greeting_start_at), given(greeting_start_ms)), $zone) AS greeting_start,
        instant_ms(coalesce(given(greeting_end_at), given(greeting_end_ms)), $zone) AS greeting_end,
        instant_ms(coalesce(given(connected_at), given(connected_ms)), $zone) AS connected,
        instant_ms(coalesce(given(message_at), given(message_ms)), $zone) AS message_began,
        instant_ms(coalesce(given(ended_at), given(ended_ms)), $zone) AS ended,
        whole(ring_ms) AS ring,
        whole(precision_ms) AS stated_precision,
        lower(given(operator_reserved)) AS reserved
    FROM raw
)
SELECT
    given(call_id) AS call_id,
    given(client) AS client,
    coalesce($partner, given(partner)) AS partner,
    coalesce($call_centre, chosen_call_centre, given(call_centre)) AS call_centre,
    coalesce($campaign, chosen_campaign, given(campaign)) AS campaign,
    given(agent) AS agent,
    lower(given(dial_mode)) AS dial_mode,
    e164(given(dialled_number), $calling_code, $trunk, $international) AS dialled_number,
    e164(given(presented_number), $calling_code, $trunk, $international) AS presented_number,
    dialled AS dialled_ms,
    answered AS answered_ms,
    greeting_start AS greeting_start_ms,
    greeting_end AS greeting_end_ms,
    connected AS connected_ms,
    -- A time of the message says that one was played; no time says nothing.
    coalesce(lower(given(message)), CASE WHEN message_began IS NOT NULL THEN 'played' ELSE 'unknown' END) AS message,
    message_began AS message_ms,
    ended AS ended_ms,
    coalesce(ring, answered - dialled) AS ring_ms,
    lower(given(ended_by)) AS ended_by,
    lower(given(amd)) AS amd,
    CASE WHEN reserved IN ('true', '1', 'yes') THEN true WHEN reserved IN ('false', '0', 'no') THEN false END
        AS operator_reserved,
    coalesce(outcome_of_code($codes, $code_outcomes, chosen_disposition), lower(given(outcome))) AS outcome,
    coalesce(chosen_disposition, given(disposition)) AS disposition,
    coalesce(
        stated_precision,
        greatest(
            precision_of(coalesce(given(dialled_at), given(dialled_ms))),
            precision_of(coalesce(given(answered_at), given(answered_ms))),
            precision_of(coalesce(given(greeting_end_at), given(greeting_end_ms))),
            precision_of(coalesce(given(connected_at), given(connected_ms))),
            precision_of(coalesce(given(message_at), given(message_ms))),
            precision_of(coalesce(given(ended_at), given(ended_ms)))
        )
    ) AS precision_ms,
    given(callee_zone) AS callee_zone,
    true AS code_known,
    CASE
        WHEN given(call_id) IS NULL THEN 'call_id is empty: every record needs one'
        WHEN coalesce($campaign, chosen_campaign, given(campaign)) IS NULL THEN 'campaign is empty: name it, or give --campaign'
        WHEN given(dialled_number) IS NULL THEN 'dialled_number is empty'
        WHEN given(outcome) IS NULL THEN 'outcome is empty'
        WHEN coalesce(given(dialled_at), given(dialled_ms)) IS NULL THEN 'dialled_at is empty'
        WHEN dialled IS NULL THEN time_fault('dialled_at', coalesce(given(dialled_at), given(dialled_ms)), $zone)
        WHEN answered IS NULL AND coalesce(given(answered_at), given(answered_ms)) IS NOT NULL
            THEN time_fault('answered_at', coalesce(given(answered_at), given(answered_ms)), $zone)
        WHEN greeting_start IS NULL AND coalesce(given(greeting_start_at), given(greeting_start_ms)) IS NOT NULL
            THEN time_fault('greeting_start_at', coalesce(given(greeting_start_at), given(greeting_start_ms)), $zone)
        WHEN greeting_end IS NULL AND coalesce(given(greeting_end_at), given(greeting_end_ms)) IS NOT NULL
            THEN time_fault('greeting_end_at', coalesce(given(greeting_end_at), given(greeting_end_ms)), $zone)
        WHEN connected IS NULL AND coalesce(given(connected_at), given(connected_ms)) IS NOT NULL
            THEN time_fault('connected_at', coalesce(given(connected_at), given(connected_ms)), $zone)
        WHEN message_began IS NULL AND coalesce(given(message_at), given(message_ms)) IS NOT NULL
            THEN time_fault('message_at', coalesce(given(message_at), given(message_ms)), $zone)
        WHEN ended IS NULL AND coalesce(given(ended_at), given(ended_ms)) IS NOT NULL
            THEN time_fault('ended_at', coalesce(given(ended_at), given(ended_ms)), $zone)
        WHEN ring IS NULL AND given(ring_ms) IS NOT NULL THEN 'ring_ms is no whole number'
        WHEN given(precision_ms) IS NOT NULL AND (stated_precision IS NULL OR stated_precision < 1)
            THEN 'precision_ms is no whole number of 1 or more'
        WHEN reserved IS NOT NULL AND reserved NOT IN ('true', '1', 'yes', 'false', '0', 'no')
            THEN 'operator_reserved is neither true nor false'
    END AS reject
FROM read
