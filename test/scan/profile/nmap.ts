/** What nmap finds on the same hosts, in our words. */
import type { Lan } from '../../../src/lab/lan.ts';

export interface NmapHost {
  /** Port → `open ssh`, `closed`, `filtered`. */
  readonly ports: ReadonlyMap<number, string>;
  /** Of its best guess at the system, lower case; null when it has none, or was not asked. */
  readonly osFamily: string | null;
  readonly ms: number;
}

export async function nmap(
  lan: Lan,
  ip: string,
  ports: readonly number[],
  flags: readonly string[],
): Promise<NmapHost> {
  const args = ['-n', '-Pn', '--privileged', ...flags, '-p', ports.join(','), '-oX', '-', ip];
  const began = performance.now();
  const { code, stdout, stderr } = await lan.exec('nmap', args);
  const ms = performance.now() - began;
  if (code !== 0) throw new Error(`nmap failed: ${stderr}`);
  const found = [
    ...stdout.matchAll(/<port protocol="tcp" portid="(\d+)"><state state="([\w|]+)".*?<\/port>/gs),
  ];
  return {
    ports: new Map(
      found.map(([whole, port, state = '']) => [
        Number(port),
        state === 'open' ? `open ${serviceOf(whole)}` : state,
      ]),
    ),
    osFamily: /osfamily="([^"]+)"/.exec(stdout)?.[1]?.toLowerCase() ?? null,
    ms,
  };
}

/** Its names for what we call otherwise: an IPP server speaks HTTP, and port 445 is SMB over TCP (139: over NetBIOS). */
function serviceOf(port: string): string {
  const name = /<service name="([^"]+)"/.exec(port)?.[1] ?? 'none';
  if (name === 'http' && port.includes('tunnel="ssl"')) return 'https';
  if (name === 'ipp') return 'http';
  return name === 'netbios-ssn' && port.includes('portid="445"') ? 'smb' : name;
}
