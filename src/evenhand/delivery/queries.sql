-- Statements of the delivery part.

-- name: open_callback
-- A callback that is to be sent at once.
INSERT INTO delivery.callback (tenant_id, callback_id, task_id, batch_id, event, url, state,
                               created_at, due_at)
VALUES (%(tenant_id)s, %(callback_id)s, %(task_id)s, %(batch_id)s, %(event)s, %(url)s, 'pending',
        %(now)s, %(now)s);

-- name: claim_callback
-- Take a callback that is due, for as long as an attempt can last. Two workers that come at
-- once wait for each other here, and the second finds it no longer due.
UPDATE delivery.callback AS c
   SET due_at = %(busy_until)s
 WHERE c.tenant_id = %(tenant_id)s
   AND c.callback_id = %(callback_id)s
   AND c.state = 'pending'
   AND c.due_at <= %(now)s
RETURNING c.callback_id, c.task_id, c.batch_id, c.event, c.url, c.attempts + 1 AS number,
          (SELECT t.is_test
             FROM work.task AS t
            WHERE t.tenant_id = c.tenant_id AND t.task_id = c.task_id) AS is_test;

-- name: record_attempt
-- One attempt; whoever repeats it finds it recorded.
INSERT INTO delivery.attempt (tenant_id, callback_id, number, at, status_code, error, elapsed_ms)
VALUES (%(tenant_id)s, %(callback_id)s, %(number)s, %(at)s, %(status_code)s, %(error)s,
        %(elapsed_ms)s)
    ON CONFLICT (tenant_id, callback_id, number) DO NOTHING
RETURNING number;

-- name: close_attempt
-- Where a callback stands after an attempt.
UPDATE delivery.callback
   SET attempts = %(number)s, state = %(state)s, due_at = %(due_at)s, ended_at = %(ended_at)s
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = %(callback_id)s
   AND state = 'pending';

-- name: tenants_due
-- Tenants that have a callback due.
SELECT delivery.tenants_due(%(moment)s);

-- name: due_callbacks
-- Callbacks that are due, the longest due first.
SELECT callback_id
  FROM delivery.callback
 WHERE tenant_id = %(tenant_id)s
   AND state = 'pending'
   AND due_at <= %(moment)s
 ORDER BY due_at, callback_id
 LIMIT %(limit)s;

-- name: make_due
-- Begin anew to count how long these callbacks have been due.
UPDATE delivery.callback
   SET due_at = %(now)s
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = ANY (%(callback_ids)s)
   AND state = 'pending'
   AND due_at < %(now)s
RETURNING callback_id;

-- name: callbacks_of_task
-- All callbacks of a task, oldest first.
SELECT callback_id, event, url, state, attempts, created_at, due_at, ended_at
  FROM delivery.callback
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
 ORDER BY created_at, callback_id;

-- name: attempts_of
-- All attempts of a callback in their order.
SELECT number, at, status_code, error, elapsed_ms
  FROM delivery.attempt
 WHERE tenant_id = %(tenant_id)s
   AND callback_id = %(callback_id)s
 ORDER BY number;
