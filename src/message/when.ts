/** Moments as people read them, always with the time zone: `Fri 20 Nov 2026, 09:12 UTC`. */
export type WhenFormat = (moment: Date) => string;

/** @param timeZone an IANA name, as `Intl.DateTimeFormat().resolvedOptions().timeZone` gives */
export function whenFormat(timeZone: string): WhenFormat {
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  });
  return moment => {
    // Put together here: separators differ between ICU versions.
    const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    return `${part['weekday']} ${part['day']} ${part['month']} ${part['year']}, ${part['hour']}:${part['minute']} ${part['timeZoneName']}`;
  };
}
