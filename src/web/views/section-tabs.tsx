/** The pages of one section of the main menu, in a row under its heading; plain links. */
import { mayGet } from '../access.ts';
import { text } from '../visit.ts';
import { Tabs } from './tabs.tsx';

const SECTIONS = {
  devices: [
    ['list', '/devices'],
    ['review', '/review'],
    ['map', '/map'],
    ['past', '/past'],
    ['import', '/import'],
  ],
  scans: [
    ['scans', '/scans'],
    ['networks', '/networks'],
    ['sensors', '/sensors'],
  ],
  rules: [
    ['rules', '/rules'],
    ['channels', '/channels'],
    ['texts', '/templates'],
  ],
} as const;

type Sections = typeof SECTIONS;

interface SectionTabsProps<S extends keyof Sections> {
  of: S;
  current: Sections[S][number][0] | 'none';
}

export function SectionTabs<S extends keyof Sections>({ of, current }: SectionTabsProps<S>) {
  const { tabs, nav } = text().frame;
  return (
    <Tabs
      label={nav[of]}
      kind="section"
      tabs={SECTIONS[of]
        .filter(([, href]) => mayGet(href))
        .map(([key, href]) => [href, tabs[key], key === current] as const)}
    />
  );
}
