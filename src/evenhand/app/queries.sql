-- name: due_rounds
-- Which rounds would find something: one look for all that are to find it soon, since what an
-- installation costs while nothing is due is the number of its looks.
SELECT 'callbacks' AS round
 WHERE EXISTS (SELECT FROM delivery.tenants_due(%(now)s))
 UNION ALL
SELECT 'fetches'
 WHERE EXISTS (SELECT FROM work.tenants_to_fetch(%(now)s))
 UNION ALL
SELECT 'assess'
 WHERE EXISTS (SELECT FROM work.tenants_to_assess_since(%(assess_since)s))
 UNION ALL
SELECT 'sequence'
 WHERE ledger.is_pending_since(%(sequence_since)s)
 UNION ALL
SELECT 'count'
 WHERE EXISTS (SELECT FROM work.tenants_to_count_since(%(count_since)s))
 UNION ALL
SELECT 'score'
 WHERE EXISTS (SELECT FROM work.tenants_to_score())
 UNION ALL
SELECT 'learn'
 WHERE EXISTS (SELECT FROM work.tenants_to_teach());
