import { expect, it } from 'vitest';
import { formatIpv4, parseIpv4 } from '../../src/lib/ipv4.ts';
import { gatewayOf, parseGateways, readGateways } from '../../src/link/gateway.ts';
import { lanForTest } from '../support/lan.ts';

const HEADER =
  'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n';
const line = (
  name: string,
  destination: string,
  gateway: string,
  flags: string,
  metric: number,
  mask: string,
) => `${name}\t${destination}\t${gateway}\t${flags}\t0\t0\t${metric}\t${mask}\t0\t0\t0   \n`;
const read = (text: string, littleEndian?: boolean) =>
  parseGateways(text, littleEndian).map(one => `${one.interfaceName} ${formatIpv4(one.ip)} ${one.metric}`);

it('takes the default routes by way of a gateway, the preferred first', () => {
  const text =
    HEADER +
    line('wlan0', '00000000', '0102A8C0', '0003', 600, '00000000') +
    line('eth0', '00000000', '0101A8C0', '0003', 100, '00000000') +
    line('eth0', '00000000', 'FE01A8C0', '0003', 200, '00000000') +
    line('eth0', '0001A8C0', '00000000', '0001', 100, '00FFFFFF');
  expect(read(text)).toEqual(['eth0 192.168.1.1 100', 'eth0 192.168.1.254 200', 'wlan0 192.168.2.1 600']);
  const gateways = parseGateways(text);
  expect(gatewayOf('wlan0', gateways)).toBe(parseIpv4('192.168.2.1'));
  expect(gatewayOf('eth0', gateways)).toBe(parseIpv4('192.168.1.1'));
  expect(gatewayOf('lan9', gateways)).toBeUndefined();
});

it('reads the octets in the order of the machine', () => {
  const text = HEADER + line('eth0', '00000000', 'C0A80101', '0003', 0, '00000000');
  expect(read(text, false)).toEqual(['eth0 192.168.1.1 0']);
});

it('passes over everything else', () => {
  const text =
    HEADER +
    line('tun0', '00000000', '00000000', '0001', 50, '00000000') + // without a gateway
    line('eth0', '00000000', '0101A8C0', '0002', 0, '00000000') + // down
    line('eth0', '00000000', '0101A8C0', '0003', 0, '00000080') + // half of the addresses
    line('eth0', '0000000A', '0101A8C0', '0003', 0, '000000FF') +
    'eth0\t00000000\t0101A8\t0003\t0\t0\t0\t00000000\t0\t0\t0\ngarbage\n\n';
  expect(read(text)).toEqual([]);
  expect(read('')).toEqual([]);
  expect(read(HEADER)).toEqual([]);
});

it('reads what this kernel prints', async () => {
  const lan = await lanForTest({ gateway: '10.66.0.9' });
  const { stdout } = await lan.exec('cat', ['/proc/self/net/route']);
  expect(read(stdout)).toEqual(['lan0 10.66.0.9 0']);
  expect(Array.isArray(await readGateways())).toBe(true);
  await expect(readGateways('/nowhere')).rejects.toThrow('ENOENT');
});
