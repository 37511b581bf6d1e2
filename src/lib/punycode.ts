/** Punycode (RFC 3492): the ASCII form of a label in an internationalised domain name, without its `xn--`. */
const BASE = 36;
const T_MIN = 1;
const T_MAX = 26;
const SKEW = 38;
const DAMP = 700;
const INITIAL_BIAS = 72;
const INITIAL_N = 0x80;

function adapt(delta: number, points: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / points);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}

function threshold(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, T_MIN), T_MAX);
}

/** §6.2. undefined: not Punycode, or code points that do not exist. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf('-');
  const output = delimiter > 0 ? Array.from(text.slice(0, delimiter), one => one.codePointAt(0) ?? 0) : [];
  if (output.some(point => point >= INITIAL_N)) return undefined;
  let n = INITIAL_N;
  let bias = INITIAL_BIAS;
  let i = 0;
  for (let at = delimiter > 0 ? delimiter + 1 : 0; at < text.length; output.splice(i++, 0, n)) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = '0123456789'.includes(text[at] ?? ' ')
        ? Number(text[at]) + 26
        : 'abcdefghijklmnopqrstuvwxyz'.indexOf((text[at] ?? ' ').toLowerCase());
      at++;
      if (digit < 0) return undefined;
      i += digit * weight;
      const t = threshold(k, bias);
      if (digit < t) break;
      weight *= BASE - t;
      if (i > 0x7fffffff || weight > 0x7fffffff) return undefined;
    }
    const points = output.length + 1;
    bias = adapt(i - before, points, before === 0);
    n += Math.floor(i / points);
    i %= points;
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined;
  }
  return String.fromCodePoint(...output);
}

/** §6.3 */
export function encodePunycode(text: string): string {
  const points = Array.from(text, one => one.codePointAt(0) ?? 0);
  const basic = points.filter(point => point < INITIAL_N);
  let output = String.fromCodePoint(...basic) + (basic.length > 0 ? '-' : '');
  let n = INITIAL_N;
  let delta = 0;
  let bias = INITIAL_BIAS;
  for (let done = basic.length; done < points.length; n++, delta++) {
    const next = Math.min(...points.filter(point => point >= n));
    delta += (next - n) * (done + 1);
    n = next;
    for (const point of points) {
      if (point < n) delta++;
      if (point !== n) continue;
      output += variableLength(delta, bias);
      bias = adapt(delta, done + 1, done === basic.length);
      delta = 0;
      done++;
    }
  }
  return output;
}

function variableLength(delta: number, bias: number): string {
  let digits = '';
  let rest = delta;
  for (let k = BASE; ; k += BASE) {
    const t = threshold(k, bias);
    if (rest < t) return digits + digitOf(rest);
    digits += digitOf(t + ((rest - t) % (BASE - t)));
    rest = Math.floor((rest - t) / (BASE - t));
  }
}

function digitOf(value: number): string {
  return 'abcdefghijklmnopqrstuvwxyz0123456789'[value] ?? '';
}
