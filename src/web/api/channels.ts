/** Channels and the texts of messages. */
import { checkTemplate } from '../../message/template.ts';
import { RECIPIENT_WORDS } from '../../store/channel-input.ts';
import { addChannel, listChannels, queueTest, removeChannel, switchChannel } from '../../store/channels.ts';
import { listTemplates, removeTemplate, saveTemplate } from '../../store/templates.ts';
import { Made, smallIdParams } from '../schema/api.ts';
import { ChannelBody, Channels, SwitchChannel, TemplateBody, Templates } from '../schema/api-rules.ts';
import { operation, type AnyOperation } from './operation.ts';
import { idOf, missing } from './outcome.ts';
import { ApiProblem } from './problem.ts';

const WHAT = 'the channel';

export function channelOperations(site: string): AnyOperation[] {
  return [
    operation({
      method: 'get',
      path: '/channels',
      id: 'listChannels',
      tag: 'Channels',
      summary: 'The ways to reach people',
      need: 'viewer',
      answer: Channels,
      run: async ({ db }) => ({ body: { items: await listChannels(db, site) } }),
    }),
    operation({
      method: 'post',
      path: '/channels',
      id: 'addChannel',
      tag: 'Channels',
      summary: 'Add a channel; credentials stay in the configuration',
      need: 'admin',
      body: ChannelBody,
      answer: Made,
      status: 201,
      run: async ({ db, actor, body: { name, kind, to } }) => {
        const settings = { [RECIPIENT_WORDS[kind].key]: to };
        const outcome = await addChannel(db, site, { name, kind, settings }, actor);
        return { status: 201, body: { id: idOf(outcome, WHAT) } };
      },
    }),
    operation({
      method: 'post',
      path: '/channels/{id}/switch',
      id: 'switchChannel',
      tag: 'Channels',
      summary: 'Switch a channel on or off',
      need: 'admin',
      params: smallIdParams,
      body: SwitchChannel,
      answer: Made,
      run: async ({ db, actor, params: { id }, body: { on } }) => ({
        body: { id: idOf(await switchChannel(db, site, id, on, actor), WHAT) },
      }),
    }),
    operation({
      method: 'post',
      path: '/channels/{id}/test',
      id: 'testChannel',
      tag: 'Channels',
      summary: 'Queue a message that says it is a test; `id` is its alert, whose delivery has the receipt',
      need: 'admin',
      params: smallIdParams,
      answer: Made,
      status: 202,
      run: async ({ db, actor, params: { id } }) => ({
        status: 202,
        body: { id: idOf(await queueTest(db, site, id, actor), WHAT) },
      }),
    }),
    operation({
      method: 'delete',
      path: '/channels/{id}',
      id: 'removeChannel',
      tag: 'Channels',
      summary: 'Remove a channel that a person added; what waits for it is not sent',
      need: 'admin',
      params: smallIdParams,
      run: async ({ db, actor, params: { id } }) => {
        idOf(await removeChannel(db, site, id, actor), WHAT);
        return undefined;
      },
    }),
    operation({
      method: 'get',
      path: '/templates',
      id: 'listTemplates',
      tag: 'Texts',
      summary: 'Texts of messages that people wrote',
      need: 'viewer',
      answer: Templates,
      run: async ({ db }) => ({ body: { items: await listTemplates(db, site) } }),
    }),
    operation({
      method: 'post',
      path: '/templates',
      id: 'saveTemplate',
      tag: 'Texts',
      summary: 'Write the text for a channel and kind of alert, or for all of either',
      need: 'admin',
      body: TemplateBody,
      answer: Made,
      problems: [409],
      run: async ({ db, actor, body: { channel, ...text } }) => {
        const outcome = await saveTemplate(db, site, { channelId: channel, ...text, actor }, checkTemplate);
        if (outcome.kind === 'missing') throw missing(WHAT);
        if (outcome.kind === 'stale')
          throw new ApiProblem(409, 'Somebody wrote this text meanwhile. Nothing was changed.');
        if (outcome.kind === 'refused')
          throw new ApiProblem(422, 'This text would not work. Nothing was changed.', {
            errors: outcome.problems.map(({ part, line, column, problem }) => ({
              in: 'body',
              field: part,
              detail: `${line === null ? '' : `Line ${line}, column ${column ?? 1}: `}${problem}`,
            })),
          });
        return { body: { id: outcome.id } };
      },
    }),
    operation({
      method: 'delete',
      path: '/templates/{id}',
      id: 'removeTemplate',
      tag: 'Texts',
      summary: 'Go back to the text that netureon has',
      need: 'admin',
      params: smallIdParams,
      run: async ({ db, params: { id } }) => {
        const outcome = await removeTemplate(db, site, id);
        if (outcome.kind !== 'done') throw missing('the text');
        return undefined;
      },
    }),
  ];
}
