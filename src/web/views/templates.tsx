/** The texts that people wrote themselves, and where to write another. */
import { inert } from '../../lib/text.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import type { SiteChannel } from '../../store/channels.ts';
import type { Template } from '../../store/templates.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { errorOf } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { SectionTabs } from './section-tabs.tsx';
import { Moment } from './time.tsx';

export interface TemplatesData {
  readonly templates: readonly Template[];
  readonly channels: readonly SiteChannel[];
  /** Chosen in the form below; null: every channel. */
  readonly channel: number | null;
  /** The address named a channel that there is not. */
  readonly isWrong: boolean;
}

export const Templates = ({ frame, data }: { frame: Frame; data: TemplatesData }) => (
  <Page frame={frame} title={text().templates.title} section="rules">
    <h1>{text().templates.title}</h1>
    <SectionTabs of="rules" current="texts" />
    <p class="note">{text().templates.note}</p>
    <section class="panel wide" data-live id="templates" aria-labelledby="templates-title">
      <h2 id="templates-title">{text().templates.yours}</h2>
      {data.templates.length === 0 ? (
        <p class="nothing">{text().templates.none}</p>
      ) : (
        <ul class="plain">
          {data.templates.map(template => (
            <Line template={template} frame={frame} />
          ))}
        </ul>
      )}
    </section>
    {may('admin') && (
      <section class="panel" id="write" aria-labelledby="write-title">
        <h2 id="write-title">{text().templates.writeOne}</h2>
        <form class="edit" action="/templates/edit">
          <div class="field">
            <label for="channel">{text().templates.to}</label>
            <select id="channel" name="channel" {...errorOf('channel', wrong(data))}>
              <option value="">{text().templates.everyChannel}</option>
              {data.channels.map(channel => (
                <option value={channel.id} selected={channel.id === data.channel}>
                  {inert(channel.name, 60)} ({text().channels.kinds[channel.kind].word})
                </option>
              ))}
            </select>
            {data.isWrong && (
              <p class="field-error" id="channel-error">
                {wrong(data)}
              </p>
            )}
          </div>
          <div class="field">
            <label for="kind">{text().templates.about}</label>
            <select id="kind" name="kind">
              <option value="">{text().templates.everything}</option>
              {ALERT_KINDS.map(kind => (
                <option value={kind}>{text().words.kinds[kind]}</option>
              ))}
            </select>
          </div>
          <button class="primary">{text().templates.write}</button>
        </form>
      </section>
    )}
  </Page>
);

function wrong({ isWrong }: TemplatesData): string | undefined {
  return isWrong ? text().templates.badChannel : undefined;
}

/** `Mail to anna, about “new device”` */
export function templateTitle(template: Pick<Template, 'channel' | 'kind'>): string {
  const where = template.channel === null ? text().templates.every : inert(template.channel, 60);
  const { templates, words } = text();
  return templates.titleOf(
    where,
    template.kind === null ? templates.everything : templates.kind(words.kinds[template.kind]),
  );
}

const Line = ({ template, frame }: { template: Template; frame: Frame }) => {
  const query = new URLSearchParams();
  if (template.channelId !== null) query.set('channel', String(template.channelId));
  if (template.kind !== null) query.set('kind', template.kind);
  return (
    <li id={`template-${template.id}`}>
      <span>
        {may('admin') ? (
          <a href={`/templates/edit?${query.toString()}`}>
            <bdi>{templateTitle(template)}</bdi>
          </a>
        ) : (
          <bdi>{templateTitle(template)}</bdi>
        )}{' '}
        <span class="muted">
          {text().templates.by} <bdi>{inert(template.madeBy, 60)}</bdi>,{' '}
          <Moment at={template.updatedAt} now={frame.now} />
        </span>
      </span>
      {may('admin') && <RemoveTemplate template={template} back="/templates" />}
    </li>
  );
};

/** Nothing brings it back, so it is asked for twice. */
export const RemoveTemplate = ({ template, back }: { template: Template; back: string }) => (
  <details class="confirm">
    <summary aria-label={text().templates.removeThis(templateTitle(template))}>{text().words.remove}</summary>
    <ActionForm action={`/templates/${template.id}/remove`} back={back}>
      <span>{text().templates.removal}</span>
      <button class="danger">{text().templates.removeForGood}</button>
    </ActionForm>
  </details>
);
