-- One row of Cisco's Dialer_Detail → call record (diallers.md, section 11). The codes are those of Cisco's Outbound Option
-- Guide, release 12.6(2), chapter "Dialer Detail Table", and of the Database Schema Handbook (CallResultDetail: 9.0(1)).
--
-- No column says when a call was dialled, answered or over. PickupTime, ValidSpeechTime and SilencePeriod are how long it took
-- from the answer to the first voice, how long that lasted, and how long it was then silent: without the time of the
-- answer they are no times. CallDuration is "reserved for future use".
WITH read AS (
    SELECT
        *,
        given(dbdatetimeutc) AS written_utc,
        given(chosen_disposition) AS told,
        given(callresult) AS code,
        given(agentperipheralnumber) AS operator
    FROM raw
),
timed AS (
    SELECT
        *,
        CASE WHEN written_utc IS NULL THEN clock_time ELSE written_utc END AS written_as,
        CASE
            WHEN written_utc IS NULL THEN local_ms(clock_time)
            ELSE ms_of(naive(written_utc))
        END AS written
    FROM read
),
coded AS (
    SELECT
        *,
        outcome_of_code($codes, $code_outcomes, code) AS meant,
        outcome_of_code($codes, $code_outcomes, told) AS told_outcome
    FROM timed
),
judged AS (
    SELECT
        *,
        CASE
            WHEN told_outcome IS NOT NULL THEN told_outcome
            -- Campaigns that transfer to an IVR have no agents: who took the call is not known.
            WHEN meant = 'live_to_agent' AND operator IS NULL THEN 'answered_unknown'
            -- 6: taken for a machine and sent to an agent all the same; what the agent found is not said.
            WHEN code = '12' AND given(callresultdetail) = '6' THEN 'answered_unknown'
            ELSE coalesce(meant, 'answered_unknown')
        END AS outcome
    FROM coded
)
SELECT
    coalesce(
        given(callguid), given(recoverykey),
        concat_ws(' ', written_as, given(phone), given(dialinglistid))
    ) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(campaignid) AS campaign,
    operator AS agent,
    CASE
        WHEN given(dialingmode) IN ('1', '2', '5', '6') THEN 'auto'
        WHEN given(dialingmode) IN ('3', '4', '7', '8') THEN 'preview'
    END AS dial_mode,
    given(phone) AS dialled_number,
    written AS dialled_ms,
    CASE code WHEN '21' THEN 'callee' WHEN '16' THEN 'dialler' END AS ended_by,
    CASE WHEN code IN ('12', '22') THEN 'machine' WHEN code = '28' THEN 'unsure' END AS amd,
    outcome,
    coalesce(told, code) AS disposition,
    greatest(60000, CASE WHEN written_utc IS NULL THEN local_precision(clock_time, clock_epoch) ELSE 60000 END) AS precision_ms,
    chosen,
    coalesce(told_outcome, meant) IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'has fewer fields than the header'
        WHEN code IS NULL THEN 'CallResult is empty'
        WHEN NOT regexp_full_match(code, '\d{1,5}') THEN 'CallResult is no number: the columns are shifted'
        WHEN written IS NULL AND written_utc IS NOT NULL THEN 'DBDateTimeUTC is no time'
        WHEN written IS NULL THEN time_fault('DBDateTime', clock_time)
        WHEN given(phone) IS NULL AND outcome <> 'excluded' THEN 'Phone is empty'
    END AS reject
FROM judged
