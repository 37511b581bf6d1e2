/** A few ways to see the same list (filters), or the pages of one section; plain links. */
interface TabsProps {
  label: string;
  tabs: readonly (readonly [href: string, word: string, isCurrent: boolean])[];
  kind?: 'filter' | 'section';
}

export const Tabs = ({ label, tabs, kind = 'filter' }: TabsProps) => (
  <nav class={kind === 'section' ? 'tabs section-tabs' : 'tabs'} aria-label={label}>
    {tabs.map(([href, word, isCurrent]) => (
      <a href={href} aria-current={isCurrent ? (kind === 'section' ? 'page' : 'true') : undefined}>
        {word}
      </a>
    ))}
  </nav>
);
