-- One row of vicidial_log → call record (diallers.md, sections 1.1 to 1.4), with what the other tables of the
-- database say of the call. `call_date` means three things, as in the Export Calls Report: the routing start of an
-- answered call (after any AMD), the clean-up of one that was not answered, and the dialling of a PDROP.
-- Each companion is first brought down to one row for each key, so that no record becomes two.

-- Unique ids are unique to a server, so the lead goes with them; vicidial_log cuts them to 20 characters.
WITH extended AS (
    SELECT left(given(uniqueid), 20) AS id, given(lead_id) AS lead, min(given(caller_code)) AS caller_code
    FROM log_extended GROUP BY ALL
),
dials AS (
    SELECT given(caller_code) AS caller_code, min(given(call_date)) AS dialled_at, arg_min(given(outbound_cid), given(call_date)) AS cid
    FROM dial_log GROUP BY ALL
),
cids AS (
    SELECT given(caller_code) AS caller_code, arg_min(given(outbound_cid), given(call_date)) AS cid
    FROM dial_cid_log WHERE given(call_type) IS DISTINCT FROM '3WAY' GROUP BY ALL
),
hangups AS (
    SELECT
        left(given(uniqueid), 20) AS id, given(lead_id) AS lead, given(caller_code) AS caller_code,
        {'ended_at': given(call_date), 'dialling_ms': milliseconds(dial_time), 'answered_for_ms': milliseconds(answered_time)} AS hangup,
        -- Of attempts over several trunks the one that was answered, else the one that went on longest.
        coalesce(milliseconds(answered_time), 0) * 100000000 + coalesce(milliseconds(dial_time), 0) AS telling
    FROM carrier_log
),
hangups_by_id AS (
    SELECT id, lead, max(caller_code) AS caller_code, arg_max(hangup, telling) AS hangup FROM hangups GROUP BY ALL
),
hangups_by_caller AS (SELECT caller_code, arg_max(hangup, telling) AS hangup FROM hangups GROUP BY ALL),
talks AS (
    SELECT left(given(uniqueid), 20) AS id, given(lead_id) AS lead, given("user") AS operator, min(nullif(whole(talk_epoch), 0)) * 1000 AS talk_ms
    FROM agent_log GROUP BY ALL
),
in_group_legs AS (
    SELECT
        left(given(uniqueid), 20) AS id, given(lead_id) AS lead, nullif(whole(start_epoch), 0) AS started,
        CASE WHEN given("user") IN ('VDAD', 'VDCL') THEN NULL ELSE given("user") END AS operator,
        {'operator': given("user"), 'status': given(status), 'term_reason': upper(given(term_reason)), 'ended_ms': nullif(whole(end_epoch), 0) * 1000} AS leg
    FROM closer_log
),
in_groups AS (
    SELECT
        id, lead,
        arg_min(leg, started) FILTER (operator IS NOT NULL) AS taken,
        arg_max(leg, started) FILTER (operator IS NULL) AS waited
    FROM in_group_legs GROUP BY ALL
),
detections AS (
    SELECT
        left(given(uniqueid), 20) AS id, given(lead_id) AS lead, given(caller_code) AS caller_code,
        upper(given(amdstatus)) AS detected, given(call_date) AS tried_at
    FROM amd_log
),
detections_by_id AS (SELECT id, lead, arg_max(detected, tried_at) AS detected FROM detections GROUP BY ALL),
detections_by_caller AS (SELECT caller_code, arg_max(detected, tried_at) AS detected FROM detections GROUP BY ALL),
menus AS (
    SELECT left(given(uniqueid), 20) AS id, given(lead_id) AS lead, given(caller_code) AS caller_code, given(event_date) AS reached_at
    FROM outbound_ivr_log
),
menus_by_id AS (SELECT id, lead, min(reached_at) AS reached_at FROM menus GROUP BY ALL),
menus_by_caller AS (SELECT caller_code, min(reached_at) AS reached_at FROM menus GROUP BY ALL),
-- Flags are the site's own, and a campaign may have statuses of its own (section 1.2). One that is said to be
-- both a person and a machine is neither.
flags AS (
    SELECT
        given(status) AS code, given(campaign_id) AS campaign,
        bool_or(coalesce(upper(given(human_answered)) = 'Y', false)) AS human,
        bool_or(coalesce(upper(given(answering_machine)) = 'Y', false)) AS machine
    FROM statuses GROUP BY ALL
),
identified AS (
    SELECT
        raw.*,
        coalesce(given(raw.caller_code), x.caller_code, h.caller_code) AS caller,
        h.hangup AS hangup_by_id,
        g.taken, g.waited,
        d.detected AS detected_by_id,
        m.reached_at AS menu_by_id
    FROM raw
    LEFT JOIN extended x ON x.id = given(raw.uniqueid) AND x.lead = given(raw.lead_id)
    LEFT JOIN hangups_by_id h ON h.id = given(raw.uniqueid) AND h.lead = given(raw.lead_id)
    LEFT JOIN in_groups g ON g.id = given(raw.uniqueid) AND g.lead = given(raw.lead_id)
    LEFT JOIN detections_by_id d ON d.id = given(raw.uniqueid) AND d.lead = given(raw.lead_id)
    LEFT JOIN menus_by_id m ON m.id = given(raw.uniqueid) AND m.lead = given(raw.lead_id)
),
joined AS (
    SELECT
        i.*,
        coalesce(h.hangup, hangup_by_id) AS hangup,
        coalesce(d.detected, detected_by_id) AS detected,
        coalesce(m.reached_at, menu_by_id) AS menu_at,
        dials.dialled_at AS dial_logged_at,
        coalesce(regexp_extract(c.cid, '^\+?\d+$'), '') AS plain_cid,
        coalesce(regexp_extract(dials.cid, '<(\+?\d+)>', 1), '') AS bracketed_cid
    FROM identified i
    LEFT JOIN hangups_by_caller h ON h.caller_code = i.caller
    LEFT JOIN detections_by_caller d ON d.caller_code = i.caller
    LEFT JOIN menus_by_caller m ON m.caller_code = i.caller
    LEFT JOIN dials ON dials.caller_code = i.caller
    LEFT JOIN cids c ON c.caller_code = i.caller
),
read AS (
    SELECT
        *,
        naive(clock_time) AS logged_on,
        local_ms(clock_time) AS logged_local,
        local_ms(dial_logged_at) AS dial_logged_local,
        local_ms(hangup.ended_at) AS hung_up_local,
        local_ms(menu_at) AS menu_local,
        nullif(whole(end_epoch), 0) * 1000 AS over,
        milliseconds(length_in_sec) AS length_ms,
        -- An in-group's agent may have taken what vicidial_log still calls a drop (section 1.3).
        coalesce(outcome_of_code($codes, $code_outcomes, given(status)) = 'dropped_by_dialler', false)
            AND coalesce(given("user"), 'VDAD') IN ('VDAD', 'VDCL') AS is_drop
    FROM joined
),
decided AS (
    SELECT
        *,
        clock_shift(logged_local, clock_epoch) AS shift,
        is_drop AND taken IS NOT NULL AS is_taken,
        is_drop AND taken IS NULL AND coalesce(waited.term_reason = 'ABANDON', false) AS is_given_up,
        coalesce(given(chosen_disposition), CASE WHEN is_drop THEN taken.status END, given(status)) AS code,
        CASE
            WHEN is_drop AND taken IS NOT NULL THEN taken.operator
            WHEN given("user") NOT IN ('VDAD', 'VDCL') THEN given("user")
        END AS operator
    FROM read
),
flagged AS (
    SELECT
        d.*,
        outcome_of_code($codes, $code_outcomes, d.code) AS coded,
        talks.talk_ms,
        coalesce(own.human, general.human) AS human,
        coalesce(own.machine, general.machine) AS machine,
        coalesce(clock_epoch, logged_local - shift) AS logged,
        dial_logged_local - shift AS dial_logged,
        hung_up_local - shift AS hung_up,
        menu_local - shift AS menu,
        -- V0930141502…: dialled automatically on 30 September at 14:15:02. The year is that of the log line,
        -- or the one before it where the log line is of January and the call of December.
        CASE
            WHEN regexp_full_match(caller, '[VM]\d{20}') AND logged_on IS NOT NULL
            THEN local_ms(
                CAST(year(logged_on) - CAST(substr(caller, 2, 2) = '12' AND month(logged_on) = 1 AS INTEGER) AS VARCHAR)
                || '-' || substr(caller, 2, 2) || '-' || substr(caller, 4, 2)
                || ' ' || substr(caller, 6, 2) || ':' || substr(caller, 8, 2) || ':' || substr(caller, 10, 2)) - shift
        END AS caller_dialled
    FROM decided d
    LEFT JOIN talks ON talks.id = given(d.uniqueid) AND talks.lead = given(d.lead_id) AND talks.operator = d.operator
    LEFT JOIN flags own ON own.code = d.code AND own.campaign = given(d.campaign_id)
    LEFT JOIN flags general ON general.code = d.code AND general.campaign IS NULL
),
judged AS (
    SELECT
        *,
        CASE
            WHEN coded IS NOT NULL THEN coded
            -- Technical and inbound codes are human_answered by default and no dispositions (section 1.2).
            WHEN regexp_full_match(
                code,
                'SVYCLM|LRERR|MLINAT|MAXCAL|TIMEOT|AFTHRS|NANQUE|IQNANQ|CBHOLD|RQXFER|QCFAIL|ERI|QVMAIL|CPD.*|HUC\d+|ADCCAR|DNCCAR|SIPACT|KPDROP'
            ) THEN NULL
            WHEN human AND NOT machine AND operator IS NOT NULL THEN 'live_to_agent'
            WHEN machine AND NOT human THEN CASE WHEN operator IS NULL THEN 'machine_by_amd' ELSE 'machine_by_agent' END
        END AS known
    FROM flagged
),
outcomes AS (
    SELECT
        *,
        CASE
            WHEN left(caller, 1) = 'Y' THEN 'excluded'
            WHEN known = 'dropped_by_dialler' AND (is_given_up OR code = 'DROP' AND upper(given(term_reason)) = 'ABANDON')
                THEN 'callee_hung_up_waiting'
            -- A result only an agent can give, on a call that no agent had: the tables contradict each other.
            WHEN known IN ('live_to_agent', 'machine_by_agent') AND operator IS NULL THEN 'answered_unknown'
            -- AM and AL are written by agents too, when they leave a message on the machine.
            WHEN known = 'machine_by_amd' AND operator IS NOT NULL THEN 'machine_by_agent'
            -- Also where the carrier says BUSY or NOANSWER: a code nobody knows never clears a call.
            ELSE coalesce(known, 'answered_unknown')
        END AS outcome,
        CASE WHEN is_taken THEN taken.term_reason WHEN is_given_up THEN waited.term_reason ELSE upper(given(term_reason)) END AS reason
    FROM judged
),
answered AS (
    SELECT
        *,
        -- Of a drop that an in-group took, vicidial_log still says when it was answered.
        CASE
            WHEN (outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') AND NOT is_taken) OR code = 'PDROP' THEN NULL
            ELSE least(coalesce(hung_up - hangup.answered_for_ms, logged), logged)
        END AS answered_at
    FROM outcomes
),
timed AS (
    SELECT
        *,
        coalesce(
            dial_logged, caller_dialled,
            CASE
                WHEN answered_at IS NOT NULL THEN answered_at - greatest(coalesce(hangup.dialling_ms - hangup.answered_for_ms, 0), 0)
                -- Its call_date is when it was dialled; of its start_epoch nobody says so.
                WHEN code = 'PDROP' THEN logged_local - shift
                ELSE logged - coalesce(hangup.dialling_ms, 0)
            END
        ) AS dialled_at,
        CASE
            -- Logged as it was dialled: only the carrier saw the end.
            WHEN code = 'PDROP' THEN hung_up
            WHEN is_taken THEN taken.ended_ms
            WHEN is_given_up THEN coalesce(waited.ended_ms, over)
            WHEN answered_at IS NULL THEN coalesce(over, logged)
            -- Of a drop: the moment of the drop, though the line may go on to a message.
            ELSE coalesce(over, logged + length_ms)
        END AS ended_at,
        -- A call menu that answers for an absent agent; agents and machines reach menus too, which is no such message.
        CASE
            WHEN outcome IN ('dropped_by_dialler', 'callee_hung_up_waiting', 'message_only', 'answered_unknown') AND operator IS NULL
            THEN menu
        END AS played_at
    FROM answered
)
SELECT
    place,
    coalesce(caller, given(uniqueid) || '-' || coalesce(given(lead_id), '')) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    given(campaign_id) AS campaign,
    operator AS agent,
    CASE left(caller, 1) WHEN 'V' THEN 'auto' WHEN 'M' THEN 'manual' END AS dial_mode,
    CASE
        WHEN regexp_full_match(trim(phone_code), '\d{1,3}') AND regexp_full_match(trim(phone_number), '\d{5,14}')
        THEN '+' || trim(phone_code) || trim(phone_number)
        ELSE given(phone_number)
    END AS dialled_number,
    -- A campaign_cid of zeros is VICIdial's default: what was then shown is not known.
    CASE
        WHEN NOT regexp_full_match(plain_cid, '\+?0*') THEN plain_cid
        WHEN plain_cid = '' AND NOT regexp_full_match(bracketed_cid, '\+?0*') THEN bracketed_cid
    END AS presented_number,
    least(dialled_at, answered_at) AS dialled_ms,
    answered_at AS answered_ms,
    CASE WHEN answered_at IS NOT NULL THEN talk_ms END AS connected_ms,
    CASE WHEN outcome = 'message_only' OR played_at IS NOT NULL THEN 'played' ELSE 'unknown' END AS message,
    played_at AS message_ms,
    CASE WHEN ended_at IS NOT NULL THEN greatest(ended_at, answered_at, dialled_at) END AS ended_ms,
    -- The carrier's dial_time runs on while the call is answered, of a PDROP too.
    CASE
        WHEN answered_at IS NULL AND code <> 'PDROP' THEN hangup.dialling_ms
        WHEN hangup.dialling_ms >= hangup.answered_for_ms THEN hangup.dialling_ms - hangup.answered_for_ms
        WHEN answered_at >= coalesce(dial_logged, caller_dialled) THEN answered_at - coalesce(dial_logged, caller_dialled)
    END AS ring_ms,
    CASE reason
        WHEN 'CALLER' THEN 'callee' WHEN 'ABANDON' THEN 'callee' WHEN 'AGENT' THEN 'agent' WHEN 'QUEUETIMEOUT' THEN 'dialler'
    END AS ended_by,
    -- HANGUP: the line was gone before detection had decided.
    CASE
        WHEN detected = 'MACHINE' THEN 'machine'
        WHEN detected = 'HUMAN' THEN 'human'
        WHEN detected IN ('NOTSURE', 'HANGUP') THEN 'unsure'
        WHEN outcome = 'machine_by_amd' THEN 'machine'
    END AS amd,
    outcome,
    code AS disposition,
    greatest(
        CASE WHEN clock_epoch IS NULL THEN local_precision(clock_time, clock_epoch) ELSE 1000 END,
        precision_of(dial_logged_at), precision_of(hangup.ended_at), 1000
    ) AS precision_ms,
    -- Of rows of one call from several servers (section 14, 8), not the one of a mere clean-up.
    CASE
        WHEN outcome IN ('not_answered', 'busy', 'invalid_number', 'network_failure') THEN 0
        WHEN outcome IN ('answered_unknown', 'excluded') THEN 1
        ELSE 2
    END * 10000000000000 + coalesce(ended_at, 0) AS version,
    chosen,
    known IS NOT NULL AS code_known,
    CASE
        WHEN cut_off THEN 'has fewer fields than the header or the layout'
        WHEN logged_local IS NULL THEN time_fault('call_date', clock_time)
        WHEN off_clock(logged_local, clock_epoch) THEN clock_fault()
        WHEN code IS NULL THEN 'status is empty'
        WHEN given(phone_number) IS NULL THEN 'phone_number is empty'
        WHEN given(start_epoch) IS NOT NULL AND whole(start_epoch) IS NULL THEN 'start_epoch is no number: the columns are shifted'
        WHEN given(end_epoch) IS NOT NULL AND whole(end_epoch) IS NULL THEN 'end_epoch is no number: the columns are shifted'
        WHEN given(length_in_sec) IS NOT NULL AND length_ms IS NULL THEN 'length_in_sec is no number: the columns are shifted'
        WHEN over < clock_epoch THEN 'end_epoch is before start_epoch'
    END AS reject
FROM timed
