/** Metrics as Prometheus reads them: the text format 0.0.4 (prometheus.io, "Exposition formats"). */
import type { Metrics } from '../../store/metrics.ts';

/** Of the process itself. */
export interface OwnMetrics {
  readonly version: string;
  readonly startedAt: Date;
  readonly pages: number;
  /** Octets. */
  readonly memory: number;
}

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

export function metricsText(metrics: Metrics, own: OwnMetrics): string {
  const { devices, states, alerts, networks, services, queued, failed } = metrics;
  const ofNetworks = (value: (network: Metrics['networks'][number]) => number | null): Sample[] =>
    networks.map(network => [{ network: network.network }, value(network)]);
  return [
    gauge('netureon_build_info', 'The release that runs.', [[{ version: own.version }, 1]]),
    gauge(
      'netureon_devices',
      'Devices by network and presence; those that are gone are on no network.',
      devices.map(({ network, presence, n }) => [{ network, presence }, n]),
    ),
    gauge(
      'netureon_devices_by_state',
      'Devices by what was decided about them.',
      states.map(({ state, n }) => [{ state }, n]),
    ),
    gauge(
      'netureon_alerts_open',
      'Alerts neither resolved nor acknowledged.',
      alerts.map(({ severity, n }) => [{ severity }, n]),
    ),
    gauge(
      'netureon_last_scan_timestamp_seconds',
      'When a scan of the network last completed.',
      ofNetworks(({ lastScanAt }) => (lastScanAt === null ? null : lastScanAt.getTime() / 1000)),
    ),
    gauge(
      'netureon_scan_duration_seconds',
      'How long the last scan took.',
      ofNetworks(({ durationMs }) => (durationMs === null ? null : durationMs / 1000)),
    ),
    gauge(
      'netureon_scan_probed',
      'Addresses that the last scan asked.',
      ofNetworks(({ probed }) => probed),
    ),
    gauge(
      'netureon_scan_answered',
      'Addresses that answered it.',
      ofNetworks(({ answered }) => answered),
    ),
    gauge(
      'netureon_scan_failures',
      'Scans in a row that did not complete.',
      ofNetworks(({ failures }) => failures),
    ),
    gauge('netureon_deliveries_waiting', 'Messages that wait to be sent.', [[{}, queued]]),
    gauge('netureon_deliveries_failed', 'Messages given up within a day.', [[{}, failed]]),
    gauge(
      'netureon_service_up',
      'Whether a service reported lately.',
      services.map(({ name, state }) => [{ service: name }, state === 'running' ? 1 : 0]),
    ),
    gauge('netureon_open_pages', 'Pages and programs that follow changes.', [[{}, own.pages]]),
    gauge('process_resident_memory_bytes', 'Memory of the site.', [[{}, own.memory]]),
    gauge('process_start_time_seconds', 'When the site started.', [[{}, own.startedAt.getTime() / 1000]]),
  ].join('');
}

/** Samples without a value are left out. */
function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.flatMap(([labels, value]) =>
    value === null ? [] : `${name}${labelsOf(labels)} ${value}\n`,
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('')}`;
}

function labelsOf(labels: Labels): string {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
