-- One CXone contact → call record (diallers.md, section 8). The names are those of the reporting API; values may be text
-- ("False", "13") or JSON's own. Codes 1 to 27 are those of the vendor's page "System Disposition Values"
-- (help.nicecxone.com, read by search). A calling list's outcomes (1 busy, 2 no answer, 20 to 25 SIT …) are numbers of another
-- table that mean other things, and no contact has them: they are not mixed in.
WITH read AS (
    SELECT
        *,
        instant_ms(clock_time) AS started,
        lower(given(isoutbound)) AS outbound,
        milliseconds(prequeueseconds) AS before_queue_ms,
        milliseconds(inqueueseconds) AS in_queue_ms,
        milliseconds(agentseconds) AS agent_ms,
        milliseconds(postqueueseconds) AS after_agent_ms,
        milliseconds(totaldurationseconds) AS total_ms,
        lower(given(isshortabandon)) = 'true' AS short,
        lower(given(abandoned)) = 'true' AS lost,
        given(lastupdatetime) AS updated,
        -- 0 is none; −1 and −4 are places in a queue (same page).
        coalesce(
            given(chosen_disposition),
            CASE WHEN given(primarydispositionid) NOT IN ('0', '-1', '-4') THEN given(primarydispositionid) END
        ) AS code
    FROM raw
),
coded AS (
    SELECT
        *,
        outcome_of_code($codes, $code_outcomes, code) AS known,
        coalesce(agent_ms > 0, false) AS handled
    FROM read
),
judged AS (
    SELECT
        *,
        CASE
            WHEN outbound = 'false' THEN 'excluded'
            -- Over before an agent came, and yet an agent had it: the export contradicts itself.
            WHEN known IN ('dropped_by_dialler', 'callee_hung_up_waiting') AND handled THEN 'answered_unknown'
            -- What only an agent can know, of a contact that no agent had.
            WHEN known = 'live_to_agent' AND agent_ms = 0 THEN 'answered_unknown'
            -- The vendor's one word is for both (section 13); a short abandon is the person's, of any other
            -- nothing shows that the person ended it (readings, 7).
            WHEN known = 'dropped_by_dialler' AND short THEN 'callee_hung_up_waiting'
            WHEN known IS NOT NULL THEN known
            WHEN code IS NULL AND NOT handled AND short THEN 'callee_hung_up_waiting'
            WHEN NOT handled AND lost THEN 'dropped_by_dialler'
            WHEN code IS NULL AND handled THEN 'live_to_agent'
            ELSE 'answered_unknown'
        END AS outcome
    FROM coded
)
SELECT
    given(contactid) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    coalesce(given(campaignname), given(campaignid)) AS campaign,
    CASE WHEN handled THEN given(agentid) END AS agent,
    given(toaddr) AS dialled_number,
    given(fromaddr) AS presented_number,
    started AS dialled_ms,
    -- Waiting for the queue, the queue, the agent and what follows come one after another and make up the total; where
    -- they do not (several queues, a conference), it is not known when the agent came.
    CASE
        WHEN handled AND abs(before_queue_ms + in_queue_ms + agent_ms + coalesce(after_agent_ms, 0) - total_ms) <= 2000
        THEN started + before_queue_ms + in_queue_ms
    END AS connected_ms,
    started + total_ms AS ended_ms,
    CASE WHEN outcome = 'machine_by_amd' THEN 'machine' END AS amd,
    outcome,
    code AS disposition,
    CASE WHEN total_ms IS NOT NULL THEN greatest(precision_of(clock_time), 1000) ELSE precision_of(clock_time) END AS precision_ms,
    chosen,
    code IS NULL OR known IS NOT NULL AS code_known,
    -- A contact may be exported again when its result changes.
    instant_ms(updated) AS version,
    CASE
        WHEN cut_off THEN 'is no JSON object, or has fewer fields than the header'
        WHEN started IS NULL THEN time_fault('contactStart', clock_time)
        WHEN given(contactid) IS NULL THEN 'contactId is empty'
        WHEN outbound IS NULL OR outbound NOT IN ('true', 'false') THEN 'isOutbound is neither true nor false'
        WHEN lower(given(mediatypename)) <> 'call' THEN 'mediaTypeName is ' || quoted(given(mediatypename)) || ': this is no telephone call'
        WHEN given(prequeueseconds) IS NOT NULL AND before_queue_ms IS NULL OR given(inqueueseconds) IS NOT NULL AND in_queue_ms IS NULL
            OR given(agentseconds) IS NOT NULL AND agent_ms IS NULL OR given(postqueueseconds) IS NOT NULL AND after_agent_ms IS NULL
            OR given(totaldurationseconds) IS NOT NULL AND total_ms IS NULL
            THEN 'a duration is no number of seconds: the columns are shifted'
    END AS reject
FROM judged
