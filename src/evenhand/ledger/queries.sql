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
SELECT size, frontier
  FROM ledger.head
 WHERE tenant_id = %(tenant_id)s
   FOR UPDATE;

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
