/** The schema as documents: the example file and the table in docs/CONFIGURATION.md. */
import { environmentName, SETTINGS, type Setting } from './schema.ts';

const all = Object.values(SETTINGS) as Setting[];
const sections = [...new Set(all.map(setting => setting.section))];

/** A complete netureon.toml in which every line is a comment: uncomment what differs. */
export function exampleFile(): string {
  const blocks = sections.map(section => {
    const lines = all
      .filter(setting => setting.section === section)
      .flatMap(s => [
        `# ${s.help}`,
        `# ${s.key} = ${s.example}`,
        ...(s.secret ? [`# ${s.key}_file = "/etc/netureon/${section}.${s.key}"`] : []),
      ]);
    return [`[${section}]`, ...lines].join('\n');
  });
  return `# netureon.toml: uncomment what differs from the default.\n\n${blocks.join('\n\n')}\n`;
}

/** A Markdown table of every setting. */
export function settingsTable(): string {
  const rows = all.map(s => {
    const fallback =
      s.default === undefined || (Array.isArray(s.default) && s.default.length === 0)
        ? ''
        : `\`${JSON.stringify(s.default).replaceAll('"', '')}\``;
    const environment = [environmentName(s), ...(s.alias ? [s.alias] : [])]
      .map(name => `\`${name}\``)
      .join(', ');
    return `| \`[${s.section}] ${s.key}\` | ${fallback} | ${environment} | ${s.help.replaceAll('|', '\\|')}${s.secret ? ` Secret: also as \`${s.key}_file\`.` : ''} |`;
  });
  return ['| setting | default | environment | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
