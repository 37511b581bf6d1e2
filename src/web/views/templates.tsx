/** The texts that people wrote themselves, and where to write another. */
import { inert } from '../../lib/text.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import type { SiteChannel } from '../../store/channels.ts';
import type { Template } from '../../store/templates.ts';
import { KIND_OF_CHANNEL } from './channel-words.ts';
import { ActionForm } from './forms.tsx';
import { KIND_WORDS } from '../../message/rule-words.ts';
import { Page, type Frame } from './layout.tsx';
import { Moment } from './time.tsx';

export interface TemplatesData {
  readonly templates: readonly Template[];
  readonly channels: readonly SiteChannel[];
  /** Chosen in the form below; null: every channel. */
  readonly channel: number | null;
}

export const Templates = ({ frame, data }: { frame: Frame; data: TemplatesData }) => (
  <Page frame={frame} title="Texts" section="rules">
    <p class="crumb">
      <a href="/channels">Channels</a> <span class="muted">/ texts of messages</span>
    </p>
    <h1>Texts of messages</h1>
    <p class="note">
      Messages have a text of netureon’s own. Where you write another, the most particular counts: of a
      channel and kind, of a channel, of a kind, of all. A text that cannot be filled in loses nothing: the
      default one is sent, and the receipt says why.
    </p>
    <section class="panel wide" data-live id="templates" aria-labelledby="templates-title">
      <h2 id="templates-title">Your texts</h2>
      {data.templates.length === 0 ? (
        <p class="nothing">None. Every message has the default text.</p>
      ) : (
        <ul class="plain">
          {data.templates.map(template => (
            <Line template={template} frame={frame} />
          ))}
        </ul>
      )}
    </section>
    <section class="panel" id="write" aria-labelledby="write-title">
      <h2 id="write-title">Write a text</h2>
      <form class="edit" action="/templates/edit">
        <div class="field">
          <label for="channel">For messages to</label>
          <select id="channel" name="channel">
            <option value="">every channel</option>
            {data.channels.map(channel => (
              <option value={channel.id} selected={channel.id === data.channel}>
                {inert(channel.name, 60)} ({KIND_OF_CHANNEL[channel.kind].word})
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="kind">About</label>
          <select id="kind" name="kind">
            <option value="">everything</option>
            {ALERT_KINDS.map(kind => (
              <option value={kind}>{KIND_WORDS[kind]}</option>
            ))}
          </select>
        </div>
        <button class="primary">Write</button>
      </form>
    </section>
  </Page>
);

/** `Mail to anna, about “new device”` */
export function templateTitle(template: Pick<Template, 'channel' | 'kind'>): string {
  const where = template.channel === null ? 'Every channel' : inert(template.channel, 60);
  return `${where}, ${template.kind === null ? 'everything' : `“${KIND_WORDS[template.kind]}”`}`;
}

const Line = ({ template, frame }: { template: Template; frame: Frame }) => {
  const query = new URLSearchParams();
  if (template.channelId !== null) query.set('channel', String(template.channelId));
  if (template.kind !== null) query.set('kind', template.kind);
  return (
    <li id={`template-${template.id}`}>
      <span>
        <a href={`/templates/edit?${query.toString()}`}>
          <bdi>{templateTitle(template)}</bdi>
        </a>{' '}
        <span class="muted">
          by <bdi>{inert(template.madeBy, 60)}</bdi>, <Moment at={template.updatedAt} now={frame.now} />
        </span>
      </span>
      <RemoveTemplate template={template} back="/templates" />
    </li>
  );
};

/** Nothing brings it back, so it is asked for twice. */
export const RemoveTemplate = ({ template, back }: { template: Template; back: string }) => (
  <details class="confirm">
    <summary aria-label={`Remove the text for ${templateTitle(template)}`}>Remove</summary>
    <ActionForm action={`/templates/${template.id}/remove`} back={back}>
      <span>The default text is used again.</span>
      <button class="danger">Remove for good</button>
    </ActionForm>
  </details>
);
