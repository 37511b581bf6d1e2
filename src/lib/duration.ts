/** Lengths of time as people type and read them: `10m`, `1h 30m`, `2 days`. */
const SECONDS = { d: 86_400, h: 3600, m: 60, s: 1 } as const;

const PART = /(\d{1,9})\s*(d|days?|h|hours?|m|min|minutes?|s|sec|seconds?)(?![a-z])\s*/gy;

/** @returns seconds; undefined: not a length of time, or none at all */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  let seconds = 0;
  let end = 0;
  for (const [part, number = '', unit = ''] of trimmed.matchAll(PART)) {
    seconds += Number(number) * (unit.startsWith('d') ? SECONDS.d : secondsOf(unit));
    end += part.length;
  }
  return end === trimmed.length && seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined;
}

function secondsOf(unit: string): number {
  return unit.startsWith('h') ? SECONDS.h : unit.startsWith('m') ? SECONDS.m : SECONDS.s;
}

/** `1 h 30 min`, `2 days`; as `parseDuration` reads it. */
export function durationText(seconds: number): string {
  const days = Math.floor(seconds / SECONDS.d);
  const hours = Math.floor((seconds % SECONDS.d) / SECONDS.h);
  const minutes = Math.floor((seconds % SECONDS.h) / SECONDS.m);
  const rest = seconds % SECONDS.m;
  const parts = [
    days > 0 ? `${days} ${days === 1 ? 'day' : 'days'}` : '',
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    rest > 0 ? `${rest} s` : '',
  ];
  return parts.filter(Boolean).join(' ') || '0 s';
}
