/**
 * ETags: `"REVISION.HASH"`, or only the hash of what has no revision. If-None-Match compares all of it (is what I have
 * still what you would send?), If-Match the revision alone (did a person change it since?): a device that was seen again
 * meanwhile is no conflict.
 */
import { createHash } from 'node:crypto';
import { ApiProblem } from './problem.ts';

export function etagOf(text: string, revision: number | undefined): string {
  const hash = createHash('sha256').update(text).digest('base64url').slice(0, 22);
  // Weak: the same answer may come compressed.
  return `W/"${revision === undefined ? '' : `${revision}.`}${hash}"`;
}

/** RFC 9110, 13.1.2: by weak comparison. */
export function isSame(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch !== undefined && tagsOf(ifNoneMatch).some(tag => tag === '*' || tag === tagsOf(etag)[0]);
}

/**
 * The revision that the caller looked at, to be compared by the database; null: whatever it is.
 * @throws ApiProblem 412 for what is no ETag of ours
 */
export function revisionWanted(ifMatch: string | undefined, now: number): number | null {
  if (ifMatch === undefined || ifMatch.trim() === '*') return null;
  const wanted = tagsOf(ifMatch).flatMap(tag => /^"(\d{1,9})(?:\.[\w-]*)?"$/.exec(tag)?.[1] ?? []);
  if (wanted.some(revision => Number(revision) === now)) return now;
  throw stale();
}

export function stale(): ApiProblem {
  return new ApiProblem(
    412,
    'Somebody changed it since it was read. Nothing was changed: read it again, and then decide.',
  );
}

function tagsOf(header: string): string[] {
  return header.split(',').map(tag => tag.trim().replace(/^W\//, ''));
}
