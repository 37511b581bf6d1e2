/** The ways to reach people: whether they work, trying one, adding one. */
import { inert } from '../../lib/text.ts';
import { CHANNEL_KINDS } from '../../store/channel-kinds.ts';
import { ChannelItem, type ChannelRow } from './channel-item.tsx';
import { KIND_OF_CHANNEL } from './channel-words.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';

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
  <Page frame={frame} title="Channels" section="rules">
    <h1>Channels</h1>
    <p class="note">
      The ways to reach you. Which alert goes where is said by the <a href="/rules">rules</a>; what a message
      says, by its <a href="/templates">text</a>.
    </p>
    {data.rows.length === 0 ? (
      <NoChannel />
    ) : (
      <section class="panel wide" data-live id="channels" aria-label="Channels">
        <ul class="channel-list">
          {data.rows.map(row => (
            <ChannelItem row={row} now={frame.now} back={frame.path} />
          ))}
        </ul>
      </section>
    )}
    <AddChannel frame={frame} form={data.form} isFirst={data.rows.length === 0} />
  </Page>
);

const NoChannel = () => (
  <section class="first-look" id="channels">
    <h2>No channel is set up: alerts are kept here and sent nowhere.</h2>
    <p>
      Put one of these into <code>netureon.toml</code> and start <code>netureon alertd</code> again. A
      password or token can also stand in a file of its own, as <code>url_file</code> or{' '}
      <code>token_file</code>.
    </p>
    <dl class="sections">
      {CHANNEL_KINDS.map(kind => (
        <div>
          <dt>{KIND_OF_CHANNEL[kind].word}</dt>
          <dd>
            <pre tabindex={0} aria-label={`Section for ${KIND_OF_CHANNEL[kind].word}`}>
              <code>{KIND_OF_CHANNEL[kind].section}</code>
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
    <h2 id="add-channel-title">Add a channel</h2>
    <ActionForm action="/channels" back={frame.path} class="edit">
      <p class="hint">
        It sends by the mail server, bot or account of netureon.toml
        {isFirst && ', so that must be set up first'}; here you say only whom it reaches.
      </p>
      {form?.errors.form !== undefined && (
        <p class="field-error" role="alert">
          {inert(form.errors.form, 300)}
        </p>
      )}
      <Field name="kind" word="By" error={form?.errors.kind}>
        <select id="kind" name="kind" {...errorOf('kind', form?.errors.kind)}>
          {CHANNEL_KINDS.map(kind => (
            <option value={kind} selected={form?.values.kind === kind}>
              {KIND_OF_CHANNEL[kind].word}
            </option>
          ))}
        </select>
      </Field>
      <Field name="to" word="Whom it reaches" error={form?.errors.to}>
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
        <summary>What to type there</summary>
        <dl class="evidence">
          {CHANNEL_KINDS.map(kind => (
            <div>
              <dt>{KIND_OF_CHANNEL[kind].word}</dt>
              <dd>
                {KIND_OF_CHANNEL[kind].recipient}, as{' '}
                <span class="mono">{KIND_OF_CHANNEL[kind].example}</span>
              </dd>
            </div>
          ))}
        </dl>
      </details>
      <Field name="name" word="Name, as rules and receipts call it" error={form?.errors.name}>
        <input
          id="name"
          name="name"
          value={form?.values.name ?? ''}
          maxlength={60}
          placeholder="anna"
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          {...errorOf('name', form?.errors.name)}
        />
      </Field>
      <button class="primary">Add</button>
    </ActionForm>
  </section>
);
