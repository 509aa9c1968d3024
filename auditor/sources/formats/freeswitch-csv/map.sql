-- One FreeSWITCH channel as text → call record (diallers.md, section 5). Which variables there are is up to the template.
WITH read AS (
    SELECT
        *,
        instant_ms(clock_time) AS start_local,
        -- Only times without an offset are on the file's clock.
        CASE WHEN offset_of(clock_time) = '' THEN clock_epoch END AS own_epoch,
        coalesce(nullif(whole(start_uepoch), 0) // 1000, nullif(whole(start_epoch), 0) * 1000) AS start_known,
        coalesce(nullif(whole(answer_uepoch), 0) // 1000, nullif(whole(answer_epoch), 0) * 1000) AS answer_known,
        coalesce(nullif(whole(bridge_uepoch), 0) // 1000, nullif(whole(bridge_epoch), 0) * 1000) AS bridge_known,
        coalesce(nullif(whole(end_uepoch), 0) // 1000, nullif(whole(end_epoch), 0) * 1000) AS end_known,
        given(answer_stamp) AS answer_text,
        given(bridge_stamp) AS bridge_text,
        given(end_stamp) AS end_text,
        milliseconds(duration) AS duration_ms,
        upper(given(hangup_cause)) AS cause,
        upper(coalesce(given(amd_status), given(amd_result))) AS detected,
        lower(given(sip_hangup_disposition)) AS hung_up,
        coalesce(given(effective_caller_id_number), given(caller_id_number)) AS shown,
        given(chosen_disposition) AS chosen_code
    FROM raw
),
local AS (
    SELECT
        *,
        clock_shift(start_local, own_epoch) AS start_shift,
        -- An early mod_cdr_csv.c writes the beginning of the epoch, on its own clock, for what did not happen.
        CASE WHEN answer_text NOT LIKE '1970-%' AND answer_text NOT LIKE '1969-%' THEN answer_text END AS answer_at,
        CASE WHEN bridge_text NOT LIKE '1970-%' AND bridge_text NOT LIKE '1969-%' THEN bridge_text END AS bridge_at
    FROM read
),
timed AS (
    SELECT
        *,
        coalesce(start_known, start_local - CASE WHEN offset_of(clock_time) = '' THEN start_shift ELSE 0 END) AS started,
        coalesce(answer_known, instant_ms(answer_at) - CASE WHEN offset_of(answer_at) = '' THEN start_shift ELSE 0 END) AS answered,
        coalesce(bridge_known, instant_ms(bridge_at) - CASE WHEN offset_of(bridge_at) = '' THEN start_shift ELSE 0 END) AS bridged,
        coalesce(end_known, instant_ms(end_text) - CASE WHEN offset_of(end_text) = '' THEN start_shift ELSE 0 END) AS stamped_end
    FROM local
),
judged AS (
    SELECT
        *,
        coalesce(stamped_end, started + duration_ms) AS ended,
        outcome_of_code($codes, $code_outcomes, chosen_code) AS chosen_outcome,
        CASE
            WHEN lower(given(direction)) = 'inbound' THEN 'excluded'
            WHEN detected LIKE 'MACHINE%' AND answered IS NOT NULL THEN 'machine_by_amd'
            WHEN answered IS NULL THEN outcome_of_code($codes, $code_outcomes, cause)
            -- switch_ivr_bridge.c names each leg's partner in bridge_channel when it joins them.
            WHEN bridged IS NOT NULL OR given(bridge_channel) IS NOT NULL THEN 'live_to_agent'
            WHEN hung_up = 'recv_bye' THEN 'callee_hung_up_waiting'
            WHEN hung_up = 'send_bye' THEN 'dropped_by_dialler'
            -- bleg_uuid only says that a second leg was begun, not that it was answered.
            ELSE 'answered_unknown'
        END AS derived
    FROM timed
)
SELECT
    -- switch_channel.c finds bleg_uuid in the profile of the leg that a channel began: the second leg has none.
    coalesce(given(bleg_uuid), given(uuid)) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    -- The default template and snom's write ` "SALES1"`: a space, and quotes that are then characters.
    given(trim(accountcode, ' "')) AS campaign,
    CASE WHEN lower(given(dial_mode)) IN ('auto', 'preview', 'manual') THEN lower(given(dial_mode)) END AS dial_mode,
    given(destination_number) AS dialled_number,
    shown AS presented_number,
    started AS dialled_ms,
    answered AS answered_ms,
    bridged AS connected_ms,
    ended AS ended_ms,
    coalesce(answered, ended) - started AS ring_ms,
    CASE hung_up WHEN 'recv_bye' THEN 'callee' WHEN 'send_bye' THEN 'dialler' END AS ended_by,
    CASE
        WHEN detected LIKE 'MACHINE%' THEN 'machine'
        WHEN detected IN ('HUMAN', 'PERSON') THEN 'human'
        WHEN detected IS NOT NULL THEN 'unsure'
    END AS amd,
    coalesce(chosen_outcome, derived, 'answered_unknown') AS outcome,
    coalesce(chosen_code, cause) AS disposition,
    CASE
        WHEN whole(start_uepoch) > 0 AND (answered IS NULL OR whole(answer_uepoch) > 0)
            AND (bridged IS NULL OR whole(bridge_uepoch) > 0) AND (ended IS NULL OR whole(end_uepoch) > 0) THEN 1
        WHEN start_known IS NOT NULL THEN 1000
        WHEN offset_of(clock_time) <> '' THEN greatest(precision_of(clock_time), 1000)
        ELSE greatest(local_precision(clock_time, own_epoch), 1000)
    END AS precision_ms,
    chosen,
    CASE WHEN chosen_code IS NOT NULL THEN chosen_outcome ELSE derived END IS NOT NULL AS code_known,
    CASE
        WHEN started IS NULL THEN time_fault('start_stamp', clock_time)
        WHEN off_clock(start_local, own_epoch) THEN clock_fault()
        WHEN given(uuid) IS NULL THEN 'uuid is empty'
        WHEN cause IS NULL OR NOT regexp_full_match(cause, '[A-Z][A-Z0-9_]+')
            THEN 'hangup_cause is none of FreeSWITCH''s: the columns are shifted'
        WHEN given(duration) IS NOT NULL AND duration_ms IS NULL OR given(billsec) IS NOT NULL AND milliseconds(billsec) IS NULL
            THEN 'duration or billsec is no number: the columns are shifted'
        WHEN answer_at IS NOT NULL AND answered IS NULL THEN time_fault('answer_stamp', answer_at)
        WHEN bridge_at IS NOT NULL AND bridged IS NULL THEN time_fault('bridge_stamp', bridge_at)
        WHEN end_text IS NOT NULL AND stamped_end IS NULL THEN time_fault('end_stamp', end_text)
    END AS reject
FROM judged
