/** A list of a device: its first rows on the device's page, all of it on a page of its own, the same table in both. */
import type { Child } from 'hono/jsx';
import type { Device } from '../../store/site-device.ts';
import { text } from '../visit.ts';
import { Page, type Frame } from './layout.tsx';

export const PARTS = [
  'addresses',
  'names',
  'ports',
  'intervals',
  'alerts',
  'changes',
  'notes',
  'first-hour',
] as const;
export type PartName = (typeof PARTS)[number];

interface ListProps {
  device: number;
  part: PartName;
  /** There is more than what is shown. */
  isCut: boolean;
  children?: Child;
}

/** On the device's page. With a script its rest comes in its place. */
export const PartPanel = ({ device, part, isCut, children }: ListProps) => {
  const words = text().device.history;
  const href = `/devices/${device}/${part}`;
  return (
    <section class="panel wide part" data-live id={part} aria-labelledby={`${part}-title`}>
      <h2 id={`${part}-title`}>{words.titles[part]}</h2>
      {children}
      {isCut && (
        <p class="foot">
          <a class="button small" href={href} hx-get={href} hx-target={`#${part}`} hx-swap="outerHTML">
            {words.all}
          </a>
        </p>
      )}
    </section>
  );
};

interface PageProps {
  frame: Frame;
  device: Device;
  label: string;
  part: PartName;
  after: string | null;
  next: string | null;
  /** The section alone, to be put into the device's page. */
  isSection: boolean;
  children?: Child;
}

export const PartPage = (props: PageProps) => {
  const { frame, device, label, part, isSection } = props;
  const words = text().device.history;
  if (isSection) return <PartSection {...props} />;
  return (
    <Page frame={frame} title={`${label}: ${words.titles[part]}`} section="devices">
      <header class="device-head">
        <h1>
          <bdi>{label}</bdi>
        </h1>
        <p>
          <a href={`/devices/${device.id}`}>
            <bdi>{words.back(label)}</bdi>
          </a>
        </p>
      </header>
      <PartSection {...props} />
    </Page>
  );
};

/** What somebody went through by hand stays: it is not refreshed under the eyes. */
const PartSection = ({ device, part, after, next, isSection, children }: PageProps) => {
  const words = text().device.history;
  const href = `/devices/${device.id}/${part}`;
  const swap = isSection ? { 'hx-target': `#${part}`, 'hx-swap': 'outerHTML' } : {};
  const link = (to: string, word: string) => (
    <a class="button small" href={to} {...(isSection ? { 'hx-get': to } : {})} {...swap}>
      {word}
    </a>
  );
  return (
    <section class="panel wide part" data-live="hold" id={part} aria-labelledby={`${part}-title`}>
      <h2 id={`${part}-title`}>{words.titles[part]}</h2>
      {children}
      {(next !== null || after !== null) && (
        <p class="foot">
          {after !== null && link(href, words.newest)}{' '}
          {next !== null && link(`${href}?after=${encodeURIComponent(next)}`, words.older)}
        </p>
      )}
    </section>
  );
};
