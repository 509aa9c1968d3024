-- One conversation → call record (diallers.md, section 6). It is participants, each with sessions, each with segments;
-- the times, ends and words that matter are found by filtering those lists.
WITH parsed AS (
    SELECT
        *,
        CASE WHEN json_valid(participants) THEN CASE WHEN json_type(participants) = 'ARRAY' THEN
            from_json(participants, '[{"purpose": "VARCHAR", "userId": "VARCHAR", "sessions": [{"mediaType": "VARCHAR", "direction": "VARCHAR", "ani": "VARCHAR", "dnis": "VARCHAR", "outboundCampaignId": "VARCHAR", "dispositionName": "VARCHAR", "detectedSpeechStart": "VARCHAR", "detectedSpeechEnd": "VARCHAR", "segments": [{"segmentType": "VARCHAR", "segmentStart": "VARCHAR", "segmentEnd": "VARCHAR", "disconnectType": "VARCHAR", "wrapUpCode": "VARCHAR"}]}]}]')
        END END AS people
    FROM raw
),
flattened AS (
    SELECT
        *,
        flatten(list_transform(people, lambda p: list_transform(coalesce(p.sessions, []), lambda s: {
            'purpose': lower(p.purpose),
            'user_id': given(p.userId),
            'medium': lower(s.mediaType),
            'direction': lower(s.direction),
            'ani': s.ani,
            'dnis': s.dnis,
            'campaign': given(s.outboundCampaignId),
            'analysis': lower(given(s.dispositionName)),
            'spoke': s.detectedSpeechStart,
            'fell_silent': s.detectedSpeechEnd,
            'segments': list_transform(coalesce(s.segments, []), lambda g: {
                'kind': lower(g.segmentType),
                'began': instant_ms(g.segmentStart),
                'ended': instant_ms(g.segmentEnd),
                'how': lower(given(g.disconnectType)),
                'wrap_up': given(g.wrapUpCode),
                'began_text': g.segmentStart,
                'ended_text': g.segmentEnd
            })
        }))) AS sessions
    FROM parsed
),
sides AS (
    SELECT
        *,
        -- The order in which participants are listed means nothing: the session that began first comes first.
        list_sort(list_transform(
            list_filter(sessions, lambda s: s.medium = 'voice' AND s.purpose IN ('customer', 'external', 'outbound')),
            lambda s: {
                -- An outside number an agent brings in is `external` too: the customer comes before it.
                'rank': CASE s.purpose WHEN 'customer' THEN 1 WHEN 'external' THEN 2 ELSE 3 END,
                'began': list_min(list_transform(s.segments, lambda g: g.began)),
                'session': s
            }
        ))[1].session AS called,
        list_filter(sessions, lambda s: s.medium = 'voice' AND s.purpose IN ('agent', 'user')) AS agents,
        list_filter(sessions, lambda s: s.medium = 'voice' AND s.purpose NOT IN ('customer', 'external', 'outbound')) AS ours,
        flatten(list_transform(list_filter(sessions, lambda s: s.medium = 'voice'), lambda s: s.segments)) AS spoken,
        flatten(list_transform(sessions, lambda s: s.segments)) AS every_segment
    FROM flattened
),
seen AS (
    SELECT
        *,
        coalesce(called.campaign, list_filter(sessions, lambda s: s.campaign IS NOT NULL)[1].campaign) AS campaign_id,
        coalesce(called.analysis, list_filter(sessions, lambda s: s.medium = 'voice' AND s.analysis IS NOT NULL)[1].analysis) AS analysis,
        coalesce(lower(given(originating_direction)), called.direction) AS direction,
        list_filter(called.segments, lambda g: g.kind IN ('contacting', 'dialing')) AS reaching,
        list_filter(called.segments, lambda g: g.kind = 'dialing') AS ringing,
        -- Who wrapped up first; agents do, and the dialler in their place.
        list_sort(list_transform(
            list_filter(every_segment, lambda g: g.wrap_up IS NOT NULL), lambda g: {'at': g.began, 'code': g.wrap_up}
        ))[1].code AS wrap_up,
        list_sort(list_transform(
            list_filter(called.segments, lambda g: g.how IS NOT NULL), lambda g: {'at': g.ended, 'how': g.how}
        ))[-1].how AS how,
        flatten(list_transform(agents, lambda s: list_transform(
            list_filter(s.segments, lambda g: g.kind = 'interact' AND g.began IS NOT NULL), lambda g: {'at': g.began, 'who': s.user_id}
        ))) AS talks,
        list_transform(flatten(list_transform(agents, lambda s: s.segments)), lambda g: g.how) AS agents_how,
        list_transform(flatten(list_transform(ours, lambda s: s.segments)), lambda g: g.how) AS our_how,
        list_filter(every_segment, lambda g:
            (given(g.began_text) IS NOT NULL AND g.began IS NULL) OR (given(g.ended_text) IS NOT NULL AND g.ended IS NULL)
        )[1] AS unread
    FROM sides
),
timed AS (
    SELECT
        *,
        instant_ms(given(conversation_start)) AS started,
        instant_ms(given(conversation_end)) AS over,
        coalesce(list_min(list_transform(reaching, lambda g: g.began)), list_min(list_transform(called.segments, lambda g: g.began))) AS dialled_at,
        len(reaching) > 0 AS dialling_shown,
        list_min(list_transform(ringing, lambda g: g.began)) AS rang_at,
        -- Without a segment of dialing, one of talk may hold the ringing as well: then the answer is not known.
        list_min(list_transform(
            list_filter(called.segments, lambda g: g.kind IN ('interact', 'ivr', 'system') AND g.began >= list_max(list_transform(reaching, lambda r: r.began))),
            lambda g: g.began
        )) AS after_dialling,
        list_sort(talks)[1].at AS agent_at,
        list_sort(talks)[1].who AS agent_id,
        len(list_filter(sessions, lambda s: s.medium = 'voice' AND s.purpose = 'acd')) > 0 AS queued,
        CASE
            WHEN len(list_filter(called.segments, lambda g: g.kind <> 'wrapup' AND g.ended IS NULL)) > 0 THEN NULL
            ELSE list_max(list_transform(list_filter(called.segments, lambda g: g.kind <> 'wrapup'), lambda g: g.ended))
        END AS hung_up,
        outcome_of_code($codes, $code_outcomes, analysis) AS by_analysis,
        coalesce(outcome_of_code($codes, $code_outcomes, wrap_up), outcome_of_code($codes, $code_outcomes, upper(wrap_up))) AS by_wrap_up,
        coalesce(upper(wrap_up) LIKE 'ININ-%', false) AS wrapped_by_system,
        -- Chats, callbacks nobody dialled, calls among ourselves and calls that came in are no calls of ours.
        called IS NOT NULL AND (direction = 'outbound' OR (direction IS NULL AND campaign_id IS NOT NULL)) AS dialled_by_us
    FROM seen
),
answers AS (
    SELECT
        *,
        coalesce(by_analysis IN ('not_answered', 'busy', 'invalid_number', 'network_failure'), false) AS no_answer,
        CASE WHEN by_analysis IN ('not_answered', 'busy', 'invalid_number', 'network_failure') THEN NULL ELSE after_dialling END AS answered_at,
        -- A disconnectType is relative to its participant: `endpoint` is its own telephone, `peer` another participant.
        CASE
            WHEN how = 'endpoint' THEN 'callee'
            WHEN how IN ('system', 'timeout') THEN 'dialler'
            WHEN how = 'peer' AND (list_contains(agents_how, 'client') OR list_contains(agents_how, 'endpoint')) THEN 'agent'
            -- Both say that it was the other; or one of us did, and not who.
            WHEN how = 'peer' AND (list_contains(our_how, 'peer') OR agent_at IS NOT NULL) THEN 'unknown'
            WHEN how = 'peer' THEN 'dialler'
            WHEN how IS NOT NULL THEN 'unknown'
        END AS ender
    FROM timed
),
played AS (
    SELECT
        *,
        list_min(list_transform(list_filter(spoken, lambda g: g.kind = 'ivr' AND g.began >= answered_at), lambda g: g.began)) AS flow_at,
        NOT no_answer AND (
            answered_at IS NOT NULL
            OR (analysis IS NOT NULL AND by_analysis IS NOT NULL)
            -- An agent may wait on a line that rings; where no ringing is shown, talk is an answer.
            OR (NOT dialling_shown AND agent_at IS NOT NULL)
        ) AS picked_up
    FROM answers
),
judged AS (
    SELECT
        *,
        CASE
            WHEN NOT dialled_by_us THEN 'excluded'
            WHEN analysis IS NOT NULL AND by_analysis IS NULL THEN 'answered_unknown'
            -- Nobody answered, and yet an agent talked.
            WHEN no_answer THEN CASE WHEN agent_at IS NULL THEN by_analysis ELSE 'answered_unknown' END
            WHEN NOT picked_up AND by_wrap_up IS NOT NULL THEN by_wrap_up
            WHEN NOT picked_up AND wrapped_by_system THEN 'answered_unknown'
            -- It was dialled, and nothing followed.
            WHEN NOT picked_up AND dialling_shown THEN CASE WHEN how = 'error' THEN 'network_failure' ELSE 'not_answered' END
            WHEN NOT picked_up THEN 'answered_unknown'
            WHEN by_analysis = 'fax' THEN 'fax'
            -- What the source says of an agent's own wrap-up code.
            WHEN agent_at IS NOT NULL AND NOT wrapped_by_system AND by_wrap_up IS NOT NULL THEN by_wrap_up
            WHEN by_analysis = 'machine_by_amd' THEN CASE WHEN agent_at IS NULL THEN 'machine_by_amd' ELSE 'answered_unknown' END
            WHEN agent_at IS NOT NULL THEN 'live_to_agent'
            WHEN analysis IS NULL AND by_wrap_up IN ('machine_by_amd', 'fax') THEN by_wrap_up
            WHEN analysis LIKE '%disconnect' THEN 'answered_unknown'
            -- A flow that queues nobody for an agent: an agentless campaign.
            WHEN analysis IS NOT NULL AND flow_at IS NOT NULL AND NOT queued THEN 'message_only'
            WHEN ender = 'callee' THEN 'callee_hung_up_waiting'
            WHEN ender = 'dialler' THEN 'dropped_by_dialler'
            -- The dialler's own code says that no agent was there, and nothing shows that the person hung up (reading 7).
            WHEN by_wrap_up = 'dropped_by_dialler' THEN 'dropped_by_dialler'
            ELSE 'answered_unknown'
        END AS derived
    FROM played
)
SELECT
    given(conversation_id) AS call_id,
    CAST(NULL AS VARCHAR) AS partner,
    CAST(NULL AS VARCHAR) AS call_centre,
    campaign_id AS campaign,
    CASE WHEN dialled_by_us AND picked_up THEN agent_id END AS agent,
    CASE WHEN len(list_filter(sessions, lambda s: s.medium = 'callback' AND s.campaign IS NOT NULL)) > 0 THEN 'preview' END AS dial_mode,
    -- tel:+44…, sip:+44…@host
    CASE WHEN dialled_by_us THEN given(regexp_replace(regexp_replace(called.dnis, '^(tel|sips?):', ''), '[@;].*$', '')) END AS dialled_number,
    CASE WHEN dialled_by_us THEN given(regexp_replace(regexp_replace(called.ani, '^(tel|sips?):', ''), '[@;].*$', '')) END AS presented_number,
    CASE WHEN dialled_by_us THEN coalesce(dialled_at, started) ELSE started END AS dialled_ms,
    CASE WHEN dialled_by_us THEN answered_at END AS answered_ms,
    CASE WHEN dialled_by_us THEN instant_ms(given(called.spoke)) END AS greeting_start_ms,
    CASE WHEN dialled_by_us THEN instant_ms(given(called.fell_silent)) END AS greeting_end_ms,
    CASE WHEN dialled_by_us AND picked_up THEN agent_at END AS connected_ms,
    CASE WHEN dialled_by_us AND flow_at IS NOT NULL THEN 'played' ELSE 'unknown' END AS message,
    CASE WHEN dialled_by_us THEN flow_at END AS message_ms,
    CASE WHEN dialled_by_us THEN coalesce(hung_up, over) ELSE over END AS ended_ms,
    CASE WHEN dialled_by_us THEN coalesce(answered_at, list_max(list_transform(ringing, lambda g: g.ended))) - rang_at END AS ring_ms,
    CASE WHEN dialled_by_us THEN ender END AS ended_by,
    CASE
        WHEN NOT dialled_by_us THEN NULL
        WHEN analysis LIKE '%person' THEN 'human'
        WHEN by_analysis IN ('machine_by_amd', 'fax') THEN 'machine'
        WHEN analysis LIKE '%disconnect' THEN 'unsure'
    END AS amd,
    CASE
        WHEN derived = 'excluded' THEN derived
        ELSE coalesce(outcome_of_code($codes, $code_outcomes, given(chosen_disposition)), derived)
    END AS outcome,
    coalesce(given(chosen_disposition), CASE WHEN by_analysis IS NULL THEN analysis END, wrap_up, analysis) AS disposition,
    coalesce(precision_of(given(conversation_start)), 60000) AS precision_ms,
    chosen,
    NOT dialled_by_us
        OR ((analysis IS NULL OR by_analysis IS NOT NULL) AND (NOT wrapped_by_system OR by_wrap_up IS NOT NULL)) AS code_known,
    CASE
        WHEN cut_off THEN 'is no JSON object'
        WHEN given(conversation_id) IS NULL THEN 'conversationId is missing'
        WHEN started IS NULL THEN time_fault('conversationStart', given(conversation_start))
        WHEN people IS NULL OR len(sessions) = 0 THEN 'participants holds no session: whether this was a telephone call cannot be told'
        WHEN unread IS NOT NULL THEN 'a segment''s time is no time: ' || quoted(concat_ws(' to ', unread.began_text, unread.ended_text))
        WHEN called IS NULL AND len(list_filter(sessions, lambda s: s.medium = 'voice' AND s.campaign IS NOT NULL)) > 0
            THEN 'has a call of a campaign, and no session of a customer who was called'
        WHEN called IS NOT NULL AND direction IS NULL AND campaign_id IS NULL THEN 'says neither direction nor campaign: who called whom cannot be told'
        WHEN dialled_by_us AND hung_up IS NULL AND over IS NULL THEN 'is not over: its last segment has no end'
    END AS reject
FROM judged
