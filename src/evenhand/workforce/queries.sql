-- Statements of the workforce part. Its tables belong to no tenant, so none is named.

-- name: insert_annotator
-- A new annotator, unless the address is taken.
INSERT INTO workforce.annotator (annotator_id, email, name, kind, reviewer, created_at)
VALUES (%(annotator_id)s, %(email)s, %(name)s, %(kind)s, %(reviewer)s, %(now)s)
    ON CONFLICT (email) DO NOTHING;

-- name: disable_annotator
-- The first end of an annotator's work stays the one on record.
UPDATE workforce.annotator
   SET disabled_at = coalesce(disabled_at, %(now)s)
 WHERE email = %(email)s
RETURNING annotator_id;

-- name: everyone
-- Annotators whose work has not ended.
SELECT annotator_id, email, name, kind, reviewer
  FROM workforce.annotator
 WHERE disabled_at IS NULL
 ORDER BY email
 LIMIT %(limit)s;

-- name: capacity
-- How many there are whose work has not ended, and how many of them review.
SELECT count(*) AS annotators, count(*) FILTER (WHERE reviewer) AS reviewers
  FROM workforce.annotator
 WHERE disabled_at IS NULL;

-- name: insert_token
-- A token or a session, known by its hash.
INSERT INTO workforce.token (token_hash, annotator_id, purpose, created_at, expires_at)
VALUES (%(token_hash)s, %(annotator_id)s, %(purpose)s, %(now)s, %(expires_at)s);

-- name: find_token
-- A token that is still valid, of an annotator who is still here.
SELECT token.token_hash, token.purpose, annotator.annotator_id, annotator.email,
       annotator.name, annotator.kind, annotator.reviewer
  FROM workforce.token
  JOIN workforce.annotator ON annotator.annotator_id = token.annotator_id
 WHERE token.token_hash = %(token_hash)s
   AND token.revoked_at IS NULL
   AND (token.expires_at IS NULL OR token.expires_at > %(now)s)
   AND annotator.disabled_at IS NULL;

-- name: close_session
-- Ends a session and never the token that it came from.
UPDATE workforce.token
   SET revoked_at = %(now)s
 WHERE token_hash = %(token_hash)s
   AND purpose = 'session'
   AND revoked_at IS NULL;

-- name: revoke_tokens
-- Ends all tokens and sessions of an annotator.
UPDATE workforce.token
   SET revoked_at = %(now)s
 WHERE annotator_id = %(annotator_id)s
   AND revoked_at IS NULL;

-- name: annotator_of_email
-- An annotator by address, whether their work has ended or not.
SELECT annotator_id, email, name, disabled_at
  FROM workforce.annotator
 WHERE email = %(email)s;

-- name: annotator_of_id
-- An annotator by id, whether their work has ended or not.
SELECT annotator_id, email, name, disabled_at
  FROM workforce.annotator
 WHERE annotator_id = %(annotator_id)s;
