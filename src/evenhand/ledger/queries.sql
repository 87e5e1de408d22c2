-- Statements of the ledger part.

-- name: enter
-- An event without a place: the sequencer gives it one, so no writer waits for another.
SELECT ledger.enter(%(tenant_id)s, %(at)s, %(event)s, %(salt)s);

-- name: enter_many
-- Events without a place, in their order, each with the next piece of the salts. As JSON they are
-- made and read faster than as an array.
SELECT count(ledger.enter(%(tenant_id)s, %(at)s, given.event,
                          substr(%(salts)s::bytea, %(salt_bytes)s * (given.number::int - 1) + 1,
                                 %(salt_bytes)s)))
  FROM json_array_elements_text(%(events)s::json) WITH ORDINALITY AS given (event, number);

-- name: tenants_pending
-- Tenants whose entries, entered from a moment on, wait for a place.
SELECT tenant_id, since
  FROM ledger.tenants_pending_since(%(since)s);

-- name: insert_head
-- The head of an empty log; another sequencer may have been faster.
INSERT INTO ledger.head (tenant_id, size, root, frontier, updated_at)
VALUES (%(tenant_id)s, 0, %(root)s, '{}', %(now)s)
    ON CONFLICT (tenant_id) DO NOTHING;

-- name: lock_head
-- FOR UPDATE: two sequencers of one tenant must not give the same place twice.
SELECT head.size, head.frontier,
       EXISTS (SELECT FROM ledger.log WHERE log.tenant_id = head.tenant_id) AS is_named
  FROM ledger.head AS head
 WHERE head.tenant_id = %(tenant_id)s
   FOR UPDATE;

-- name: insert_log
-- A log's name and key, kept from then on.
INSERT INTO ledger.log (tenant_id, name, key)
VALUES (%(tenant_id)s, %(name)s, %(key)s)
    ON CONFLICT (tenant_id) DO NOTHING;

-- name: insert_subtrees
-- Roots of full subtrees that were just completed.
INSERT INTO ledger.subtree (tenant_id, level, index, root)
SELECT %(tenant_id)s, given.level, given.index, given.root
  FROM unnest(%(levels)s::smallint[], %(indexes)s::bigint[], %(roots)s::bytea[])
    AS given (level, index, root);

-- name: anchor
-- What the next epoch is to say of the tenant's log, as long as this process makes it: the share of
-- the row keeps the epoch from being made, and another process from taking over, until it is said.
WITH still AS (
    SELECT size
      FROM ledger.public_log
     WHERE maker = %(maker)s
       AND size = %(epoch)s
       FOR SHARE),
anchored AS (
    INSERT INTO ledger.anchor (tenant_id, epoch, size, root)
    SELECT %(tenant_id)s, still.size, head.size, head.root
      FROM still
      JOIN ledger.head AS head ON head.tenant_id = %(tenant_id)s
        ON CONFLICT (tenant_id, epoch) DO UPDATE SET size = excluded.size, root = excluded.root
 RETURNING size, root)
SELECT anchored.size, anchored.root, log.name, log.key
  FROM anchored
  JOIN ledger.log AS log ON log.tenant_id = %(tenant_id)s;

-- name: tenants_to_anchor
-- Tenants of whose logs no epoch that is made says all.
SELECT ledger.tenants_to_anchor(%(next)s);

-- name: begin_public_log
-- The public log before its first epoch.
INSERT INTO ledger.public_log (origin, size, root, frontier)
VALUES (%(origin)s, 0, %(root)s, '{}')
    ON CONFLICT (is_the_one) DO NOTHING;

-- name: begin_anew
-- Another log in place of this one; only for whoever owns the tables.
SELECT ledger.begin_anew(%(origin)s, %(root)s, %(ended)s);

-- name: take_over
-- Become the process that makes epochs, or go on being it.
UPDATE ledger.public_log
   SET maker = %(maker)s, maker_until = %(until)s
 WHERE maker = %(maker)s
    OR maker IS NULL
    OR maker_until < %(now)s
RETURNING origin, size, root, frontier, instead_of;

-- name: make_epoch
-- The next epoch and the head of the public log after it, if this process still makes epochs.
WITH moved AS (
    UPDATE ledger.public_log
       SET size = size + 1, root = %(root)s, frontier = %(frontier)s, maker_until = %(until)s
     WHERE maker = %(maker)s
       AND size = %(epoch)s
 RETURNING size)
