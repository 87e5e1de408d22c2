-- Steps that are one statement, and so one message and one transaction: a round trip costs more
-- than what is done in it. `tenants.become` comes first, for all others take the tenant from it;
-- what follows is called for each row of what stands before. An entry whose fields are not known
-- beforehand comes as a format whose n-th place the n-th of them fills.

-- name: lend
-- Lend the first that is offered, move the queue's tag on, and enter the decision.
SELECT lent.assignment_id, lent.task_id, lent.type, lent.instruction,
       coalesce(shown.params, lent.params::json) AS params, lent.files,
       lent.review, lent.leased_at, lent.expires_at, lent.draft, lent.draft_version, lent.purpose,
       lent.among_gold, lent.proposal, lent.rank, lent.position, lent.walked_seconds,
       lent.held_since
  FROM tenants.become(%(tenant_id)s, %(proof)s, true) AS me
 CROSS JOIN LATERAL work.lend(me, %(annotator_id)s, %(reviewer)s, %(guarded)s, %(held_max)s,
                              %(held_since)s, %(usual_share)s::real, %(from_rank)s,
                              %(from_position)s, %(now)s, %(expires_at)s, %(ahead)s) AS lent
 CROSS JOIN LATERAL work.params_in_order(me, lent.task_id) AS shown (params)
 CROSS JOIN LATERAL work.advance(me, %(start)s, %(step)s) AS moved
 CROSS JOIN LATERAL ledger.enter(me, %(at)s,
                                 format(%(event)s, lent.task_id, lent.assignment_id,
                                        lent.purpose, lent.review::text, moved.tag_before,
                                        moved.tag_after, moved.epoch),
                                 %(salt)s) AS entry;

-- name: accept
-- Keep the annotation of an assignment that is still held, and enter it.
SELECT accepted.review
  FROM tenants.become(%(tenant_id)s, %(proof)s, true) AS me
 CROSS JOIN LATERAL work.accept_annotation(me, %(assignment_id)s, %(annotator_id)s,
                                           %(annotation_id)s, %(response)s::json, %(active_ms)s,
                                           %(purpose)s, true, %(now)s) AS accepted
 CROSS JOIN LATERAL ledger.enter(me, %(at)s, %(event)s, %(salt)s) AS entry;

-- name: accept_and_lend
-- Both, where the next task is of the same tenant: one row if the annotation was accepted, with
-- what is lent next, or without.
SELECT lent.assignment_id IS NOT NULL AS is_lent, lent.assignment_id, lent.task_id, lent.type,
       lent.instruction, lent.params, lent.files, lent.review, lent.leased_at, lent.expires_at,
       lent.draft, lent.draft_version, lent.purpose, lent.among_gold, lent.proposal, lent.rank,
       lent.position, lent.walked_seconds, lent.held_since
  FROM tenants.become(%(tenant_id)s, %(proof)s, true) AS me
 CROSS JOIN LATERAL work.accept_annotation(me, %(assignment_id)s, %(annotator_id)s,
                                           %(annotation_id)s, %(response)s::json, %(active_ms)s,
                                           %(purpose)s, true, %(now)s) AS accepted
 CROSS JOIN LATERAL ledger.enter(me, %(at)s, %(event)s, %(salt)s) AS entry
  LEFT JOIN LATERAL (
       SELECT first.assignment_id, first.task_id, first.type, first.instruction,
              coalesce(shown.params, first.params::json) AS params, first.files,
              first.review, first.leased_at, first.expires_at, first.draft, first.draft_version,
              first.purpose, first.among_gold, first.proposal, first.rank,
              first.position, first.walked_seconds, first.held_since
         FROM work.lend(me, %(annotator_id)s, %(reviewer)s, %(guarded)s, %(held_max)s,
                        %(held_since)s, %(usual_share)s::real, %(from_rank)s, %(from_position)s,
                        %(now)s, %(expires_at)s, %(ahead)s) AS first
        CROSS JOIN LATERAL work.params_in_order(me, first.task_id) AS shown (params)
        CROSS JOIN LATERAL work.advance(me, %(start)s, %(step)s) AS moved
        CROSS JOIN LATERAL ledger.enter(me, %(at)s,
                                        format(%(leased)s, first.task_id, first.assignment_id,
                                               first.purpose, first.review::text,
                                               moved.tag_before, moved.tag_after,
                                               moved.epoch),
                                        %(leased_salt)s) AS entry) AS lent ON true;

-- name: note_opened
-- Put a queue that got work into the order, unless another decision has, and enter it.
SELECT noted.tag
  FROM tenants.become(%(tenant_id)s, %(proof)s, true) AS me
 CROSS JOIN LATERAL work.note_opened(me, %(virtual_time)s) AS noted
 CROSS JOIN LATERAL ledger.enter(me, %(at)s,
                                 format(%(event)s, noted.tag, noted.tie, noted.has_open::text,
                                        noted.has_reviews::text, noted.handle, noted.epoch),
                                 %(salt)s) AS entry;

-- name: enter
-- An entry alone.
SELECT ledger.enter(me, %(at)s, %(event)s, %(salt)s)::text AS entry
  FROM tenants.become(%(tenant_id)s, %(proof)s, true) AS me;
