-- Asterisk CDR → call record (diallers.md, section 4). One row is one leg of a call.
WITH read AS (
    SELECT
        *,
        local_ms(coalesce(given("start"), given(calldate)), $zone) AS began,
        local_ms(given(answer), $zone) AS answered,
        local_ms(given("end"), $zone) AS ended,
        milliseconds(duration) AS duration_ms,
        milliseconds(billsec) AS billed_ms,
        upper(given(disposition)) AS answer_code,
        -- A source may say which column holds the dialler's own result; without one, Asterisk's decides.
        coalesce(given(chosen_disposition), upper(given(disposition))) AS code
    FROM raw
),
timed AS (
    SELECT
        *,
        -- The table has no time of answer: it is the start and what was not billed.
        CASE WHEN answer_code = 'ANSWERED' THEN coalesce(answered, began + duration_ms - billed_ms) END AS answered_at,
        coalesce(ended, began + duration_ms) AS ended_at
    FROM read
)
SELECT
    -- Legs share a unique id; what tells them apart is the sequence, or else where and when they went.
    concat_ws(
        '/', coalesce(given(uniqueid), concat_ws(' ', began, src, dst)),
        coalesce(given("sequence"), concat_ws(' ', given(dstchannel), given(lastapp), given(dst), began))
    ) AS call_id,
    CAST(NULL AS VARCHAR) AS client,
    CAST($partner AS VARCHAR) AS partner,
    coalesce($call_centre, given(chosen_call_centre)) AS call_centre,
    coalesce($campaign, given(chosen_campaign), given(accountcode)) AS campaign,
    given(regexp_extract(dstchannel, '^[A-Za-z0-9]+/([^-/@]+)', 1)) AS agent,
    CAST(NULL AS VARCHAR) AS dial_mode,
    e164(given(dst), $plan) AS dialled_number,
    presented(given(regexp_extract(clid, '<([^<>]*)>', 1)), $plan) AS presented_number,
    began AS dialled_ms,
    answered_at AS answered_ms,
    CAST(NULL AS BIGINT) AS greeting_start_ms,
    CAST(NULL AS BIGINT) AS greeting_end_ms,
    CAST(NULL AS BIGINT) AS connected_ms,
    'unknown' AS message,
    CAST(NULL AS BIGINT) AS message_ms,
    ended_at AS ended_ms,
    coalesce(answered_at, ended_at) - began AS ring_ms,
    CAST(NULL AS VARCHAR) AS ended_by,
    CASE outcome_of_code($codes, $code_outcomes, code) WHEN 'machine_by_amd' THEN 'machine' END AS amd,
    CAST(NULL AS BOOLEAN) AS operator_reserved,
    coalesce(outcome_of_code($codes, $code_outcomes, code), 'answered_unknown') AS outcome,
    code AS disposition,
    1000 AS precision_ms,
    CAST(NULL AS VARCHAR) AS callee_zone,
    outcome_of_code($codes, $code_outcomes, code) IS NOT NULL AS code_known,
    CASE
        WHEN began IS NULL THEN time_fault('start', coalesce(given("start"), given(calldate)), $zone)
        WHEN duration_ms IS NULL OR billed_ms IS NULL THEN 'duration or billsec is no number: the columns are shifted'
        WHEN billed_ms > duration_ms THEN 'billsec is longer than duration'
        WHEN answer_code IS NULL OR answer_code NOT IN ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'UNKNOWN')
            THEN 'disposition is none of Asterisk''s: the columns are shifted'
    END AS reject
FROM timed
