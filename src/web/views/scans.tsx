/** The discovery log: the proof of having looked. */
import { inert } from '../../lib/text.ts';
import type { Scan, ScanQuery } from '../../store/site-scans.ts';
import { took } from '../words.ts';
import { Page, type Frame } from './layout.tsx';
import { MarkIcon, type Mark } from './marks.tsx';
import { Tabs } from './tabs.tsx';
import { Moment } from './time.tsx';

export interface ScansData {
  readonly show: ScanQuery['show'];
  readonly scans: readonly Scan[];
  readonly next: number | null;
}

const OUTCOMES: Readonly<Record<Scan['outcome'], Mark>> = {
  complete: 'here',
  partial: 'quiet',
  failed: 'alert',
};

export const Scans = ({ frame, data }: { frame: Frame; data: ScansData }) => (
  <Page frame={frame} title="Scans" section="scans">
    <h1>Scans</h1>
    <Tabs
      label="Which scans"
      tabs={[
        ['/scans', 'All', data.show === 'all'],
        ['/scans?show=changes', 'With changes', data.show === 'changes'],
        ['/scans?show=problems', 'Not complete', data.show === 'problems'],
      ]}
    />
    <p class="note">
      Only a complete scan says who is gone. A partial or failed one changes nobody’s presence.
    </p>
    <section class="panel wide" data-live="hold" id="scans" aria-label="Scans">
      {data.scans.length === 0 ? (
        <p class="nothing">No such scan{data.next === null ? '.' : ' here; look further back.'}</p>
      ) : (
        <ScanTable scans={data.scans} frame={frame} />
      )}
      {data.next !== null && (
        <p class="more">
          <a
            class="button"
            href={`/scans?${data.show === 'all' ? '' : `show=${data.show}&`}before=${data.next}`}
          >
            Older scans
          </a>
        </p>
      )}
    </section>
  </Page>
);

const ScanTable = ({ scans, frame }: { scans: readonly Scan[]; frame: Frame }) => (
  <table class="log">
    <thead>
      <tr>
        <th scope="col">When</th>
        <th scope="col" class="extra">
          Network
        </th>
        <th scope="col">Outcome</th>
        <th scope="col" class="number extra">
          Asked
        </th>
        <th scope="col" class="number">
          Answered
        </th>
        <th scope="col" class="number extra">
          Frames
        </th>
        <th scope="col" class="number extra">
          Took
        </th>
        <th scope="col">Changes</th>
      </tr>
    </thead>
    <tbody>
      {scans.map(scan => (
        <tr class={scan.outcome}>
          <td>
            <Moment at={scan.finishedAt} now={frame.now} seconds />{' '}
            <span class="mono narrow">{scan.network}</span>
          </td>
          <td class="mono extra">{scan.network ?? '–'}</td>
          <td>
            <span class={`state ${scan.outcome}`} title={`by ${scan.method}`}>
              <MarkIcon mark={OUTCOMES[scan.outcome]} /> {scan.outcome}
            </span>
          </td>
          <td class="number extra">{scan.probed.toLocaleString('en-US')}</td>
          <td class="number">{scan.answered.toLocaleString('en-US')}</td>
          <td class="number extra" title={`${scan.broadcasts} of them broadcasts`}>
            {scan.frames.toLocaleString('en-US')}
          </td>
          <td class="number extra">{took(scan.durationMs)}</td>
          <td>
            {scan.problem === null ? changesOf(scan) : <span class="bad">{inert(scan.problem, 300)}</span>}
          </td>
        </tr>
      ))}
    </tbody>
  </table>
);

function changesOf(scan: Scan): string {
  const parts = [
    [scan.new, 'new'],
    [scan.returned, 'back'],
    [scan.moved, 'moved'],
    [scan.missing, 'did not answer'],
  ]
    .filter(([n]) => n !== 0)
    .map(([n, word]) => `${n} ${word}`);
  return parts.join(', ');
}
