-- Asterisk CDR → call record (diallers.md, section 4). One row is one leg of a call.
WITH read AS (
    SELECT
        *,
        local_ms(clock_time) AS began_local,
        local_ms(given(answer)) AS answered_local,
        local_ms(given("end")) AS ended_local,
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
        began_local - clock_shift(began_local, clock_epoch) AS began,
        -- The table has no time of answer: it is the start and what was not billed.
        CASE WHEN answer_code = 'ANSWERED' THEN coalesce(answered_local - began_local, duration_ms - billed_ms) END AS until_answer,
        coalesce(ended_local - began_local, duration_ms) AS until_end
    FROM read
),
coded AS (
    SELECT *, outcome_of_code($codes, $code_outcomes, code) AS known FROM timed
)
SELECT
    -- The linked id groups the legs of a call; a unique id is that of one channel.
    coalesce(
        given(linkedid), given(uniqueid),
        concat_ws(' ', began, given(src), given(dst), given(dstchannel), given(lastapp))
    ) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(accountcode) AS campaign,
    given(regexp_extract(dstchannel, '^[A-Za-z0-9]+/([^-/@]+)', 1)) AS agent,
    e164(given(dst), $plan) AS dialled_number,
    presented(given(regexp_extract(clid, '<([^<>]*)>', 1)), $plan) AS presented_number,
    began AS dialled_ms,
    began + until_answer AS answered_ms,
    began + until_end AS ended_ms,
    coalesce(until_answer, until_end) AS ring_ms,
    CASE known WHEN 'machine_by_amd' THEN 'machine' END AS amd,
    coalesce(known, 'answered_unknown') AS outcome,
    code AS disposition,
    local_precision(clock_time, clock_epoch) AS precision_ms,
    chosen,
    known IS NOT NULL AS code_known,
    CASE
        WHEN began IS NULL THEN time_fault('start', clock_time)
        WHEN off_clock(began_local, clock_epoch) THEN clock_fault()
        WHEN duration_ms IS NULL OR billed_ms IS NULL THEN 'duration or billsec is no number: the columns are shifted'
        WHEN billed_ms > duration_ms THEN 'billsec is longer than duration'
        WHEN answer_code IS NULL OR answer_code NOT IN ('ANSWERED', 'NO ANSWER', 'BUSY', 'FAILED', 'CONGESTION', 'UNKNOWN')
            THEN 'disposition is none of Asterisk''s: the columns are shifted'
    END AS reject
FROM coded
