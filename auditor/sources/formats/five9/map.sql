-- One row of Five9's Call Log → call record (diallers.md, section 7). Dispositions that only the vendor's lists name and whose
-- words do not say what happened (Hardware Timeout, Resource Unavailable, System Error, No Response From Caller, Sent To
-- Voicemail, Declined) are in no code table: they are told to the user as unknown.
--
-- The report's durations begin at the answer (a call that nobody answered has a CALL TIME of nothing), and TIMESTAMP is
-- when it was dialled: so they are no way from the one to when anything else happened. RING TIME is the agent's telephone's.
WITH read AS (
    SELECT
        *,
        local_ms(clock_time) AS began,
        lower(given("call type")) AS kind,
        given(agent) AS operator,
        coalesce(given(chosen_disposition), given(disposition)) AS code,
        hms_ms(given("ivr time")) AS ivr_ms,
        hms_ms(given("queue wait time")) AS wait_ms,
        hms_ms(given("talk time")) AS talk_ms,
        given(abandoned) AS lost
    FROM raw
),
coded AS (
    SELECT
        *,
        outcome_of_code($codes, $code_outcomes, code) AS known,
        kind = '3rd party transfer' AS transferred,
        -- AGENT may name whose telephone rang; only who talked had the call.
        operator IS NOT NULL AND coalesce(talk_ms, 0) > 0 AS talked
    FROM read
),
judged AS (
    SELECT
        *,
        CASE
            -- The leg to a third party is none of the dialler's calls; under its call's id it is folded into it.
            WHEN transferred OR kind LIKE 'inbound%' OR kind LIKE 'internal%' OR kind = 'test' THEN 'excluded'
            WHEN known = 'machine_by_amd' AND operator IS NOT NULL THEN 'machine_by_agent'
            -- What only an agent can know, of a call that no agent had, and the other way round.
            WHEN known = 'live_to_agent' AND operator IS NULL THEN 'answered_unknown'
            WHEN known IN ('dropped_by_dialler', 'callee_hung_up_waiting') AND talked THEN 'answered_unknown'
            -- The report's own mark of a call that no agent took. Who ended it is not said (readings, 7) …
            WHEN coalesce(known, 'answered_unknown') = 'answered_unknown' AND lost = '1' AND NOT talked THEN 'dropped_by_dialler'
            -- … and without the mark these words are no more than words.
            WHEN known = 'callee_hung_up_waiting' AND lost IS DISTINCT FROM '1' THEN 'answered_unknown'
            ELSE coalesce(known, 'answered_unknown')
        END AS outcome
    FROM coded
)
SELECT
    -- 300000000000123A is a leg of 300000000000123.
    regexp_replace(given("call id"), '^(\d+)[A-Za-z]$', '\1') AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(campaign) AS campaign,
    operator AS agent,
    CASE WHEN kind IN ('outbound', 'autodial') THEN 'auto' WHEN kind = 'preview' THEN 'preview' WHEN kind = 'manual' THEN 'manual' END AS dial_mode,
    CASE WHEN transferred IS NOT TRUE THEN given(dnis) END AS dialled_number,
    CASE WHEN transferred IS NOT TRUE THEN given(ani) END AS presented_number,
    began AS dialled_ms,
    CASE WHEN ivr_ms > 0 THEN 'played' ELSE 'unknown' END AS message,
    CASE WHEN outcome = 'machine_by_amd' THEN 'machine' END AS amd,
    outcome,
    code AS disposition,
    -- Its comma is no decimal one.
    greatest(local_precision(clock_time, clock_epoch), 1000) AS precision_ms,
    chosen,
    known IS NOT NULL AS code_known,
    CASE
        WHEN began IS NULL THEN time_fault('TIMESTAMP', clock_time)
        WHEN given("call id") IS NULL THEN 'CALL ID is empty'
        WHEN kind IS NULL THEN 'CALL TYPE is empty'
        WHEN given("ivr time") IS NOT NULL AND ivr_ms IS NULL OR given("queue wait time") IS NOT NULL AND wait_ms IS NULL
            OR given("talk time") IS NOT NULL AND talk_ms IS NULL
            THEN 'IVR TIME, QUEUE WAIT TIME or TALK TIME is no hh:mm:ss: the columns are shifted'
        WHEN lost NOT IN ('0', '1') THEN 'ABANDONED is neither 0 nor 1: the columns are shifted'
    END AS reject
FROM judged
