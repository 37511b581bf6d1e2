/** `netureon export --devices`: the list of devices, byte for byte as the site exports it. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { messageOf, NetureonError } from '../../lib/errors.ts';
import { inert } from '../../lib/text.ts';
import { exportedDevices, fileOf, FILE_FORMATS } from '../../store/device-file.ts';
import { openSession } from '../../store/session.ts';
import type { Context } from '../context.ts';
import { databaseUrl } from '../database.ts';

export async function exportDevices(
  { config }: Context,
  { format: asked, output }: { readonly format: string | undefined; readonly output: string | undefined },
  now: Date,
): Promise<void> {
  const format = FILE_FORMATS.find(one => one === (asked ?? 'csv'));
  if (format === undefined)
    throw new NetureonError('usage', `--format ${inert(asked ?? '')} is not known for devices`, {
      remedy: `choose ${FILE_FORMATS.join(' or ')}`,
    });
  const session = await openSession(databaseUrl(config, 'netureon_web'), {
    application: 'netureon export',
    role: 'netureon_viewer',
  });
  const file = output === undefined ? undefined : createWriteStream(output);
  const failed = new Promise<never>((_, reject) => {
    file?.once('error', cause =>
      reject(
        new NetureonError('io', `${output ?? ''} cannot be written: ${messageOf(cause)}`, {
          remedy: 'name a file in a folder that you may write to',
          cause,
        }),
      ),
    );
  });
  failed.catch(() => undefined); // told by whoever waits below
  const out = file ?? process.stdout;
  try {
    const filter = { text: '', state: null, presence: null, network: null, sort: 'address' } as const;
    const pages = exportedDevices(session, config.siteName, filter);
    for await (const piece of fileOf(format, config.siteName, now, pages))
      if (!out.write(piece)) await Promise.race([once(out, 'drain'), failed]);
    if (file !== undefined) {
      file.end();
      await Promise.race([once(file, 'finish'), failed]);
    }
  } finally {
    await session.close();
  }
}
