import { DEMO_HOSTS, DEMO_NETWORK } from '../../lab/population.ts';
import { DEMO_CHAT_ID } from './stage.ts';
import type { Stage } from './stage.ts';

/** The configuration file of the demo's processes; they read no other. */
export function demoConfig(
  stage: Pick<Stage, 'mail' | 'telegram'>,
  options: { readonly listen: string; readonly scanIntervalS: number; readonly token: string },
): string {
  const { listen, scanIntervalS, token } = options;
  const tables = {
    scan: { networks: [DEMO_NETWORK], interval: scanIntervalS },
    // The router of the simulated network; those of this machine are out of its reach.
    profile: { resolvers: [DEMO_HOSTS[0]?.ip ?? ''] },
    email: { url: stage.mail.url, from: 'netureon@demo.invalid', to: ['you@demo.invalid'] },
    telegram: { token, chat_ids: [String(DEMO_CHAT_ID)], api_root: stage.telegram.apiRoot },
    web: { listen, public_url: `http://${listen}` },
  };
  const blocks = Object.entries(tables).map(([name, table]) => {
    // JSON's strings, numbers and lists of them are TOML's too.
    const lines = Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return `[${name}]\n${lines.join('\n')}\n`;
  });
  return blocks.join('\n');
}
