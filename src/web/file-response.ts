/** A file that is made while it is sent: however long it is, only a piece of it is held. */
import type { Context } from 'hono';
import type { FileFormat } from '../store/device-file.ts';

const TYPES: Readonly<Record<FileFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
};

/** @param name without its ending; of letters, digits and dashes */
export async function fileResponse(
  c: Context,
  format: FileFormat,
  name: string,
  pieces: AsyncGenerator<string>,
): Promise<Response> {
  // The first piece is made before anything is answered: what is wrong from the beginning is still a whole answer.
  const first = await pieces.next();
  const encoder = new TextEncoder();
  let waiting: string | undefined = first.done === true ? undefined : first.value;
  const body = new ReadableStream<Uint8Array>({
    pull: async controller => {
      if (waiting === undefined) {
        const next = await pieces.next();
        if (next.done === true) {
          controller.close();
          return;
        }
        waiting = next.value;
      }
      controller.enqueue(encoder.encode(waiting));
      waiting = undefined;
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
  return c.body(body, 200, {
    'Content-Type': TYPES[format],
    'Content-Disposition': `attachment; filename="${name}.${format}"`,
    'Cache-Control': 'no-store',
  });
}
