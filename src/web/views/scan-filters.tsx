/** Which scans: plain lists of choices in a form that asks by address. */
import { inert } from '../../lib/text.ts';
import type { ManagedNetwork } from '../../store/site-networks.ts';
import { SCAN_METHODS } from '../../store/site-scans.ts';
import { OWN_SCANNER, SHOWS, type SpanName } from '../schema/scans.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';

/** As the address says it; null: all. */
export interface ScanChoice {
  readonly span: SpanName;
  readonly network: number | null;
  readonly show: (typeof SHOWS)[number];
  readonly method: (typeof SCAN_METHODS)[number] | null;
  readonly sensor: string | null;
}

export type ScanErrors = Partial<Record<'span' | 'network' | 'show' | 'method' | 'sensor' | 'before', true>>;

/** The address of the page with this choice; what is usual is left out. */
export function scansAt(choice: ScanChoice, before?: number): string {
  const query = new URLSearchParams();
  if (choice.span !== 'day') query.set('span', choice.span);
  if (choice.network !== null) query.set('network', String(choice.network));
  if (choice.show !== 'all') query.set('show', choice.show);
  if (choice.method !== null) query.set('method', choice.method);
  if (choice.sensor !== null) query.set('sensor', choice.sensor);
  if (before !== undefined) query.set('before', String(before));
  const text = query.toString();
  return text === '' ? '/scans' : `/scans?${text}`;
}

export function networkLabel({ cidr, link, name }: Pick<ManagedNetwork, 'cidr' | 'link' | 'name'>): string {
  const words = link === '' ? cidr : `${cidr} ${inert(link, 64)}`;
  return name === null || inert(name, 60) === '' ? words : `${inert(name, 60)} (${words})`;
}

interface FiltersProps {
  choice: ScanChoice;
  errors: ScanErrors;
  networks: readonly ManagedNetwork[];
}

export const ScanFilters = ({ choice, errors, networks }: FiltersProps) => {
  const words = text().scans;
  const sensors = [...new Set(networks.flatMap(({ sensor }) => (sensor === null ? [] : [sensor])))].sort();
  const fault = (key: keyof ScanErrors) => (errors[key] ? words.error[key] : undefined);
  return (
    <form class="scan-filters" action="/scans" aria-label={words.filter.label}>
      {choice.span !== 'day' && <input type="hidden" name="span" value={choice.span} />}
      <Field name="network" word={words.filter.network} error={fault('network')}>
        <select id="network" name="network" {...errorOf('network', fault('network'))}>
          <option value="">{words.filter.allNetworks}</option>
          {networks.map(network => (
            <option value={network.id} selected={network.id === choice.network}>
              {networkLabel(network)}
            </option>
          ))}
        </select>
      </Field>
      <Field name="show" word={words.filter.show} error={fault('show')}>
        <select id="show" name="show" {...errorOf('show', fault('show'))}>
          {SHOWS.map(show => (
            <option value={show === 'all' ? '' : show} selected={show === choice.show}>
              {words.filter.shows[show]}
            </option>
          ))}
        </select>
      </Field>
      <Field name="method" word={words.filter.method} error={fault('method')}>
        <select id="method" name="method" {...errorOf('method', fault('method'))}>
          <option value="">{words.filter.allMethods}</option>
          {SCAN_METHODS.map(method => (
            <option value={method} selected={method === choice.method}>
              {words.methods[method]}
            </option>
          ))}
        </select>
      </Field>
      {(sensors.length > 0 || errors.sensor) && (
        <Field name="sensor" word={words.filter.sensor} error={fault('sensor')}>
          <select id="sensor" name="sensor" {...errorOf('sensor', fault('sensor'))}>
            <option value="">{words.filter.allSensors}</option>
            <option value={OWN_SCANNER} selected={choice.sensor === OWN_SCANNER}>
              {words.filter.own}
            </option>
            {sensors.map(sensor => (
              <option value={sensor} selected={sensor === choice.sensor}>
                {sensor}
              </option>
            ))}
          </select>
        </Field>
      )}
      <button>{words.filter.go}</button>
      {scansAt({ ...choice, span: 'day' }) !== '/scans' && (
        <a href={scansAt({ span: choice.span, network: null, show: 'all', method: null, sensor: null })}>
          {words.filter.reset}
        </a>
      )}
    </form>
  );
};
