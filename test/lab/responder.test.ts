import { describe, expect, it, vi } from 'vitest';
import { askKernel, lanForTest, responderFor } from '../support/lan.ts';
import { PATIENT } from '../support/patience.ts';

describe.each([{ userNamespace: true }, ...(process.getuid?.() === 0 ? [{ userNamespace: false }] : [])])(
  'the scripted responder with %o',
  ({ userNamespace }) => {
    it('answers for one address or a whole network, in place of another, and after a delay', async () => {
      const lan = await lanForTest({ userNamespace });
      await responderFor(lan, [
        { ip: '10.66.0.1', mac: '02:00:00:00:00:01' },
        { ip: '10.66.0.8/30', mac: '02:00:00:00:00:08' },
        { ip: '10.66.0.20', mac: '02:00:00:00:00:20', delayMs: 300 },
        { ip: '10.66.0.21', mac: '02:00:00:00:00:21', padding: 18 },
      ]);
      const asked = ['10.66.0.1', '10.66.0.7', '10.66.0.9', '10.66.0.10', '10.66.0.20', '10.66.0.21'];
      expect(await askKernel(lan, asked, 5)).toEqual(
        new Map([
          ['10.66.0.1', '02:00:00:00:00:01'],
          ['10.66.0.9', '02:00:00:00:00:08'],
          ['10.66.0.10', '02:00:00:00:00:08'],
          ['10.66.0.20', '02:00:00:00:00:20'],
          ['10.66.0.21', '02:00:00:00:00:21'],
        ]),
      );
    });

    it('counts who was asked and sleeps through the first request', async () => {
      const lan = await lanForTest({ userNamespace });
      const responder = await responderFor(lan, [
        { ip: '10.66.0.1', mac: '02:00:00:00:00:01' },
        { ip: '10.66.0.2', mac: '02:00:00:00:00:02', ignoreFirst: 1, copies: 2 },
        { ip: '10.66.0.3', mac: '02:00:00:00:00:03', dropProbability: 1 },
      ]);
      const answers = await askKernel(lan, ['10.66.0.1', '10.66.0.2', '10.66.0.3'], 2);
      expect([...answers.keys()].toSorted()).toEqual(['10.66.0.1', '10.66.0.2']);
      const { asked, sent } = await responder.report();
      // The kernel asks again after a second, which on a busy machine can be too soon.
      const [first, second] = ['10.66.0.1', '10.66.0.2'].map(ip => asked[ip]?.broadcast ?? 0);
      expect(first).toBeGreaterThanOrEqual(1);
      expect(second).toBeGreaterThanOrEqual(2);
      expect(asked).toMatchObject({ '10.66.0.1': { unicast: 0 }, '10.66.0.2': { unicast: 0 } });
      // Each time one answer, and one twice but for the first time.
      expect(sent).toBe((first ?? 0) + 2 * ((second ?? 0) - 1));
      expect((await responder.set([])).asked).toEqual({});
    });

    it('sends frames that no kernel accepts', async () => {
      const lan = await lanForTest({ userNamespace, mtu: 2000 });
      const wrong = [
        'truncated',
        'hardware-type',
        'hardware-length',
        'protocol-type',
        'protocol-length',
        'operation',
        'noise',
        'oversize',
      ] as const;
      const responder = await responderFor(
        lan,
        wrong.map((malformed, i) => ({ ip: `10.66.0.${i + 1}`, mac: `02:00:00:00:00:0${i + 1}`, malformed })),
      );
      // Linux reads the packet at the front of an oversize frame; the others it drops.
      expect(
        await askKernel(
          lan,
          wrong.map((_, i) => `10.66.0.${i + 1}`),
          wrong.length,
          2500,
        ),
      ).toEqual(new Map([['10.66.0.8', '02:00:00:00:00:08']]));
      expect((await responder.report()).sent).toBeGreaterThanOrEqual(wrong.length);
    });

    it('floods a sweep with false answers', async () => {
      const lan = await lanForTest({ userNamespace });
      const responder = await responderFor(lan);
      await responder.flood(10_000, { onRequest: true });
      expect((await responder.report()).sent).toBe(0);
      await askKernel(lan, ['10.66.0.1'], 0);
      await vi.waitFor(async () => expect((await responder.report()).sent).toBe(10_000), PATIENT);
    });

    it('announces an address unasked', async () => {
      const lan = await lanForTest({ userNamespace, hosts: [{ ip: '10.66.0.1', mac: '02:00:00:00:00:01' }] });
      const responder = await responderFor(lan);
      expect(await askKernel(lan, ['10.66.0.1'])).toEqual(new Map([['10.66.0.1', '02:00:00:00:00:01']]));
      await responder.announce('10.66.0.1', '02:00:00:00:00:99');
      // The kernel takes the new MAC for a neighbour it knows already.
      await vi.waitFor(
        async () =>
          expect(await lan.scanner.tool('ip', ['neigh', 'show', '10.66.0.1'])).toContain('02:00:00:00:00:99'),
        PATIENT,
      );
    });

    it('says why it ended', async () => {
      const lan = await lanForTest({ userNamespace });
      await lan.hostSide.tool('ip', ['link', 'set', 'uplink', 'down']);
      const begun = responderFor(lan).then(responder => responder.announce('10.66.0.1', '02:00:00:00:00:01'));
      await expect(begun).rejects.toThrow(/uplink is down or gone/);
    });
  },
);
