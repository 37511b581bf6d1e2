-- A message that was refused for its words goes once more in others: the try that was refused is told in the story, and
-- whoever sends keeps the message for one more try. Locks: none.

-- The text of a claimed message was refused; it is the caller's for another p_lease, and the next try begins. Returns
-- 'queued', or null when the caller no longer holds the lease.
create function mark_refused(
  p_site text, p_channel text, p_message_key uuid, p_lease_token uuid, p_said text, p_lease interval, p_ms integer
) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_channel channels := lock_channel(p_site, p_channel);
  v_now     timestamptz := clock_timestamp();
  v_tries   integer;
begin
  perform lock_message(v_channel.id, p_message_key);
  with marked as (
    update deliveries
    set last_error = left(p_said, 1000), lease_until = v_now + p_lease, attempts = attempts + 1
    where channel_id = v_channel.id and state = 'queued' and message_key = p_message_key and lease_token = p_lease_token
    returning attempts
  ) select max(attempts) - 1 into v_tries from marked;
  if v_tries is null then
    return null;
  end if;
  perform note_try(v_channel, p_message_key, v_tries, p_ms, 'retry', p_said, v_now);
  return 'queued';
end $$;
revoke execute on function mark_refused from public;
grant execute on function mark_refused to netureon_alertd;
