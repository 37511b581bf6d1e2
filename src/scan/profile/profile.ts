/**
 * One device, asked for everything: its names, its ports and an echo side by side, then how it answers a SYN on a port
 * that is open, then the verdict. No step keeps another from its end.
 */
import { ECHO_DEFAULTS, echoOf } from './echo.ts';
import type { EchoDependencies } from './echo.ts';
import { askNames, byWorth } from './names.ts';
import type { NameDeps, NameOptions } from './names.ts';
import { certificateNames } from './names-certificate.ts';
import { portsOf } from './ports.ts';
import type { PortDependencies, PortOptions } from './ports.ts';
import { synOf } from './syn.ts';
import type { SynDependencies } from './syn.ts';
import type { Profile, ProfileTarget } from './types.ts';
import { verdictOf } from './verdict.ts';

export interface ProfileOptions {
  readonly names: NameOptions;
  readonly ports: PortOptions;
}

export type ProfileDeps = NameDeps &
  PortDependencies &
  Pick<EchoDependencies, 'openEcho'> &
  Pick<SynDependencies, 'openSynCapture'>;

/** Never rejects for what the device does. After an abort: what was found until then. */
export async function profileDevice(
  target: ProfileTarget,
  options: ProfileOptions,
  deps: ProfileDeps,
): Promise<Profile> {
  const [told, tried, pinged] = await Promise.all([
    askNames(target, options.names, deps),
    portsOf(target, options.ports, deps),
    echoOf(target, ECHO_DEFAULTS, deps),
  ]);
  const { ports } = tried;
  const open = ports.find(({ state }) => state === 'open');
  const { syn, problems } =
    open === undefined || deps.signal.aborted
      ? { syn: null, problems: [] }
      : await synOf(target, open.port, options.ports, deps);
  const names = byWorth([...told.names, ...certificateNames(ports)]);
  const { model, services } = told;
  const { mac, vendor } = target;
  const verdict = verdictOf({ mac, vendor, names, ports, echo: pinged.echo, syn, model, services });
  return {
    names,
    ports,
    echo: pinged.echo,
    verdict,
    model,
    problems: [...told.problems, ...tried.problems, ...pinged.problems, ...problems],
  };
}

/** Whether the device said anything at all: a profile of one that has gone meanwhile is none. */
export function isAnswered({ names, ports, echo }: Profile): boolean {
  return (
    echo !== null ||
    names.some(({ source }) => source !== 'rdns') ||
    ports.some(({ state }) => state !== 'silent')
  );
}
