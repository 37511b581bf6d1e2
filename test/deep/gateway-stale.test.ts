// A kernel's clock cannot be turned: this takes the minute after which its entry of the gateway is no claim any more.
import { expect, it } from 'vitest';
import { scan } from '../scan/lab.ts';
import { lanForTest, manyHosts } from '../support/lan.ts';

const GATEWAY = '10.66.0.1';
const ROUTER = '02:00:00:00:00:01';
const FORMER = '02:00:00:00:00:99';

it('a former gateway’s entry claims the address for a minute, and then no longer', async () => {
  const lan = await lanForTest({ hosts: manyHosts(3) });
  const argument = { gateway: GATEWAY, known: [{ ip: GATEWAY, mac: ROUTER }] };
  const entry = [GATEWAY, 'lladdr', FORMER, 'dev', lan.interface, 'nud', 'stale'];
  await lan.scanner.tool('ip', ['neigh', 'replace', ...entry]);
  expect((await scan(lan, argument)).observed).toEqual(
    expect.arrayContaining([`${GATEWAY} ${ROUTER}`, `${GATEWAY} ${FORMER}`]),
  );

  // The scan's own questions have put it right.
  await lan.scanner.tool('ip', ['neigh', 'replace', ...entry]);
  const secondsSinceUpdate = async () => {
    const line = await lan.scanner.tool('ip', ['-statistics', 'neigh', 'show', GATEWAY]);
    expect(line).toMatch(new RegExp(`lladdr ${FORMER} .* STALE`));
    return Number(/ used \d+\/\d+\/(\d+)/.exec(line)?.[1]);
  };
  await expect.poll(secondsSinceUpdate, { interval: 1000, timeout: 300_000 }).toBeGreaterThan(60);
  const { observed, code } = await scan(lan, argument);
  expect(code).toBe(0);
  expect(observed).toContain(`${GATEWAY} ${ROUTER}`);
  expect(observed).not.toContain(`${GATEWAY} ${FORMER}`);
});
