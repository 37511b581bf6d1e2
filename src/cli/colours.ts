/** Colours for a stream that is a terminal, and for none else; NO_COLOR (no-color.org) and dumb terminals are obeyed. */
import picocolors from 'picocolors';

export function isColourful(stream: { readonly isTTY?: boolean | undefined }): boolean {
  // picocolors' own answer is about stdout alone, and yes wherever CI is set.
  return stream.isTTY === true && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';
}

export function coloursFor(stream: {
  readonly isTTY?: boolean | undefined;
}): ReturnType<typeof picocolors.createColors> {
  return picocolors.createColors(isColourful(stream));
}
