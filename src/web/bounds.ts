/** How many of something there are at once for each of those who hold it: one person's many are not everybody's last. */
export interface Bounds {
  /** A function that gives the place back, once; undefined: none of these has a place left. */
  take(holders: readonly string[]): (() => void) | undefined;
}

export function createBounds(most: number): Bounds {
  const held = new Map<string, number>();
  return {
    take: holders => {
      if (holders.some(holder => (held.get(holder) ?? 0) >= most)) return undefined;
      for (const holder of holders) held.set(holder, (held.get(holder) ?? 0) + 1);
      let isHeld = true;
      return () => {
        if (!isHeld) return;
        isHeld = false;
        for (const holder of holders) {
          const left = (held.get(holder) ?? 1) - 1;
          if (left === 0) held.delete(holder);
          else held.set(holder, left);
        }
      };
    },
  };
}
