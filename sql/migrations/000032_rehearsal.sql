-- The rehearsal of rules: see 000031.
-- Locks: none.
select;
