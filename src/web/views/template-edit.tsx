/** Writing the text of messages, with what would be sent beside it. */
import { inert } from '../../lib/text.ts';
import type { Preview } from '../../message/preview.ts';
import { problemText } from '../../message/template.ts';
import { TEMPLATE_VARIABLES } from '../../message/template-values.ts';
import { ALERT_KINDS } from '../../store/alert-kinds.ts';
import { CHANNEL_KINDS } from '../../store/channel-kinds.ts';
import type { Template, TemplateProblem } from '../../store/templates.ts';
import type { TemplateTyped } from '../template-form.ts';
import { text } from '../visit.ts';
import { errorOf, Field } from './field.tsx';
import { ActionForm } from './forms.tsx';
import { Page, type Frame } from './layout.tsx';
import { RemoveTemplate, templateTitle } from './templates.tsx';

export interface ShownPreview {
  readonly preview: Preview;
  /** The frame's address; null: this kind of channel has no HTML. */
  readonly frame: string | null;
}

export interface TemplateData {
  readonly typed: TemplateTyped;
  readonly channelName: string | null;
  /** As it is kept; undefined: it is a new one. */
  readonly saved: Template | undefined;
  /** The text without a template, to begin with. */
  readonly defaultText: string;
  readonly shown: ShownPreview;
  /** Why it was not saved. */
  readonly problems: readonly TemplateProblem[];
  readonly error?: string;
}

export const TemplateEdit = ({ frame, data }: { frame: Frame; data: TemplateData }) => {
  const { typed, saved, channelName } = data;
  const title = templateTitle({ channel: channelName, kind: typed.kind });
  return (
    <Page frame={frame} title={text().templates.edit} section="rules">
      <p class="crumb">
        <a href="/templates">{text().templates.title}</a>
      </p>
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <div class="columns">
        <section class="panel" data-live="hold" id="template" aria-labelledby="template-title">
          <h2 id="template-title">{text().templates.your}</h2>
          <Editor data={data} back={frame.path} />
          {saved !== undefined && (
            <div class="below">
              <RemoveTemplate template={saved} back="/templates" />
            </div>
          )}
        </section>
        <PreviewPanel shown={data.shown} />
      </div>
      <Help defaultText={data.defaultText} />
    </Page>
  );
};

const Editor = ({ data, back }: { data: TemplateData; back: string }) => {
  const { typed, problems } = data;
  const problemOf = (part: TemplateProblem['part']) => {
    const found = problems.filter(problem => problem.part === part);
    return found.length === 0 ? undefined : found.map(problemText).join('. ');
  };
  return (
    <ActionForm action="/templates" back={back} class="edit" id="template-form">
      <input type="hidden" name="channel" value={typed.channel ?? ''} />
      <input type="hidden" name="kind" value={typed.kind ?? ''} />
      {typed.revision !== null && <input type="hidden" name="revision" value={typed.revision} />}
      {data.error !== undefined && (
        <p class="field-error" role="alert">
          {data.error}
        </p>
      )}
      <Field name="subject" word={text().templates.subject} error={problemOf('subject')}>
        <input
          id="subject"
          name="subject"
          value={typed.subject}
          maxlength={2000}
          autocomplete="off"
          placeholder="{{ default_subject }}"
          {...errorOf('subject', problemOf('subject'))}
        />
      </Field>
      <Field name="body" word={text().templates.body} error={problemOf('body')}>
        <textarea
          id="body"
          name="body"
          rows={14}
          maxlength={20_000}
          class="mono"
          spellcheck={false}
          {...errorOf('body', problemOf('body'))}
        >
          {typed.body}
        </textarea>
      </Field>
      <div class="beside">
        {typed.kind === null && (
          <label>
            <span class="hint">{text().templates.shownWith}</span>
            <select name="example">
              {ALERT_KINDS.map(kind => (
                <option value={kind} selected={kind === typed.example}>
                  {text().words.kinds[kind]}
                </option>
              ))}
            </select>
          </label>
        )}
        {typed.channel === null && (
          <label>
            <span class="hint">{text().templates.shownAs}</span>
            <select name="as">
              {CHANNEL_KINDS.map(kind => (
                <option value={kind} selected={kind === typed.as}>
                  {text().channels.kinds[kind].word}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div class="buttons">
        <button class="primary" name="step" value="save">
          {text().words.save}
        </button>
        <button name="step" value="preview">
          {text().templates.preview}
        </button>
      </div>
    </ActionForm>
  );
};

/** Follows what is typed; without JavaScript the button above does. */
export const PreviewPanel = ({ shown: { preview, frame } }: { shown: ShownPreview }) => (
  <section
    class="panel preview"
    id="preview"
    aria-labelledby="preview-title"
    hx-post="/templates/preview"
    hx-trigger="input delay:400ms from:#template-form, change from:#template-form"
    hx-include="#template-form"
    hx-target="#preview"
    hx-swap="outerHTML"
    hx-sync="this:replace"
  >
    <h2 id="preview-title">{text().templates.wouldSend}</h2>
    {preview.problems.length > 0 && (
      <div class="concern bad" role="alert">
        <div>
          {preview.problems.map(problem => (
            <p>{inert(problemText(problem), 400)}</p>
          ))}
          <p class="remedy">{text().templates.notLikeThis}</p>
        </div>
      </div>
    )}
    <p class="preview-subject">
      <span class="muted">{text().templates.subjectWord}</span> <bdi>{inert(preview.subject, 300)}</bdi>
    </p>
    {frame !== null && (
      <iframe
        src={frame}
        title={text().templates.asItLooks}
        sandbox=""
        loading="lazy"
        referrerpolicy="no-referrer"
      />
    )}
    {frame === null ? (
      <pre tabindex={0} aria-label={text().templates.asText}>
        {preview.text}
      </pre>
    ) : (
      <details>
        <summary>{text().templates.plainText}</summary>
        <pre tabindex={0} aria-label={text().templates.asText}>
          {preview.text}
        </pre>
      </details>
    )}
  </section>
);

const Help = ({ defaultText }: { defaultText: string }) => (
  <section class="panel wide" id="template-help" aria-labelledby="template-help-title">
    <h2 id="template-help-title">{text().templates.help.title}</h2>
    <p class="note">
      {text().templates.help.replaced} <code>{'{{ device.name }}'}</code>
      {text().templates.help.liquid} <code>{'{% if alert.over %}…{% endif %}'}</code>
      {text().templates.help.inert}
    </p>
    <details>
      <summary>{text().templates.help.all}</summary>
      <dl class="evidence variables">
        {TEMPLATE_VARIABLES.map(({ name, meaning }) => (
          <div>
            <dt class="mono">{name}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
    <details>
      <summary>{text().templates.help.example}</summary>
      <pre tabindex={0} aria-label={text().templates.help.text}>
        {defaultText}
      </pre>
    </details>
  </section>
);
