/** A Telegram message as its apps show it: the text with its entities as elements. */
import type { Child } from 'hono/jsx';
import type { TelegramEntity } from '../../lab/telegram-html.ts';

/** Entities nest and never cross (the Bot API's "formatting options"): each is drawn around those inside it. */
export function formatted(
  text: string,
  entities: readonly TelegramEntity[],
  start = 0,
  end = text.length,
): Child[] {
  const parts: Child[] = [];
  let at = start;
  let rest = entities.toSorted((a, b) => a.offset - b.offset || b.length - a.length);
  while (rest.length > 0) {
    const [outer, ...others] = rest;
    if (outer === undefined) break;
    const until = outer.offset + outer.length;
    const inner = others.filter(entity => entity.offset + entity.length <= until);
    parts.push(text.slice(at, outer.offset), element(outer, formatted(text, inner, outer.offset, until)));
    at = until;
    rest = others.filter(entity => !inner.includes(entity) && entity.offset >= until);
  }
  parts.push(text.slice(at, end));
  return parts;
}

function element(entity: TelegramEntity, children: Child[]): Child {
  if (entity.type === 'bold') return <strong>{children}</strong>;
  if (entity.type === 'italic') return <em>{children}</em>;
  if (entity.type === 'underline') return <u>{children}</u>;
  if (entity.type === 'strikethrough') return <s>{children}</s>;
  if (entity.type === 'code') return <code>{children}</code>;
  if (entity.type === 'pre') return <pre>{children}</pre>;
  if (entity.type === 'blockquote') return <blockquote>{children}</blockquote>;
  const { url } = entity;
  if (url !== undefined && /^https?:\/\//i.test(url))
    return (
      <a href={url} rel="noreferrer" target="_blank">
        {children}
      </a>
    );
  return <span>{children}</span>;
}
