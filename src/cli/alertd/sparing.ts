/**
 * V8's settings for a daemon that idles: what it holds counts more than how fast it computes. Code is compiled when first
 * called and not optimised further, which takes 12 of 77 MiB; a message is composed in milliseconds all the same
 * (bench/alertd-idle, bench/alertd).
 */
import { setFlagsFromString } from 'node:v8';

export function spareMemory(): void {
  for (const flag of ['--optimize-for-size', '--max-lazy', '--no-opt']) setFlagsFromString(flag);
}
