/** The pages beside the main ones, by what the visitor may see; it opens without JavaScript. */
import { inert } from '../../lib/text.ts';
import { mayGet } from '../access.ts';
import { currentVisit, text } from '../visit.ts';
import { MenuIcon } from './icons.tsx';

const ENTRIES = [
  ['account', '/account'],
  ['keys', '/keys'],
  ['users', '/users'],
  ['audit', '/audit'],
  ['system', '/system'],
  ['help', '/help'],
] as const;

export const Menu = ({ path }: { path: string }) => {
  const visitor = currentVisit()?.visitor ?? null;
  const words = text().frame.menu;
  if (visitor === null) return null;
  return (
    <details class="menu">
      <summary>
        <MenuIcon />
        <span class="sr">{words.label}: </span>
        <bdi>{inert(visitor.name, 60)}</bdi>
      </summary>
      <div class="menu-pages">
        <nav aria-label={words.label}>
          {ENTRIES.filter(([, href]) => mayGet(href)).map(([key, href]) => (
            <a href={href} aria-current={path.split('?', 1)[0] === href ? 'page' : undefined}>
              {words[key]}
            </a>
          ))}
        </nav>
        {visitor.userId !== null && (
          <form method="post" action="/sign-out">
            <button class="quiet-button">{words.signOut}</button>
          </form>
        )}
      </div>
    </details>
  );
};
