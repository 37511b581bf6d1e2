/** Answers that stay right for a while, so that the next visitor need not wait for them. */
export interface Kept<T> {
  /** The answer under this key: the one that is kept, or what `find` finds. Two who ask at once ask once. */
  get(key: string, find: () => Promise<T>): Promise<T>;
}

/** @param most the oldest go first */
export function createKept<T>(most: number): Kept<T> {
  const answers = new Map<string, Promise<T>>();
  return {
    get: (key, find) => {
      const known = answers.get(key);
      if (known !== undefined) return known;
      const found = find();
      answers.set(key, found);
      // What failed may succeed the next time.
      found.catch(() => answers.delete(key));
      for (const oldest of answers.keys()) {
        if (answers.size <= most) break;
        answers.delete(oldest);
      }
      return found;
    },
  };
}