INSERT INTO ledger.epoch (epoch, leaf, record, salt, seed, places)
SELECT moved.size - 1, %(leaf)s, %(record)s, %(salt)s, %(seed)s, %(places)s
  FROM moved;

-- name: stand_down
-- Let another process make the next epoch at once.
UPDATE ledger.public_log
   SET maker = NULL
 WHERE maker = %(maker)s;

-- name: public_head
-- How far the public log is.
SELECT origin, size, root, instead_of
  FROM ledger.public_log;

-- name: leaves_from
-- Entries of the public log, in their order.
SELECT leaf
  FROM ledger.epoch
 WHERE epoch >= %(start)s
   AND epoch < %(end)s
 ORDER BY epoch;

-- name: pending_entries
-- What is next, in the order of entering, with the commitment that its leaf will hold.
SELECT entry_id, sha256(salt || convert_to(event, 'UTF8')) AS commitment
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position IS NULL
   AND entry_id >= ledger.first_id(%(since)s)
 ORDER BY entry_id
 LIMIT %(limit)s;

-- name: number_entries
-- Places in the order of the list; a place once given is never given anew.
UPDATE ledger.entry
   SET position = %(size)s + given.place - 1
  FROM unnest(%(entry_ids)s::uuid[]) WITH ORDINALITY AS given (entry_id, place)
 WHERE entry.tenant_id = %(tenant_id)s
   AND entry.entry_id = given.entry_id
   AND entry.position IS NULL;

-- name: move_head
-- The head after the entries just numbered.
UPDATE ledger.head
   SET size = %(size)s, root = %(root)s, frontier = %(frontier)s, updated_at = %(now)s
 WHERE tenant_id = %(tenant_id)s;

-- name: head_and_places
-- The head and the places given, in one statement and so at one moment.
SELECT coalesce(head.size, 0) AS size, coalesce(head.root, %(empty_root)s::bytea) AS root,
       coalesce(head.frontier, '{}') AS frontier, given.places
  FROM (SELECT coalesce(max(entry.position) + 1, 0) AS places
          FROM ledger.entry
         WHERE entry.tenant_id = %(tenant_id)s) AS given
  LEFT JOIN ledger.head ON head.tenant_id = %(tenant_id)s;

-- name: entries_between
-- Entries by place, from one until before another.
SELECT position, event, salt
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
 ORDER BY position
 LIMIT %(limit)s;

-- name: size_told
-- How many entries of the tenant's log the epochs that are made have told of.
SELECT coalesce(max(size), 0)
  FROM ledger.anchor
 WHERE tenant_id = %(tenant_id)s
   AND epoch < %(epoch)s;

-- name: ordered_entries
-- Entries from one place until before another, with what puts them in order among all tenants'.
SELECT entry_id, sha256(salt || convert_to(event, 'UTF8')) AS commitment
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
 ORDER BY position;

-- name: commitments_between
-- What the leaves from one until before another hold.
SELECT sha256(salt || convert_to(event, 'UTF8'))
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
 ORDER BY position;

-- name: subtree_roots
-- Kept roots of one level, from one until before another.
SELECT root
  FROM ledger.subtree
 WHERE tenant_id = %(tenant_id)s
   AND level = %(level)s
   AND index >= %(start)s
   AND index < %(end)s
 ORDER BY index;

-- name: log_of_tenant
-- By what name others know the tenant's log, and its key.
SELECT name, key
  FROM ledger.log
 WHERE tenant_id = %(tenant_id)s;

-- name: openings_from
-- Entries from a place on of which a published epoch speaks, with what opens them.
SELECT position, event, salt
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
   AND (%(kinds)s::text[] IS NULL
        OR substring(event FROM '"kind":"([a-z_.]+)"') = ANY (%(kinds)s::text[]))
 ORDER BY position
 LIMIT %(limit)s;

-- name: openings_of_task
-- All entries that name a task, with their places where they have one.
SELECT position, event, salt
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND task_id = %(task_id)s
 ORDER BY entry_id
 LIMIT %(limit)s;

