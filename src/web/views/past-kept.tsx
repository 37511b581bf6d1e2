/** What a form of the time machine leaves as it is. */
import { keptFields } from '../past-address.ts';
import type { PastData } from '../past-page.ts';

export const Kept = ({ data, without }: { data: PastData; without: Parameters<typeof keptFields>[1] }) => (
  <>
    {keptFields(data, without).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
  </>
);
