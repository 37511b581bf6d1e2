/**
 * Whom a message is for, as people type it: a mail address, a chat, a topic, a room, a web address. Each check returns
 * what is wrong as the end of a sentence that begins with the thing ("must be …"), or undefined.
 */
import { inert } from './text.ts';

type Check = (text: string) => string | undefined;

/** Enough to catch what was mistyped; the server has the last word (RFC 5321 §4.1.2). */
export const mailAddressProblem: Check = text =>
  isPlain(text) && /^[^\s@<>,;:"()[\]\\]{1,64}@[^\s@<>,;:"()\\]{1,255}$/.test(text)
    ? undefined
    : `must be a mail address such as admin@example.org, not ${JSON.stringify(text)}`;

/** https://core.telegram.org/bots/api#sendmessage: a number, negative for groups, or a channel's name. */
export const chatIdProblem: Check = text =>
  /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/.test(text)
    ? undefined
    : `must be a chat's number or @channelname, not ${JSON.stringify(text)}`;

/** As ntfy's server checks it; names that its own pages use are no topics. */
export const topicProblem: Check = text =>
  /^[-\w]{1,64}$/.test(text) && !NTFY_PAGES.has(text)
    ? undefined
    : `must be an ntfy topic, 1 to 64 of letters, digits, dash and underscore, not ${JSON.stringify(text)}`;

const NTFY_PAGES: ReadonlySet<string> = new Set([
  'docs',
  'static',
  'file',
  'app',
  'metrics',
  'account',
  'settings',
  'signup',
  'login',
  'v1',
]);

/**
 * Matrix, Appendices §4.2: `!id:server` or `#alias:server`, at most 255 bytes; since room version 12 an id may have no
 * server.
 */
export const roomProblem: Check = text =>
  isPlain(text) &&
  new TextEncoder().encode(text).length <= 255 &&
  /^(?:![^\s:/?#]+(?::[^\s/?#]+)?|#[^\s:]+:[^\s/?#]+)$/.test(text)
    ? undefined
    : `must be a Matrix room such as !abcdef:example.org or #alerts:example.org, not ${JSON.stringify(text)}`;

/** Unencrypted only where nobody but the own network can listen. Passwords in it would be shown with it. */
export const webAddressProblem: Check = text => {
  if (!isPlain(text) || text.length > 2000 || !/^https?:\/\//i.test(text) || !URL.canParse(text))
    return 'must be a web address such as https://example.org/hook';
  const { username, password } = new URL(text);
  if (username !== '' || password !== '')
    return 'must not hold a user or password: it is shown to everybody who may see the channels';
  return unencryptedProblem(text);
};

/** @param url one that can be parsed */
export const unencryptedProblem: Check = url => {
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || isNear(hostname)
    ? undefined
    : 'must begin with https://; http:// is only for this machine and private addresses';
};

/** Loopback, private and link-local addresses (RFC 1918, 3927, 4193), and names that only exist at home. */
function isNear(hostname: string): boolean {
  return (
    /^(?:127|10)(?:\.\d+){3}$|^192\.168(?:\.\d+){2}$|^172\.(?:1[6-9]|2\d|3[01])(?:\.\d+){2}$|^169\.254(?:\.\d+){2}$/.test(
      hostname,
    ) ||
    /^\[(?:::1|f[cd][0-9a-f]{2}:.*|fe[89ab][0-9a-f]:.*)\]$/i.test(hostname) ||
    /^(?:localhost|[^.]+|.+\.(?:local|lan|home\.arpa|internal|localhost))$/i.test(hostname)
  );
}

function isPlain(text: string): boolean {
  return inert(text, Number.MAX_SAFE_INTEGER) === text;
}
