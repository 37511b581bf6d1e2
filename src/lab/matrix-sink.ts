/**
 * A stand-in for a Matrix homeserver (client-server API, https://spec.matrix.org/v1.11/client-server-api/): sending to
 * rooms that the account has joined, aliases, and that a transaction id means one event however often it comes.
 */
import {
  objectIn,
  startHttpSink,
  type HttpSink,
  type HttpSinkOptions,
  type SinkAnswer,
  type SinkRequest,
} from './http-sink.ts';
import { matrixHtmlProblem } from './matrix-html.ts';

export interface MatrixMessage {
  readonly eventId: string;
  readonly roomId: string;
  readonly txnId: string;
  readonly body: string;
  readonly html: string;
}

export interface MatrixSinkOptions extends HttpSinkOptions {
  readonly token: string;
  /** The rooms that the account has joined. */
  readonly rooms: readonly string[];
  /** Alias → room id. */
  readonly aliases?: Readonly<Record<string, string>>;
}

const EVENT_LIMIT = 65_536;

export function startMatrixSink(options: MatrixSinkOptions): Promise<HttpSink<MatrixMessage>> {
  const events = new Map<string, string>();
  const isSend = ({ path }: SinkRequest) => path.includes('/send/');
  return startHttpSink<MatrixMessage>(
    options,
    (request, box) => {
      const { method, path, headers } = request;
      const [root, client, version, ...parts] = path.slice(1).split('/').map(decodeURIComponent);
      if (root !== '_matrix' || client !== 'client' || version !== 'v3')
        return refusal(404, 'M_UNRECOGNIZED', 'Unrecognized request');
      if (headers.authorization === undefined) return refusal(401, 'M_MISSING_TOKEN', 'Missing access token');
      if (headers.authorization !== `Bearer ${options.token}`)
        return {
          status: 401,
          json: { errcode: 'M_UNKNOWN_TOKEN', error: 'Invalid access token passed.', soft_logout: false },
        };
      if (method === 'GET' && parts.length === 3 && parts[0] === 'directory' && parts[1] === 'room')
        return resolve(parts[2] ?? '', options);
      const [rooms, roomId = '', send, type, txnId = ''] = parts;
      if (rooms !== 'rooms' || send !== 'send' || parts.length !== 5)
        return refusal(404, 'M_UNRECOGNIZED', 'Unrecognized request');
      if (method !== 'PUT') return refusal(405, 'M_UNRECOGNIZED', 'Unrecognized request');
      if (!options.rooms.includes(roomId)) return refusal(403, 'M_FORBIDDEN', `User not in room ${roomId}`);
      const content = contentOf(request, type);
      if ('status' in content) return content;
      // Scoped to the token and the path (§ Transaction identifiers).
      const scope = `${roomId} ${txnId}`;
      const before = events.get(scope);
      if (before !== undefined) {
        box.repeat(txnId);
        return { status: 200, json: { event_id: before } };
      }
      const eventId = `$${String(events.size + 1).padStart(43, 'e')}`;
      events.set(scope, eventId);
      box.keep({ eventId, roomId, txnId, ...content });
      return { status: 200, json: { event_id: eventId } };
    },
    isSend,
  );
}

function resolve(alias: string, { aliases = {} }: MatrixSinkOptions): SinkAnswer {
  if (!/^#[^:]+:.+$/.test(alias)) return refusal(400, 'M_INVALID_PARAM', 'Room alias invalid');
  const roomId = aliases[alias];
  return roomId === undefined
    ? refusal(404, 'M_NOT_FOUND', `Room alias ${alias} not found`)
    : { status: 200, json: { room_id: roomId, servers: [alias.replace(/^[^:]*:/, '')] } };
}

function contentOf(
  { body, headers }: SinkRequest,
  type: string | undefined,
): { body: string; html: string } | SinkAnswer {
  if (type !== 'm.room.message') return refusal(403, 'M_FORBIDDEN', 'Only messages here');
  if (headers['content-type'] !== 'application/json') return refusal(400, 'M_NOT_JSON', 'Content not JSON.');
  // What the server adds around the content counts as well.
  if (body.length > EVENT_LIMIT - 1024) return refusal(413, 'M_TOO_LARGE', 'event too large');
  const content = objectIn(body);
  if (content === undefined) return refusal(400, 'M_NOT_JSON', 'Content not JSON.');
  const { msgtype, body: plain, format, formatted_body: html } = content;
  if (msgtype !== 'm.text' || typeof plain !== 'string' || plain === '')
    return refusal(400, 'M_BAD_JSON', 'msgtype or body missing');
  if (format !== 'org.matrix.custom.html' || typeof html !== 'string')
    return refusal(400, 'M_BAD_JSON', 'format without formatted_body');
  const problem = matrixHtmlProblem(html);
  return problem === undefined ? { body: plain, html } : refusal(400, 'M_BAD_JSON', problem);
}

function refusal(status: number, errcode: string, error: string): SinkAnswer {
  return { status, json: { errcode, error } };
}
