/** Two or three ways to see the same list; plain links. */
interface TabsProps {
  label: string;
  tabs: readonly (readonly [href: string, word: string, isCurrent: boolean])[];
}

export const Tabs = ({ label, tabs }: TabsProps) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(([href, word, isCurrent]) => (
      <a href={href} aria-current={isCurrent ? 'true' : undefined}>
        {word}
      </a>
    ))}
  </nav>
);
