/** Moments as people read them, always with the time zone: `Fri 20 Nov 2026, 09:12 UTC`. */
export interface WhenFormat {
  (moment: Date): string;
  /** `02:00-03:00`, and with their days where these differ: `Thu 19 Nov, 23:00 - Fri 20 Nov, 01:00`. */
  span(from: Date, to: Date): string;
}

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
  // Put together here: separators differ between ICU versions.
  const partsOf = (moment: Date) => {
    const part = Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
    return {
      day: `${part['weekday']} ${part['day']} ${part['month']}`,
      year: part['year'],
      time: `${part['hour']}:${part['minute']}`,
      zone: part['timeZoneName'],
    };
  };
  return Object.assign(
    (moment: Date) => {
      const { day, year, time, zone } = partsOf(moment);
      return `${day} ${year}, ${time} ${zone}`;
    },
    {
      span: (from: Date, to: Date) => {
        const [a, b] = [partsOf(from), partsOf(to)];
        return a.day === b.day && a.year === b.year
          ? `${a.time}-${b.time}`
          : `${a.day}, ${a.time} - ${b.day}, ${b.time}`;
      },
    },
  );
}
