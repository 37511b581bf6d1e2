/** One network: what is known of it, what people call it, and putting it away. */
import type { Child } from 'hono/jsx';
import { inert, withoutUnsafe } from '../../lib/text.ts';
import type { NetworkCoverage } from '../../store/coverage.ts';
import type { Gap, NetworkState } from '../../store/network-states.ts';
import { LIMITS } from '../schema/networks.ts';
import { currentVisit, text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { HelpLink } from './help-link.tsx';
import { Page, type Frame } from './layout.tsx';
import { CoverageStrip, Presence, sensorWords } from './networks.tsx';
import { ScanTabs } from './scan-tabs.tsx';
import { GapTable } from './scans.tsx';
import { Moment } from './time.tsx';

export interface NetworkForm {
  readonly name: string;
  readonly note: string;
  readonly errors: Partial<Record<'name' | 'note', string>>;
  /** Somebody else saved in between. */
  readonly isStale: boolean;
}

export interface NetworkData {
  readonly network: NetworkState;
  readonly coverage: NetworkCoverage | undefined;
  readonly gaps: readonly Gap[];
  readonly form?: NetworkForm;
}

export const OneNetwork = ({ frame, data }: { frame: Frame; data: NetworkData }) => {
  const { network, coverage, gaps } = data;
  const words = text().networks;
  const title = inert(network.name ?? network.words, 200);
  const isAdmin = currentVisit()?.visitor?.role === 'admin';
  return (
    <Page frame={frame} title={title} section="scans">
      <h1>
        <bdi>{title}</bdi> <HelpLink topic="networks" />
      </h1>
      <ScanTabs current="networks" />
      <section class="panel" data-live id="network" aria-labelledby="facts-title">
        <h2 id="facts-title">{words.facts}</h2>
        <dl class="evidence">
          {factsOf(network, frame).map(([word, value]) => (
            <div>
              <dt>{word}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {network.retiredAt === null && (
          <div class="panel-chart">
            <h3>{words.coverage}</h3>
            <CoverageStrip network={network} coverage={coverage} now={frame.now} axis />
          </div>
        )}
        <p class="more-links inside">
          <a href={`/scans?network=${network.id}`}>{words.scansLink}</a>
          <a href={`/devices?q=${encodeURIComponent(network.cidr)}`}>{words.devicesLink}</a>
        </p>
      </section>
      {network.overlaps.length > 0 && (
        <section class="panel" aria-labelledby="overlaps-title">
          <h2 id="overlaps-title">{words.overlaps}</h2>
          {network.overlaps.map(({ cidr, isWider }) => (
            <p class="panel-text">
              {isWider ? words.overlap.wider(inert(cidr, 120)) : words.overlap.narrower(inert(cidr, 120))}
            </p>
          ))}
        </section>
      )}
      {gaps.length > 0 && (
        <section class="panel" aria-labelledby="gaps-title">
          <h2 id="gaps-title">{text().scans.gaps.title}</h2>
          <GapTable gaps={gaps} frame={frame} />
        </section>
      )}
      {isAdmin && <Edit data={data} frame={frame} />}
      {isAdmin && <PutAway network={network} frame={frame} />}
    </Page>
  );
};

/** Several lines, each harmless. */
function harmless(lines: string): string {
  return lines.split('\n').map(withoutUnsafe).join('\n');
}

function factsOf(network: NetworkState, frame: Frame): (readonly [string, Child])[] {
  const words = text().networks;
  const moment = (at: Date) => <Moment at={at} now={frame.now} seconds />;
  const { gateway } = network;
  const known = gateway?.ip ?? gateway?.mac;
  const facts: (readonly [string, Child])[] = [
    [words.network, <span class="mono">{inert(network.cidr, 100)}</span>],
    [words.by, sensorWords(network)],
    [words.interface, <span class="mono">{inert(network.interface, 64) || '–'}</span>],
    [
      words.gateway,
      known == null ? (
        words.gatewayUnknown
      ) : gateway?.deviceId == null ? (
        <span class="mono">{known}</span>
      ) : (
        <a class="mono" href={`/devices/${gateway.deviceId}`}>
          {known}
        </a>
      ),
    ],
    [words.since, moment(network.createdAt)],
    [words.last, network.lastScanAt === null ? words.never : moment(network.lastScanAt)],
    [words.devices, <Presence network={network} />],
  ];
  if (network.link !== '')
    facts.splice(1, 0, [words.link, <span class="mono">{inert(network.link, 64)}</span>]);
  if (network.failures > 0 && network.retiredAt === null)
    facts.push([
      text().scans.gaps.title,
      <a class="bad" href={`/scans?network=${network.id}&show=problems`}>
        {words.failing(network.failures)}
      </a>,
    ]);
  if (network.retiredAt !== null)
    facts.push(
      [words.retired, moment(network.retiredAt)],
      [words.retiredBy, inert(network.retiredBy ?? '', 120)],
    );
  if (network.note !== null)
    facts.push([words.noteField, <span class="note-text">{harmless(network.note)}</span>]);
  return facts;
}

const Edit = ({ data: { network, form }, frame }: { data: NetworkData; frame: Frame }) => {
  const words = text().networks;
  const name = form?.name ?? withoutUnsafe(network.name ?? '');
  const note = form?.note ?? harmless(network.note ?? '');
  return (
    <section class="panel" id="edit" aria-labelledby="edit-title">
      <h2 id="edit-title">{words.edit}</h2>
      {form?.isStale === true && <Stale network={network} form={form} />}
      <ActionForm action={`/networks/${network.id}`} back={frame.path} class="edit">
        <input type="hidden" name="revision" value={network.revision} />
        <Field name="name" word={words.name} error={form?.errors.name}>
          <input
            id="name"
            name="name"
            value={name}
            maxlength={LIMITS.name * 2}
            autocomplete="off"
            {...errorOf('name', form?.errors.name)}
          />
        </Field>
        <Field name="note" word={words.noteField} error={form?.errors.note}>
          <textarea id="note" name="note" rows={4} {...errorOf('note', form?.errors.note)}>
            {note}
          </textarea>
        </Field>
        <button class="primary">{form?.isStale === true ? words.stale.saveAnyway : words.save}</button>
      </ActionForm>
    </section>
  );
};

const Stale = ({ network, form }: { network: NetworkState; form: NetworkForm }) => {
  const words = text().networks;
  const { stale } = words;
  const rows = [
    [words.name, withoutUnsafe(network.name ?? ''), withoutUnsafe(form.name)],
    [words.noteField, harmless(network.note ?? ''), harmless(form.note)],
  ] as const;
  return (
    <div class="stale-diff" role="alert">
      <p>
        <b>{stale.title}.</b> {stale.text}
      </p>
      <table class="log">
        <thead>
          <tr>
            <th scope="col"></th>
            <th scope="col">{stale.theirs}</th>
            <th scope="col">{stale.yours}</th>
          </tr>
        </thead>
        <tbody>
          {rows
            .filter(([, theirs, yours]) => theirs !== yours)
            .map(([word, theirs, yours]) => (
              <tr>
                <th scope="row">{word}</th>
                <td class="note-text">{theirs || stale.empty}</td>
                <td class="note-text">{yours || stale.empty}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
};

const PutAway = ({ network, frame }: { network: NetworkState; frame: Frame }) => {
  const words = text().networks;
  return (
    <section class="panel" aria-labelledby="retire-title">
      <h2 id="retire-title">{network.retiredAt === null ? words.retire : words.restore}</h2>
      <p class="panel-text">{words.retireHint}</p>
      <ActionForm
        action={`/networks/${network.id}/${network.retiredAt === null ? 'retire' : 'restore'}`}
        back={frame.path}
        class="edit"
      >
        <button>{network.retiredAt === null ? words.retire : words.restore}</button>
      </ActionForm>
    </section>
  );
};
