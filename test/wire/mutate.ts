/** Frames as a broken or malicious sender would make them: known-good bytes, hit where it hurts. */

/** mulberry32: repeatable dice in [0, 1). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const scratch = new Uint8Array(4096);

/** Valid until the next call: ten million of them must not be ten million allocations. */
export function mutate(seed: Uint8Array, dice: () => number): Uint8Array {
  scratch.fill(0, 0, 64);
  scratch.set(seed);
  let length = seed.length;
  const hits = 1 + Math.floor(dice() * 3);
  for (let i = 0; i < hits; i++) {
    const at = Math.floor(dice() * length);
    const kind = dice();
    if (kind < 0.35) scratch[at] = (scratch[at] ?? 0) ^ (1 << Math.floor(dice() * 8));
    else if (kind < 0.6) scratch[at] = Math.floor(dice() * 256);
    else if (kind < 0.75) length = at;
    else if (kind < 0.9)
      scratch.set(TAGS[Math.floor(dice() * TAGS.length)] ?? [], 12 + 4 * Math.floor(dice() * 3));
    else length = Math.min(scratch.length, length + Math.floor(dice() * 1600));
    if (length === 0) break;
  }
  return scratch.subarray(0, length);
}

const TAGS = [
  [0x81, 0x00],
  [0x88, 0xa8],
  [0x91, 0x00],
  [0x08, 0x06],
];
