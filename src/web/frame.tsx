/** From a request to the frame of its page: fragment or whole, which theme, which toast. */
import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import type { Child } from 'hono/jsx';
import { readChange } from '../store/device-changes.ts';
import { gatewayOfAlert } from '../store/site-alerts.ts';
import { bestOf, connectionsOf, readDevice } from '../store/site-device.ts';
import { checkBack, checkId } from './forms.ts';
import type { SiteOptions } from './options.ts';
import type { Frame } from './views/layout.tsx';
import { AlertToast, ChangeToast, GatewayToast, StaleToast } from './views/toast.tsx';
import { fullLabelOf } from './words.ts';

export async function frameOf(c: Context, options: SiteOptions): Promise<Frame> {
  const path = checkBack(c.req.path + new URL(c.req.url).search);
  return frameAt(c, options, path, await toastOf(options, c.req.query('toast'), path));
}

/** The same for a request whose own address is no page: a form that comes back with its errors. */
export function frameAt(c: Context, options: SiteOptions, path: string, toast: Child = null): Frame {
  const theme = getCookie(c, 'theme');
  const query = c.req.query('q');
  return {
    options,
    now: options.clock.now(),
    path,
    theme: theme === 'light' || theme === 'dark' ? theme : null,
    isFragment: isFragment(c),
    toast,
    ...(query === undefined ? {} : { search: query }),
  };
}

function isFragment(c: Context): boolean {
  return c.req.header('hx-request') === 'true';
}

/** `toast=change.12`: what to tell is looked up, so that a link cannot put words into the site's mouth. */
async function toastOf({ db, site }: SiteOptions, told: string | undefined, back: string): Promise<Child> {
  const [kind, idText] = told?.split('.', 2) ?? [];
  const id = checkId(idText);
  if (id === undefined) return null;
  if (kind === 'acknowledged' || kind === 'reopened')
    return <AlertToast alert={id} acknowledged={kind === 'acknowledged'} back={back} />;
  if (kind === 'gateway') {
    const choice = await gatewayOfAlert(db, site, id);
    if (choice === undefined || choice.state === 'open') return null;
    return <GatewayToast alert={id} before={choice.macs[0]} back={back} />;
  }
  if (kind !== 'change' && kind !== 'stale') return null;
  const change = await readChange(db, site, id);
  const device = change === undefined ? undefined : await readDevice(db, site, change.deviceId);
  if (change === undefined || device === undefined) return null;
  const mac = device.macs[0];
  const current = bestOf(await connectionsOf(db, site, device.id, 10));
  const label = fullLabelOf({
    name: device.name,
    called: device.called,
    vendor: mac?.vendor ?? null,
    isRandomMac: mac?.isLocal ?? false,
    ip: current?.ip ?? null,
    mac: mac?.mac ?? null,
  });
  return kind === 'stale' ? (
    <StaleToast label={label} />
  ) : (
    <ChangeToast change={change} label={label} back={back} />
  );
}
