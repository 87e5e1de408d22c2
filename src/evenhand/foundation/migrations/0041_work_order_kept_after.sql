-- work: nobody reads the unordered columns of new rows any more, so nothing is written there.

DROP TRIGGER keep_for_version_before ON work.task;
DROP TRIGGER keep_for_version_before ON work.annotation;
DROP TRIGGER keep_for_version_before ON work.verdict;
DROP FUNCTION work.keep_for_version_before();
