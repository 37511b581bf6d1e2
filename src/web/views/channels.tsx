/** The ways to reach people: whether they work, trying one, adding one. */
import { inert } from '../../lib/text.ts';
import { CHANNEL_KINDS } from '../../store/channel-kinds.ts';
import { ChannelItem, type ChannelRow } from './channel-item.tsx';
import { SECTION_OF_CHANNEL } from './channel-sections.ts';
import { may } from '../access.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { SectionTabs } from './section-tabs.tsx';

export interface ChannelForm {
  readonly values: { readonly name: string; readonly kind: string; readonly to: string };
  readonly errors: Partial<Record<'name' | 'kind' | 'to' | 'form', string>>;
}

export interface ChannelsData {
  readonly rows: readonly ChannelRow[];
  /** What the person typed, when it could not be taken. */
  readonly form?: ChannelForm;
}

export const Channels = ({ frame, data }: { frame: Frame; data: ChannelsData }) => (
  <Page frame={frame} title={text().channels.title} section="rules">
    <h1>{text().channels.title}</h1>
    <SectionTabs of="rules" current="channels" />
    <p class="note">
      {text().channels.note.begin} <a href="/rules">{text().channels.note.rules}</a>
      {text().channels.note.middle} <a href="/templates">{text().channels.note.text}</a>
      {text().channels.note.end}
    </p>
    {data.rows.length === 0 ? (
      <NoChannel />
    ) : (
      <section class="panel wide" data-live id="channels" aria-label={text().channels.title}>
        <ul class="channel-list">
          {data.rows.map(row => (
            <ChannelItem row={row} now={frame.now} back={frame.path} />
          ))}
        </ul>
      </section>
    )}
    {may('admin') && <AddChannel frame={frame} form={data.form} isFirst={data.rows.length === 0} />}
  </Page>
);

const NoChannel = () => (
  <section class="first-look" id="channels">
    <h2>{text().channels.none}</h2>
    <p>
      {text().channels.putOne} {text().channels.secrets}
    </p>
    <dl class="sections">
      {CHANNEL_KINDS.map(kind => (
        <div>
          <dt>{text().channels.kinds[kind].word}</dt>
          <dd>
            <pre tabindex={0} aria-label={text().channels.sectionFor(text().channels.kinds[kind].word)}>
              <code>{SECTION_OF_CHANNEL[kind]}</code>
            </pre>
          </dd>
        </div>
      ))}
    </dl>
  </section>
);

const AddChannel = ({
  frame,
  form,
  isFirst,
}: {
  frame: Frame;
  form: ChannelForm | undefined;
  isFirst: boolean;
}) => (
  <section class="panel" data-live id="add-channel" aria-labelledby="add-channel-title">
    <h2 id="add-channel-title">{text().channels.add.title}</h2>
    <ActionForm action="/channels" back={frame.path} class="edit">
      <p class="hint">{isFirst ? text().channels.add.byFirst : text().channels.add.by}</p>
      {form?.errors.form !== undefined && (
        <p class="field-error" role="alert">
          {inert(form.errors.form, 300)}
        </p>
      )}
      <Field name="kind" word={text().channels.add.kind} error={form?.errors.kind}>
        <select id="kind" name="kind" {...errorOf('kind', form?.errors.kind)}>
          {CHANNEL_KINDS.map(kind => (
            <option value={kind} selected={form?.values.kind === kind}>
              {text().channels.kinds[kind].word}
            </option>
          ))}
        </select>
      </Field>
      <Field name="to" word={text().channels.add.to} error={form?.errors.to}>
        <input
          id="to"
          name="to"
          value={form?.values.to ?? ''}
          maxlength={2000}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          {...errorOf('to', form?.errors.to)}
        />
      </Field>
      <details class="hint-list">
        <summary>{text().channels.add.what}</summary>
        <dl class="evidence">
          {CHANNEL_KINDS.map(kind => (
            <div>
              <dt>{text().channels.kinds[kind].word}</dt>
              <dd>
                {text().channels.kinds[kind].recipient}
                {text().channels.add.such}
                <span class="mono">{text().channels.kinds[kind].example}</span>
              </dd>
            </div>
          ))}
        </dl>
      </details>
      <Field name="name" word={text().channels.add.name} error={form?.errors.name}>
        <input
          id="name"
          name="name"
          value={form?.values.name ?? ''}
          maxlength={60}
          placeholder={text().channels.add.nameSuch}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          {...errorOf('name', form?.errors.name)}
        />
      </Field>
      <button class="primary">{text().channels.add.button}</button>
    </ActionForm>
  </section>
);
