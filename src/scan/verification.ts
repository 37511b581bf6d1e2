/**
 * The addresses of known devices that are asked by one broadcast as well, after the device has answered in person: does
 * anybody else answer? Due, then (once the device has answered) next to be asked, then waited for.
 */
import { VERIFICATION } from './schedule.ts';
import type { AskingTimes } from './waiting-line.ts';
import { WaitingLine } from './waiting-line.ts';

export class Verification {
  readonly #due: Uint8Array;
  readonly #next: number[] = [];
  readonly #line: WaitingLine;
  readonly #over: Uint8Array;

  /** @param capacity of entries that may be due: those numbered below it */
  constructor(capacity: number, times: AskingTimes) {
    this.#due = new Uint8Array(capacity);
    this.#over = new Uint8Array(capacity);
    this.#line = new WaitingLine(capacity, times, VERIFICATION, true);
  }

  plan(entry: number): void {
    this.#due[entry] = 1;
  }

  isDue(entry: number): boolean {
    return this.#due[entry] === 1;
  }

  /** A broadcast has asked for its address. */
  cancel(entry: number): void {
    if (this.isDue(entry)) this.#due[entry] = 0;
  }

  /** Its device has answered. */
  begin(entry: number): void {
    this.#next.push(entry);
  }

  /** Who is to be asked now; -1 when nobody is. */
  next(): number {
    return this.#next.pop() ?? -1;
  }

  asked(entry: number): void {
    this.#line.push(entry);
  }

  /** Whoever has been waited for long enough, one a call; -1 when nobody has. */
  ended(now: number): number {
    const entry = this.#line.head(this.#over);
    if (entry < 0 || this.#line.due(entry) > now) return -1;
    this.#over[entry] = 1;
    return entry;
  }

  /** When there will be something to do, in the clock's milliseconds; -Infinity when there is already. */
  nextDue(): number {
    if (this.#next.length > 0) return -Infinity;
    const entry = this.#line.head(this.#over);
    return entry < 0 ? Infinity : this.#line.due(entry);
  }
}
