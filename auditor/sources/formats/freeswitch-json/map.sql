-- One FreeSWITCH channel as JSON → call record (diallers.md, section 5). Its variables are text, some of them URL-encoded.
WITH read AS (
    SELECT
        *,
        -- Microseconds where they are there, else seconds; 0 is "did not happen".
        coalesce(nullif(whole(start_uepoch), 0) // 1000, nullif(whole(start_epoch), 0) * 1000) AS started,
        coalesce(nullif(whole(answer_uepoch), 0) // 1000, nullif(whole(answer_epoch), 0) * 1000) AS answered,
        coalesce(nullif(whole(bridge_uepoch), 0) // 1000, nullif(whole(bridge_epoch), 0) * 1000) AS bridged,
        coalesce(nullif(whole(end_uepoch), 0) // 1000, nullif(whole(end_epoch), 0) * 1000) AS ended,
        upper(given(hangup_cause)) AS cause,
        upper(coalesce(given(amd_status), given(amd_result))) AS detected,
        coalesce(given(destination_number), given(sip_req_user)) AS called,
        coalesce(given(effective_caller_id_number), given(caller_id_number)) AS shown,
        -- The first application that speaks to the called person, of the list of all that ran.
        list_filter(
            TRY_CAST(json_extract(app_log, '$.applications') AS STRUCT(app_name VARCHAR, app_stamp VARCHAR)[]),
            lambda a: a.app_name IN ('playback', 'speak', 'play_and_get_digits')
        )[1] AS spoken,
        app_log IS NOT NULL AS logged
    FROM raw
),
judged AS (
    SELECT
        *,
        CASE
            WHEN direction = 'inbound' THEN 'excluded'
            WHEN detected LIKE 'MACHINE%' AND answered IS NOT NULL THEN 'machine_by_amd'
            WHEN answered IS NULL THEN outcome_of_code($codes, $code_outcomes, cause)
            WHEN bridged IS NOT NULL THEN 'live_to_agent'
            WHEN sip_hangup_disposition = 'recv_bye' THEN 'callee_hung_up_waiting'
            WHEN sip_hangup_disposition = 'send_bye' THEN 'dropped_by_dialler'
        END AS derived
    FROM read
)
SELECT
    given(uuid) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(accountcode) AS campaign,
    lower(given(dial_mode)) AS dial_mode,
    called AS dialled_number,
    shown AS presented_number,
    started AS dialled_ms,
    answered AS answered_ms,
    bridged AS connected_ms,
    CASE WHEN spoken IS NOT NULL THEN 'played' WHEN logged THEN 'none' ELSE 'unknown' END AS message,
    whole(spoken.app_stamp) // 1000 AS message_ms,
    ended AS ended_ms,
    coalesce(answered, ended) - started AS ring_ms,
    CASE sip_hangup_disposition WHEN 'recv_bye' THEN 'callee' WHEN 'send_bye' THEN 'dialler' END AS ended_by,
    CASE
        WHEN detected LIKE 'MACHINE%' THEN 'machine'
        WHEN detected IN ('HUMAN', 'PERSON') THEN 'human'
        WHEN detected IS NOT NULL THEN 'unsure'
    END AS amd,
    coalesce(outcome_of_code($codes, $code_outcomes, given(chosen_disposition)), derived, 'answered_unknown') AS outcome,
    coalesce(given(chosen_disposition), cause) AS disposition,
    CASE WHEN whole(start_uepoch) > 0 THEN 1 ELSE 1000 END AS precision_ms,
    chosen,
    coalesce(outcome_of_code($codes, $code_outcomes, given(chosen_disposition)), derived) IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'is no JSON object'
        WHEN given(uuid) IS NULL THEN 'variables.uuid is missing'
        WHEN started IS NULL THEN 'variables.start_epoch is missing: this is no finished call'
        WHEN cause IS NULL THEN 'variables.hangup_cause is missing: this is no finished call'
    END AS reject
FROM judged
