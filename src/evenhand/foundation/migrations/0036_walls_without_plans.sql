-- walls: the policy on content costs nothing to plan.

-- Without a sub-select, which every statement on these tables had to plan. What names no column is
-- still asked once a statement, as a gate before it; where no person acts, nothing is asked.
DO $$
DECLARE
    shown text;
BEGIN
    FOREACH shown IN ARRAY ARRAY['datasets.file', 'work.task', 'work.task_file', 'work.annotation',
                                 'work.draft', 'work.gold', 'work.verdict', 'work.contest',
                                 'work.project_params'] LOOP
        EXECUTE format($policy$
            ALTER POLICY one_wall ON %s USING (
                CASE WHEN coalesce(current_setting('evenhand.person_id', true), '') = '' THEN true
                     ELSE NOT walls.stands(
                         current_setting('evenhand.person_id')::uuid,
                         nullif(current_setting('evenhand.tenant_id', true), '')::uuid,
                         coalesce(nullif(current_setting('evenhand.today', true), '')::date,
                                  CURRENT_DATE)) END)
        $policy$, shown);
    END LOOP;
END
$$;
