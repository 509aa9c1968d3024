-- A call of Twilio's REST API, or a call summary of Voice Insights → call record (diallers.md, section 10).
-- A call that <Dial> makes is a child with a sid of its own: the leg to the agent, folded into its parent.
WITH texts AS (
    SELECT *, given(start_time) AS start_given, given(end_time) AS end_given, given(created_time) AS created_given FROM raw
),
read AS (
    SELECT
        *,
        coalesce(given(sid), given(call_sid)) AS own_sid,
        given(parent_call_sid) AS parent_sid,
        given(call_state) IS NOT NULL AS summary,
        lower(coalesce(given(status), given(call_state))) AS code,
        lower(given(answered_by)) AS detected,
        -- The filters of Voice Insights write outbound_dial, everything else outbound-dial.
        replace(lower(coalesce(given(direction), given(summary_direction))), '_', '-') AS way,
        -- In a summary `to` and `from` are objects, or texts.
        coalesce(given(to_callee), CASE WHEN starts_with("to", '{') THEN NULL ELSE given("to") END) AS called,
        coalesce(given(from_caller), CASE WHEN starts_with("from", '{') THEN NULL ELSE given("from") END) AS shown,
        milliseconds(connect_duration) AS connected_for_ms,
        rfc_2822(start_given) AS start_text,
        rfc_2822(end_given) AS end_text,
        rfc_2822(created_given) AS created_text
    FROM texts
),
-- Both ways of writing end with an offset or without one: cut it off and apply it.
cut AS (
    SELECT
        *,
        offset_of(start_text) AS start_offset,
        offset_of(end_text) AS end_offset,
        offset_of(created_text) AS created_offset
    FROM read
),
plain AS (
    SELECT
        *,
        without_offset(start_text, start_offset) AS start_plain,
        without_offset(end_text, end_offset) AS end_plain,
        without_offset(created_text, created_offset) AS created_plain
    FROM cut
),
timed AS (
    SELECT
        *,
        coalesce(start_plain, created_plain) AS dial_plain,
        local_ms(start_plain) - offset_minutes(start_offset) * 60000 AS started,
        local_ms(end_plain) - offset_minutes(end_offset) * 60000 AS ended,
        local_ms(created_plain) - offset_minutes(created_offset) * 60000 AS created
    FROM plain
),
judged AS (
    SELECT
        *,
        code = 'completed' AS completed,
        parent_sid IS NOT NULL AS child,
        starts_with(detected, 'machine') OR detected = 'fax' AS by_machine,
        outcome_of_code($codes, $code_outcomes, code) AS meant,
        outcome_of_code($codes, $code_outcomes, given(chosen_disposition)) AS told,
        -- "Duration between when the call was answered and when it ended". Whole seconds: it may seem answered within the
        -- second before it was dialled.
        CASE
            WHEN ended - connected_for_ms BETWEEN started - 1000 AND started THEN started
            ELSE ended - connected_for_ms
        END AS answered
    FROM timed
),
outcomes AS (
    SELECT
        *,
        -- The agent's leg was answered, and by no voicemail.
        child AND completed AND NOT coalesce(by_machine, false) AS taken,
        CASE
            WHEN told IS NOT NULL THEN told
            WHEN child AND completed AND by_machine THEN 'answered_unknown'
            WHEN child AND completed THEN 'live_to_agent'
            WHEN child THEN coalesce(meant, 'answered_unknown')
            -- A Twilio Client that calls in is an agent's own telephone, calling out through the application.
            WHEN way IN ('inbound', 'trunking-originating') AND NOT coalesce(starts_with(shown, 'client:'), false) THEN 'excluded'
            -- An agent's leg whose summary does not say of which call.
            WHEN way = 'outbound-dial' AND starts_with(called, 'client:') THEN 'excluded'
            WHEN completed AND detected = 'fax' THEN 'fax'
            WHEN completed AND by_machine THEN 'machine_by_amd'
            ELSE coalesce(meant, 'answered_unknown')
        END AS outcome
    FROM judged
)
SELECT
    coalesce(parent_sid, own_sid) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    CAST(NULL AS VARCHAR) AS campaign,
    CASE WHEN taken THEN regexp_replace(called, '^client:', '') END AS agent,
    -- A child calls the agent, not the person.
    CASE WHEN NOT child THEN called END AS dialled_number,
    CASE WHEN NOT child THEN shown END AS presented_number,
    CASE WHEN code = 'undialed' THEN coalesce(started, created) ELSE started END AS dialled_ms,
    CASE WHEN summary AND completed AND NOT child THEN answered END AS answered_ms,
    CASE WHEN taken THEN CASE WHEN summary THEN answered ELSE started END END AS connected_ms,
    ended AS ended_ms,
    CASE
        WHEN child THEN NULL
        WHEN summary AND completed THEN answered - started
        WHEN meant = 'not_answered' THEN ended - started
    END AS ring_ms,
    CASE
        WHEN child THEN NULL
        WHEN by_machine THEN 'machine'
        WHEN detected = 'human' THEN 'human'
        WHEN detected IS NOT NULL THEN 'unsure'
    END AS amd,
    outcome,
    coalesce(given(chosen_disposition), code) AS disposition,
    CASE
        -- Of a completed call Twilio's start_time may be the dialling or the answer, which is a ringing later.
        WHEN completed AND NOT summary THEN 60000
        ELSE greatest(1000, precision_of(dial_plain))
    END AS precision_ms,
    chosen,
    coalesce(told, meant) IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'is no whole record'
        WHEN own_sid IS NULL THEN 'has no sid'
        WHEN code IS NULL THEN 'has no status'
        WHEN code IN ('queued', 'initiated', 'ringing', 'in-progress', 'answered') THEN 'is not over yet: export it again when it is'
        WHEN start_text IS NOT NULL AND started IS NULL THEN time_fault('start_time', start_text)
        WHEN end_text IS NOT NULL AND ended IS NULL THEN time_fault('end_time', end_text)
        WHEN greatest(abs(offset_minutes(start_offset)), abs(offset_minutes(end_offset))) > 840
            THEN 'start_time or end_time has an offset beyond 14 hours'
        WHEN started IS NULL AND code <> 'undialed' THEN 'start_time is empty: it was never dialled'
        WHEN given(duration) IS NOT NULL AND milliseconds(duration) IS NULL THEN 'duration is no number of seconds: the columns are shifted'
        WHEN given(connect_duration) IS NOT NULL AND connected_for_ms IS NULL THEN 'connect_duration is no number of seconds'
    END AS reject
FROM outcomes
