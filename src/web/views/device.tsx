/** One device: what it is called, whether it is here, where it has been, and what was decided about it. */
import type { DeviceChange } from '../../store/device-changes.ts';
import type { HeldAddress, Part } from '../../store/device-lists.ts';
import type { DeviceMute } from '../../store/mutes.ts';
import type { PresenceReason } from '../../store/presence-reason.ts';
import type { Alert } from '../../store/site-alerts.ts';
import type { Connection, Device } from '../../store/site-device.ts';
import type { DeviceName, DevicePort, DeviceProfile } from '../../store/site-profile.ts';
import type { IdentityRule, MergeSuggestion } from '../../store/suggestions.ts';
import type { PresenceChart } from '../presence-chart.ts';
import { text } from '../visit.ts';
import { labelOf } from '../words.ts';
import { AlertItem } from './alert-item.tsx';
import { EditPanel, type EditForm } from './device-edit.tsx';
import { DeviceHead } from './device-head.tsx';
import { Decisions } from './device-history.tsx';
import { IdentityPanel, type MergeForm } from './device-identity.tsx';
import { AddressTable, IntervalTable, NameTable, PortTable } from './device-lists.tsx';
import { PartPanel } from './device-part.tsx';
import { PresencePanel } from './device-presence.tsx';
import { ProfilePanel } from './device-profile.tsx';
import type { WakeState } from './device-wake.tsx';
import { WatchPanel, type WatchForm } from './device-watch.tsx';
import { Page, type Frame } from './layout.tsx';

export interface DeviceData {
  readonly device: Device;
  /** Undefined: never seen. */
  readonly reason: PresenceReason | undefined;
  /** The latest, those that are open first. */
  readonly connections: readonly Connection[];
  readonly addresses: Part<HeldAddress>;
  readonly names: Part<DeviceName>;
  readonly ports: Part<DevicePort>;
  readonly intervals: Part<Connection>;
  readonly alerts: { readonly rows: readonly Alert[]; readonly next: number | null };
  /** The latest first. */
  readonly changes: readonly DeviceChange[];
  readonly merges: readonly DeviceChange[];
  readonly profile: DeviceProfile;
  readonly chart: PresenceChart;
  readonly suggestions: readonly MergeSuggestion[];
  readonly rules: readonly IdentityRule[];
  readonly wake: WakeState;
  /** Of this device. */
  readonly mutes: readonly DeviceMute[];
  /** In which "tomorrow" is meant. */
  readonly timeZone: string;
  /** What the person typed, when it could not be taken. */
  readonly watch?: WatchForm;
  readonly merge?: MergeForm;
  readonly form?: EditForm;
}

export function labelOfDevice({ name, called, macs }: Device): string {
  const [first] = macs;
  return labelOf({ name, called, vendor: first?.vendor ?? null, isRandomMac: first?.isLocal ?? false });
}

/** The latest change that stands: no other can be undone. */
export function undoableOf(changes: readonly DeviceChange[]): number | undefined {
  return changes.find(({ undoneAt }) => undoneAt === null)?.id;
}

export const DeviceView = ({ frame, data }: { frame: Frame; data: DeviceData }) => {
  const { device, addresses, names, ports, intervals, alerts, changes } = data;
  const label = labelOfDevice(device);
  const undoable = undoableOf(changes);
  return (
    <Page frame={frame} title={label} section="devices">
      <DeviceHead frame={frame} data={data} label={label} />
      <PresencePanel device={device.id} chart={data.chart} now={frame.now} />
      <div class="columns">
        <EditPanel device={device} form={data.form} changes={changes} frame={frame} />
        <WatchPanel device={device} reason={data.reason} form={data.watch} wake={data.wake} frame={frame} />
      </div>
      <div class="columns">
        <IdentityPanel
          device={device}
          rules={data.rules}
          suggestions={data.suggestions}
          merge={data.merge}
          merges={data.merges}
          undoable={undoable}
          frame={frame}
        />
        <PartPanel device={device.id} part="changes" isCut={changes.length > 5}>
          <Decisions changes={changes.slice(0, 5)} undoable={undoable} frame={frame} />
        </PartPanel>
      </div>
      <ProfilePanel device={device.id} profile={data.profile} frame={frame} />
      {names.rows.length > 0 && (
        <PartPanel device={device.id} part="names" isCut={names.next !== null}>
          <NameTable rows={names.rows} now={frame.now} />
        </PartPanel>
      )}
      {ports.rows.length > 0 && (
        <PartPanel device={device.id} part="ports" isCut={ports.next !== null}>
          <PortTable rows={ports.rows} now={frame.now} />
        </PartPanel>
      )}
      <PartPanel device={device.id} part="addresses" isCut={addresses.next !== null}>
        {addresses.rows.length === 0 ? (
          <p class="nothing">{text().device.history.nothing}</p>
        ) : (
          <AddressTable rows={addresses.rows} now={frame.now} />
        )}
      </PartPanel>
      <PartPanel device={device.id} part="intervals" isCut={intervals.next !== null}>
        <IntervalTable rows={intervals.rows} now={frame.now} />
      </PartPanel>
      {alerts.rows.length > 0 && (
        <PartPanel device={device.id} part="alerts" isCut={alerts.next !== null}>
          <ul class="alert-list">
            {alerts.rows.map(alert => (
              <AlertItem alert={alert} now={frame.now} back={frame.path} />
            ))}
          </ul>
        </PartPanel>
      )}
    </Page>
  );
};
