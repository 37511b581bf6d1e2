/** Words and values, one below the other. */
import type { Child } from 'hono/jsx';

export const Facts = ({ facts }: { facts: readonly (readonly [string, Child])[] }) => (
  <dl class="evidence">
    {facts.map(([word, value]) => (
      <div>
        <dt>{word}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
