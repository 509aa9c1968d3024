-- One row of RingCX's Dialer Result Download → call record (diallers.md, section 12). One row is one pass at a lead.
WITH read AS (
    SELECT
        *,
        local_ms(clock_time) AS began,
        -- Seconds; `duration` beside it is in minutes (section 14, 10).
        milliseconds(dial_duration) AS dialling_ms,
        CAST(round(TRY_CAST(given(duration) AS DECIMAL(18, 6)) * 60000) AS BIGINT) AS length_ms,
        -- A hundredth of a minute is 0.6 s; a tenth is 6 s, and no end of a call to the second.
        regexp_matches(given(duration), '\.\d{2,}$') AS fine,
        coalesce(nullif(given(agent_id), '0'), given(username)) AS operator,
        upper(given(pass_disposition)) AS code,
        lower(given(dial_type)) AS mode
    FROM raw
),
coded AS (
    SELECT
        *,
        outcome_of_code($codes, $code_outcomes, code) AS meant,
        -- A source may say which column holds the agents' own result.
        outcome_of_code($codes, $code_outcomes, given(chosen_disposition)) AS told
    FROM read
),
judged AS (
    SELECT
        *,
        CASE
            WHEN told IS NOT NULL THEN told
            -- Nobody knows who had an answered call without an agent: a message, a transfer, or silence.
            WHEN meant = 'live_to_agent' AND operator IS NULL THEN 'answered_unknown'
            WHEN meant = 'machine_by_amd' AND operator IS NOT NULL THEN 'machine_by_agent'
            -- No agent was available, says the code, and the record has one: the export contradicts itself.
            WHEN meant = 'dropped_by_dialler' AND operator IS NOT NULL THEN 'answered_unknown'
            ELSE coalesce(meant, 'answered_unknown')
        END AS outcome,
        -- Of a code that nobody knows it is not known whether the call was answered.
        CASE
            WHEN meant IS NULL THEN NULL
            ELSE meant NOT IN ('not_answered', 'busy', 'invalid_number', 'network_failure')
        END AS was_answered
    FROM coded
),
timed AS (
    SELECT
        *,
        CASE WHEN was_answered THEN began + dialling_ms END AS answered,
        CASE
            WHEN NOT was_answered THEN began + dialling_ms
            -- A call cannot be over before it is answered: such a length counts from elsewhere.
            WHEN fine AND length_ms >= coalesce(dialling_ms, 0) THEN began + length_ms
        END AS ended
    FROM judged
)
SELECT
    coalesce(given(callid), given(id)) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    coalesce(given(campaign_id), given(campaign_name)) AS campaign,
    operator AS agent,
    -- The dialling modes are those of the vendor's "Intro to dial modes"; in any other word it is not known.
    CASE mode WHEN 'predictive' THEN 'auto' WHEN 'progressive' THEN 'auto' WHEN 'preview' THEN 'preview' WHEN 'manual' THEN 'manual' END
        AS dial_mode,
    given(lead_phone) AS dialled_number,
    given(loaded_caller_id) AS presented_number,
    began AS dialled_ms,
    answered AS answered_ms,
    ended AS ended_ms,
    dialling_ms AS ring_ms,
    CASE WHEN meant = 'machine_by_amd' AND operator IS NULL THEN 'machine' END AS amd,
    outcome,
    coalesce(given(chosen_disposition), code) AS disposition,
    local_precision(clock_time, clock_epoch) AS precision_ms,
    chosen,
    coalesce(told, meant) IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'has fewer fields than the header'
        WHEN began IS NULL THEN time_fault('call_start', clock_time)
        WHEN code IS NULL THEN 'pass_disposition is empty'
        WHEN given(lead_phone) IS NULL THEN 'lead_phone is empty'
        WHEN given(dial_duration) IS NOT NULL AND (dialling_ms IS NULL OR dialling_ms < 0)
            THEN 'dial_duration is no number of seconds: the columns are shifted'
        WHEN given(duration) IS NOT NULL AND (length_ms IS NULL OR length_ms < 0)
            THEN 'duration is no number of minutes: the columns are shifted'
    END AS reject
FROM timed
