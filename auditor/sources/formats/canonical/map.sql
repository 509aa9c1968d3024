-- Canonical records: every column is already a fact; what is left is to read it or to refuse it.
-- In steps, so that each macro meets a plain column: DuckDB copies a macro's argument as often as it stands in it.
WITH texts AS (
    SELECT
        given(call_id) AS call_id,
        given(client) AS client,
        given(partner) AS partner,
        given(call_centre) AS call_centre,
        given(campaign) AS campaign,
        chosen,
        given(agent) AS agent,
        lower(given(dial_mode)) AS dial_mode,
        given(dialled_number) AS dialled_text_number,
        given(presented_number) AS presented_text_number,
        coalesce(given(dialled_at), given(dialled_ms)) AS dialled_text,
        coalesce(given(answered_at), given(answered_ms)) AS answered_text,
        coalesce(given(greeting_start_at), given(greeting_start_ms)) AS greeting_start_text,
        coalesce(given(greeting_end_at), given(greeting_end_ms)) AS greeting_end_text,
        coalesce(given(connected_at), given(connected_ms)) AS connected_text,
        coalesce(given(message_at), given(message_ms)) AS message_text,
        coalesce(given(ended_at), given(ended_ms)) AS ended_text,
        lower(given(message)) AS message,
        given(ring_ms) AS ring_text,
        lower(given(ended_by)) AS ended_by,
        lower(given(amd)) AS amd,
        lower(given(operator_reserved)) AS reserved,
        lower(given(outcome)) AS outcome,
        given(chosen_disposition) AS code,
        given(disposition) AS disposition,
        given(precision_ms) AS precision_text,
        given(callee_zone) AS callee_zone
    FROM raw
),
instants AS (
    SELECT
        * EXCLUDE (outcome),
        -- What a table says of the code; where there is a table, a code it does not know clears no call.
        coalesce(
            outcome_of_code($codes, $code_outcomes, code), outcome,
            outcome_of_code($codes, $code_outcomes, disposition)
        ) AS known_outcome,
        instant_ms(dialled_text) AS dialled_ms,
        instant_ms(answered_text) AS answered_at_ms,
        instant_ms(greeting_start_text) AS greeting_start_ms,
        instant_ms(greeting_end_text) AS greeting_end_ms,
        instant_ms(connected_text) AS connected_ms,
        instant_ms(message_text) AS message_ms,
        instant_ms(ended_text) AS ended_ms,
        TRY_CAST(ring_text AS BIGINT) AS stated_ring,
        TRY_CAST(precision_text AS BIGINT) AS stated_precision
    FROM texts
),
checked AS (
    SELECT
        *,
        -- A mapping may make an answer of a start and how long it rang, also of a call that rang in vain.
        CASE
            WHEN $format <> 'custom' OR known_outcome NOT IN ('not_answered', 'busy', 'invalid_number', 'network_failure')
                OR known_outcome IS NULL
            THEN answered_at_ms
        END AS answered_ms,
        length($codes) > 0 AND coalesce(code, disposition) IS NOT NULL AS coded,
        -- The first time that cannot be read: its name and what stands there.
        CASE
            WHEN dialled_ms IS NULL AND dialled_text IS NOT NULL THEN ['dialled_at', dialled_text]
            WHEN answered_at_ms IS NULL AND answered_text IS NOT NULL THEN ['answered_at', answered_text]
            WHEN greeting_start_ms IS NULL AND greeting_start_text IS NOT NULL THEN ['greeting_start_at', greeting_start_text]
            WHEN greeting_end_ms IS NULL AND greeting_end_text IS NOT NULL THEN ['greeting_end_at', greeting_end_text]
            WHEN connected_ms IS NULL AND connected_text IS NOT NULL THEN ['connected_at', connected_text]
            WHEN message_ms IS NULL AND message_text IS NOT NULL THEN ['message_at', message_text]
            WHEN ended_ms IS NULL AND ended_text IS NOT NULL THEN ['ended_at', ended_text]
        END AS faulty
    FROM instants
)
SELECT
    call_id,
    client,
    partner,
    call_centre,
    campaign,
    agent,
    dial_mode,
    dialled_text_number AS dialled_number,
    presented_text_number AS presented_number,
    dialled_ms,
    answered_ms,
    greeting_start_ms,
    greeting_end_ms,
    connected_ms,
    -- A time of the message says that one was played; no time says nothing.
    coalesce(message, CASE WHEN message_ms IS NOT NULL THEN 'played' ELSE 'unknown' END) AS message,
    message_ms,
    ended_ms,
    coalesce(stated_ring, answered_ms - dialled_ms) AS ring_ms,
    ended_by,
    amd,
    CASE WHEN reserved IN ('true', '1', 'yes') THEN true WHEN reserved IN ('false', '0', 'no') THEN false END
        AS operator_reserved,
    coalesce(known_outcome, CASE WHEN coded THEN 'answered_unknown' END) AS outcome,
    coalesce(code, disposition) AS disposition,
    coalesce(
        stated_precision,
        greatest(
            local_precision(dialled_text, NULL),
            precision_of(answered_text),
            precision_of(greeting_start_text),
            precision_of(greeting_end_text),
            precision_of(connected_text),
            precision_of(message_text),
            precision_of(ended_text)
        )
    ) AS precision_ms,
    callee_zone,
    chosen,
    known_outcome IS NOT NULL AS code_known,
    CASE
        WHEN call_id IS NULL THEN 'call_id is empty: every record needs one'
        WHEN coalesce($campaign, given(chosen.campaign), campaign) IS NULL THEN 'campaign is empty: name it, or give --campaign'
        WHEN dialled_text_number IS NULL THEN 'dialled_number is empty'
        WHEN known_outcome IS NULL AND NOT coded THEN 'outcome is empty'
        WHEN dialled_text IS NULL THEN 'dialled_at is empty'
        WHEN faulty IS NOT NULL THEN time_fault(faulty[1], faulty[2])
        WHEN ring_text IS NOT NULL AND coalesce(stated_ring < 0, true) THEN 'ring_ms is no whole number of 0 or more'
        WHEN precision_text IS NOT NULL AND coalesce(stated_precision NOT BETWEEN 1 AND 86400000, true)
            THEN 'precision_ms is no whole number from 1 to 86400000 (a day)'
        WHEN reserved IS NOT NULL AND reserved NOT IN ('true', '1', 'yes', 'false', '0', 'no')
            THEN 'operator_reserved is neither true nor false'
    END AS reject
FROM checked