-- name: openings_of_tasks
-- Entries from a place on that name one of these tasks and of which a published epoch speaks.
SELECT position, event, salt
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND task_id = ANY (%(task_ids)s::text[])
   AND position >= %(start)s
   AND position < %(end)s
 ORDER BY position
 LIMIT %(limit)s;

-- name: anchor_over
-- The first published epoch that speaks of an entry.
SELECT epoch, size, root
  FROM ledger.anchor
 WHERE tenant_id = %(tenant_id)s
   AND size > %(position)s
   AND epoch < %(published)s
 ORDER BY size, epoch
 LIMIT 1;

-- name: last_anchor
-- How much of the tenant's log published epochs speak of.
SELECT epoch, size, root
  FROM ledger.anchor
 WHERE tenant_id = %(tenant_id)s
   AND epoch < %(published)s
 ORDER BY epoch DESC
 LIMIT 1;

-- name: entries_waiting
-- How many of the tenant's entries no published epoch speaks of.
SELECT (SELECT count(*)
          FROM ledger.entry
         WHERE tenant_id = %(tenant_id)s
           AND position >= %(covered)s)
       + (SELECT count(*)
            FROM ledger.entry
           WHERE tenant_id = %(tenant_id)s
             AND position IS NULL);

-- name: epoch_map
-- An epoch with what its map was made of.
SELECT leaf, seed, places
  FROM ledger.epoch
 WHERE epoch = %(epoch)s;

-- name: anchors_from
-- How far each published epoch from one on tells of the tenant's log, where it moved in it.
SELECT epoch, size
  FROM ledger.anchor
 WHERE tenant_id = %(tenant_id)s
   AND epoch >= %(epoch)s
   AND epoch < %(published)s
 ORDER BY epoch
 LIMIT %(limit)s;

-- name: transcribed_entries
-- Entries by place, from one until before another, with their ids.
SELECT entry_id, event, salt
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
 ORDER BY position;

-- name: epochs_from
-- Records of epochs, with what opens them.
SELECT epoch, record, salt
  FROM ledger.epoch
 WHERE epoch >= %(epoch)s
   AND epoch < %(published)s
 ORDER BY epoch
 LIMIT %(limit)s;

-- name: first_ordered_epoch
-- The first epoch of which the record says what was entered in it, and in which order.
SELECT coalesce(min(epoch), 0)
  FROM ledger.epoch
 WHERE record LIKE '%%"order":%%';

-- name: size_of_log
-- How many entries have a place.
SELECT size
  FROM ledger.head
 WHERE tenant_id = %(tenant_id)s;

-- name: entries_that_show
-- Entries of these kinds between two places, the newest first, but for leases that showed nothing.
SELECT position, at, event
  FROM ledger.entry
 WHERE tenant_id = %(tenant_id)s
   AND position >= %(start)s
   AND position < %(end)s
   AND substring(event FROM '"kind":"([a-z_.]+)"') = ANY(%(kinds)s)
   AND position('"shown":false' IN event) = 0
 ORDER BY position DESC
 LIMIT %(limit)s;

-- name: insert_statement
-- What somebody found of the public log, unless the same is shown already. Of no tenant.
INSERT INTO ledger.statement (statement_id, origin, verifier_key, note, checked_at, published_at)
VALUES (%(statement_id)s, %(origin)s, %(verifier_key)s, %(note)s, %(checked_at)s, %(now)s)
    ON CONFLICT (sha256(note)) WHERE withdrawn_at IS NULL DO NOTHING;

-- name: statement_of_note
-- The statement of these bytes that is shown. Of no tenant.
SELECT statement_id, verifier_key, note, published_at, withdrawn_at
  FROM ledger.statement
 WHERE sha256(note) = sha256(%(note)s)
   AND withdrawn_at IS NULL;

-- name: withdraw_statement
-- It stays, and is shown no longer. Of no tenant.
UPDATE ledger.statement
   SET withdrawn_at = %(now)s
 WHERE statement_id = %(statement_id)s
   AND withdrawn_at IS NULL;

-- name: statements_shown
-- What is shown of a log, the latest check first. Of no tenant.
SELECT statement_id, verifier_key, note, published_at, withdrawn_at
  FROM ledger.statement
 WHERE origin = %(origin)s
   AND withdrawn_at IS NULL
 ORDER BY checked_at DESC, statement_id DESC
 LIMIT %(limit)s;
