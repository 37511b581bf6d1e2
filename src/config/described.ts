/** The settings as a person may see them: each with its value and where it came from. No secret leaves here, nor a part of one. */
import { maskUrl } from '../lib/log.ts';
import { SETTINGS, type Config, type Setting } from './schema.ts';

export interface DescribedSetting {
  readonly section: string;
  readonly key: string;
  /** As it would stand in the file; null: not set. A secret is only said to be set, an address of one without its secret. */
  readonly value: string | null;
  /** `--listen`, `NETUREON_WEB_LISTEN`, `[web] listen in /etc/netureon/netureon.toml`; null: nobody set it. */
  readonly source: string | null;
  readonly isSecret: boolean;
  readonly help: string;
}

const SET = '••••••';

/** @param secrets whatever may appear nowhere, wherever it was written */
export function describeSettings(
  config: Config,
  origins: ReadonlyMap<keyof Config, string>,
  secrets: readonly string[],
): DescribedSetting[] {
  // The longest first: a part of one must not break up another before it is found.
  const hidden = secrets.filter(secret => secret.length >= 4).toSorted((a, b) => b.length - a.length);
  const hide = (text: string) => hidden.reduce((all, secret) => all.replaceAll(secret, SET), text);
  return (Object.entries(SETTINGS) as [keyof Config, Setting][]).map(([name, setting]) => {
    const shown = setting.secret ? secretWords(config[name]) : plainWords(config[name]);
    const source = origins.get(name);
    return {
      section: setting.section,
      key: setting.key,
      value: shown === null ? null : hide(shown),
      source: source === undefined ? null : hide(source),
      isSecret: setting.secret === true,
      help: setting.help,
    };
  });
}

/** Of an address its scheme, host and nothing more; of anything else only that it is there. */
function secretWords(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const address = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#]*@)?([^/?#@]*)(?:[/?#].*)?$/i.exec(value);
  if (address === null) return SET;
  return `${address[1]}${SET}@${address[2]}/${SET}`;
}

function plainWords(value: unknown): string | null {
  if (value === undefined) return null;
  if (Array.isArray(value)) return `[${value.map(one => plainWords(one) ?? '').join(', ')}]`;
  if (typeof value === 'string') return JSON.stringify(maskUrl(value));
  return JSON.stringify(value);
}
