/** Lengths of time; site.js puts the numbers in and counts on. Days are two or more. */
export const times = {
  lengths: { s: '{} s', min: '{} min', h: '{} h', days: '{} days' },
  ago: { s: '{} s ago', min: '{} min ago', h: '{} h ago', days: '{} days ago' },
};
