/** Scans, networks and sensors are one section. */
import { text } from '../visit.ts';
import { Tabs } from './tabs.tsx';

export const ScanTabs = ({ current }: { current: 'scans' | 'networks' | 'sensors' }) => {
  const words = text().scans.tabs;
  return (
    <Tabs
      kind="section"
      label={words.label}
      tabs={(['scans', 'networks', 'sensors'] as const).map(key => [`/${key}`, words[key], key === current])}
    />
  );
};
