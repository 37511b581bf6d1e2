/** The database side of a look by IPv6: fe80::/64 is a network of its own on each link. */
import { formatIpv6, LINK_LOCAL_NETWORK, parseIpv6 } from '../../lib/ipv6.ts';
import { NetureonError } from '../../lib/errors.ts';
import { formatMac, parseMac } from '../../lib/mac.ts';
import { beginScan, recordScan } from '../../store/scan-record.ts';
import type { Session } from '../../store/session.ts';
import type { LinkStore } from './ipv6.ts';

export function linkStore(session: Session, site: string): LinkStore {
  return {
    begin: async links => {
      const permits = await beginScan(
        session,
        site,
        links.map(() => LINK_LOCAL_NETWORK),
        links,
      );
      return links.map(link => {
        const permit = permits.find(one => one.link === link);
        if (permit === undefined) throw new NetureonError('internal', `no answer about ${link}`);
        const known = permit.known.flatMap(({ mac, ip }) => {
          const [parsedMac, parsedIp] = [parseMac(mac), parseIpv6(ip)];
          return parsedMac === undefined || parsedIp === undefined ? [] : [{ mac: parsedMac, ip: parsedIp }];
        });
        return { granted: permit.granted, scans: permit.scans, known };
      });
    },
    record: ({ coverage, present, heard }) => {
      const found = [...present, ...heard];
      return recordScan(session, site, {
        network: LINK_LOCAL_NETWORK,
        link: coverage.link,
        interface: coverage.link,
        method: coverage.method,
        durationMs: coverage.durationMs,
        probed: coverage.probed,
        answered: coverage.answered,
        frames: coverage.framesSent,
        broadcasts: coverage.broadcasts,
        problem: coverage.complete ? null : (coverage.problem ?? 'not complete'),
        macs: found.map(({ mac }) => formatMac(mac)),
        ips: found.map(({ ip }) => formatIpv6(ip)),
      });
    },
  };
}
