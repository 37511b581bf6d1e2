/** Devices as they are met in homes and offices, by what a profile learns of them. */
import { parseMac } from '../../../src/lib/mac.ts';
import type { Mac } from '../../../src/lib/mac.ts';
import type { VerdictInput } from '../../../src/scan/profile/conditions.ts';
import type { NameSource } from '../../../src/scan/profile/types.ts';

interface Sketch {
  readonly mac?: string;
  readonly vendor?: string;
  readonly names?: Partial<Record<NameSource, string>>;
  /** Open ports: the service, and its facts. */
  readonly open?: Readonly<Record<number, string | readonly [string, Readonly<Record<string, string>>]>>;
  readonly shut?: readonly number[];
  readonly ttl?: number;
  readonly syn?: string;
  readonly model?: string;
  readonly services?: readonly string[];
}

export function device(sketch: Sketch): VerdictInput {
  const {
    mac = '00:11:22:33:44:55',
    vendor = null,
    names = {},
    open = {},
    shut = [],
    ttl,
    syn,
    model = null,
  } = sketch;
  return {
    mac: parseMac(mac) as Mac,
    vendor,
    names: Object.entries(names).map(([source, name]) => ({ source: source as NameSource, name })),
    ports: [
      ...Object.entries(open).map(([port, what]) => {
        const [service, facts] = typeof what === 'string' ? [what, {}] : what;
        return {
          port: Number(port),
          state: 'open' as const,
          service: service === '' ? null : service,
          facts,
        };
      }),
      ...shut.map(port => ({ port, state: 'closed' as const, service: null, facts: {} })),
    ],
    echo: ttl === undefined ? null : { ttl, rttMs: 1 },
    syn:
      syn === undefined
        ? null
        : {
            ttl: ttl ?? 64,
            window: 65_535,
            mss: 1460,
            windowScale: syn.includes('ws') ? 7 : null,
            options: syn,
          },
    model,
    services: sketch.services ?? [],
  };
}

export const LINUX_SYN = 'mss,sack,ts,nop,ws';
export const WINDOWS_SYN = 'mss,nop,ws,sack,ts';
const APPLE_SYN = 'mss,nop,ws,nop,nop,ts,sack,eol';

const banner = (service: string, text: string) => [service, { banner: text }] as const;
const web = (facts: Readonly<Record<string, string>>, service = 'http') =>
  [service, { status: '200', ...facts }] as const;

/** What it is, what a profile learns, and the verdict: system, kind and confidence. */
export const DEVICES: readonly (readonly [what: string, input: VerdictInput, verdict: string])[] = [
  [
    'a Debian server',
    device({
      vendor: 'Super Micro Computer, Inc.',
      names: { rdns: 'srv-1.lan' },
      ttl: 64,
      syn: LINUX_SYN,
      open: {
        22: banner('ssh', 'SSH-2.0-OpenSSH_9.2p1 Debian-2'),
        80: web({ server: 'Apache/2.4 (Debian)' }),
        3306: ['mysql', { version: '10.11.6-MariaDB-0+deb12u1' }],
        5432: 'postgresql',
        6379: 'redis',
        27017: '',
      },
    }),
    'linux server 0.98',
  ],
  [
    'a mail server',
    device({
      ttl: 64,
      open: {
        21: banner('ftp', '220 (vsFTPd 3.0.3)'),
        25: banner('smtp', '220 mail.lan ESMTP Postfix (Ubuntu)'),
      },
      names: { rdns: 'ubuntu-mail' },
    }),
    'linux server 0.45',
  ],
  [
    'a Windows computer',
    device({
      vendor: 'Dell Inc.',
      names: { netbios: 'DESKTOP-A1B2C3D' },
      ttl: 128,
      syn: WINDOWS_SYN,
      open: { 135: '', 445: 'smb', 3389: 'rdp', 5357: web({ server: 'Microsoft-HTTPAPI/2.0' }) },
    }),
    'windows computer 0.78',
  ],
  [
    'a Windows server',
    device({
      vendor: 'VMware, Inc.',
      ttl: 128,
      open: {
        22: banner('ssh', 'SSH-2.0-OpenSSH_for_Windows_9.5'),
        25: banner('smtp', '220 dc Microsoft ESMTP MAIL Service ready'),
        80: web({ server: 'Microsoft-IIS/10.0' }),
        5985: web({ server: 'Microsoft-HTTPAPI/2.0' }),
      },
    }),
    'windows server 0.81',
  ],
  ['a Surface with nothing open', device({ vendor: 'Microsoft Corporation', ttl: 128 }), 'windows - 0.65'],
  [
    'a MacBook',
    device({
      vendor: 'Apple, Inc.',
      names: { mdns: 'Annas-MacBook-Pro' },
      model: 'MacBookPro18,3',
      ttl: 64,
      syn: APPLE_SYN,
      open: { 5000: web({ server: 'AirTunes/770.8.1' }), 548: '' },
      services: ['_companion-link._tcp', '_airplay._tcp'],
    }),
    'apple computer 0.60',
  ],
  [
    'an iPhone with a random MAC',
    device({
      mac: 'd2:11:22:33:44:55',
      names: { mdns: 'Annas-iPhone' },
      open: { 62078: '' },
      ttl: 64,
      services: ['_apple-mobdev2._tcp'],
    }),
    'apple phone 0.91',
  ],
  [
    'an iPhone that tells its model',
    device({ vendor: 'Apple, Inc.', model: 'iPhone15,2' }),
    'apple phone 0.60',
  ],
  [
    'an iPad',
    device({ vendor: 'Apple, Inc.', names: { dhcp: 'iPad' }, model: 'iPad13,4' }),
    'apple tablet 0.70',
  ],
  ['a phone that says nothing', device({ mac: 'd2:11:22:33:44:55', ttl: 64 }), '- phone 0.30'],
  [
    'an Android phone',
    device({
      vendor: 'Xiaomi Communications',
      names: { dhcp: 'Redmi-Note-12' },
      ttl: 64,
      syn: LINUX_SYN,
      open: { 5555: '' },
    }),
    'android phone 0.78',
  ],
  [
    'a Samsung phone',
    device({ vendor: 'Samsung Electronics Co.,Ltd', names: { dhcp: 'Galaxy-S23' }, ttl: 64 }),
    'android phone 0.65',
  ],
  [
    'a laser printer',
    device({
      vendor: 'Brother Industries, LTD.',
      names: { netbios: 'BRW001122334455' },
      ttl: 64,
      syn: 'mss',
      open: {
        21: banner('ftp', '220 FTP print service'),
        80: web({ server: 'debut/1.30', title: 'Brother HL-L2350DW series' }),
        631: web({}),
      },
      services: ['_ipp._tcp'],
      model: 'Brother HL-L2350DW series',
    }),
    'embedded printer 0.82',
  ],
  [
    'an HP printer',
    device({
      vendor: 'HP Inc.',
      names: { dhcp: 'NPI0A1B2C' },
      ttl: 255,
      open: { 80: web({ server: 'HP HTTP Server', title: 'HP LaserJet M402dn' }) },
    }),
    'embedded printer 0.79',
  ],
  [
    'a camera',
    device({
      vendor: 'Hangzhou Hikvision Digital Technology Co.,Ltd.',
      names: { dhcp: 'ipcam-door' },
      ttl: 64,
      open: { 80: web({ server: 'App-webs/', title: 'Network Camera' }), 554: '' },
      services: ['_axis-video._tcp'],
    }),
    'linux camera 0.96',
  ],
  [
    'a FRITZ!Box',
    device({
      vendor: 'AVM Audiovisuelle Marketing und Computersysteme GmbH',
      names: { rdns: 'fritz.box' },
      ttl: 64,
      open: { 53: '', 80: web({ title: 'FRITZ!Box' }), 5060: '' },
    }),
    'linux router 0.75',
  ],
  [
    'an OpenWrt router',
    device({
      names: { rdns: 'OpenWrt.lan' },
      ttl: 64,
      open: {
        22: banner('ssh', 'SSH-2.0-dropbear'),
        23: banner('telnet', 'BusyBox v1.36 OpenWrt login:'),
        80: web({ title: 'OpenWrt - LuCI' }),
      },
    }),
    'linux router 0.75',
  ],
  [
    'a MikroTik router',
    device({
      vendor: 'Routerboard.com',
      ttl: 64,
      open: { 22: banner('ssh', 'SSH-2.0-ROSSSH'), 8291: '', 80: web({ title: 'RouterOS' }) },
    }),
    'linux router 0.96',
  ],
  [
    'a pfSense firewall',
    device({
      ttl: 64,
      syn: 'mss,nop,ws,sack,ts',
      open: {
        22: banner('ssh', 'SSH-2.0-OpenSSH_9.4 FreeBSD-20231004'),
        443: web({ title: 'pfSense - Login' }, 'https'),
      },
    }),
    'bsd router 0.46',
  ],
  [
    'a FreeBSD server',
    device({ ttl: 64, open: { 80: web({ server: 'Apache/2.4.58 (FreeBSD)' }) } }),
    'bsd server 0.51',
  ],
  [
    'a Cisco switch',
    device({
      vendor: 'Cisco Systems, Inc',
      names: { rdns: 'sw-floor2' },
      ttl: 255,
      open: {
        22: banner('ssh', 'SSH-2.0-Cisco-1.25'),
        23: banner('telnet', 'User Access Verification Username:'),
        80: web({ realm: 'level_15 access' }),
      },
    }),
    'embedded switch 0.65',
  ],
  [
    'a web-managed switch',
    device({ vendor: 'NETGEAR', open: { 80: web({ title: 'NETGEAR Smart Managed Pro Switch' }) } }),
    'embedded switch 0.73',
  ],
  [
    'a UniFi access point',
    device({
      vendor: 'Ubiquiti Inc',
      names: { rdns: 'uap-attic' },
      ttl: 64,
      open: {
        22: banner('ssh', 'SSH-2.0-dropbear_2020.81'),
        443: web({ title: 'UniFi', subject: 'UBNT Router UI' }, 'https'),
      },
    }),
    'linux access point 0.84',
  ],
  [
    'a Synology NAS',
    device({
      vendor: 'Synology Incorporated',
      names: { netbios: 'DISKSTATION' },
      ttl: 64,
      syn: LINUX_SYN,
      open: {
        139: '',
        445: 'smb',
        548: '',
        5000: web({ title: 'Synology DiskStation' }),
        5001: web({ subject: 'synology' }, 'https'),
        32400: web({}),
      },
      shut: [135],
    }),
    'linux nas 0.84',
  ],
  [
    'a Sonos speaker',
    device({
      vendor: 'Sonos, Inc.',
      names: { rdns: 'Sonos-Kitchen' },
      services: ['_sonos._tcp', '_spotify-connect._tcp'],
    }),
    'linux speaker 0.93',
  ],
  [
    'a HomePod',
    device({ vendor: 'Apple, Inc.', model: 'AudioAccessory5,1', services: ['_raop._tcp'] }),
    'apple speaker 0.68',
  ],
  [
    'a Google Nest Mini',
    device({
      vendor: 'Google, Inc.',
      model: 'Google Nest Mini',
      services: ['_googlecast._tcp'],
      open: { 8009: '' },
      ttl: 64,
    }),
    'android speaker 0.85',
  ],
  [
    'an Echo',
    device({ vendor: 'Amazon Technologies Inc.', names: { dhcp: 'echo-0a1b2c' } }),
    'android speaker 0.73',
  ],
  [
    'a television',
    device({ vendor: 'LG Electronics', names: { dhcp: 'LGwebOSTV' }, ttl: 64, open: { 8009: '' } }),
    'linux tv 0.84',
  ],
  [
    'an Android TV',
    device({ model: 'BRAVIA 4K', services: ['_androidtvremote2._tcp', '_googlecast._tcp'] }),
    'android tv 0.70',
  ],
  ['an Apple TV', device({ vendor: 'Apple, Inc.', model: 'AppleTV11,1' }), 'apple tv 0.60'],
  [
    'a games console',
    device({ vendor: 'Sony Interactive Entertainment Inc.', names: { dhcp: 'PS5-0A1B2C' } }),
    '- game console 0.91',
  ],
  [
    'a smart plug',
    device({
      vendor: 'Espressif Inc.',
      names: { mdns: 'shellyplug-s-0a1b2c' },
      ttl: 255,
      open: { 80: web({ title: 'Shelly Plug S', server: 'lwIP/1.4' }) },
      services: ['_shelly._tcp'],
    }),
    'embedded sensor 0.88',
  ],
  ['a lamp', device({ vendor: 'Signify B.V.', services: ['_hap._tcp'] }), 'embedded sensor 0.79'],
  ['a desk phone', device({ vendor: 'snom technology GmbH', open: { 5060: '' } }), 'embedded phone 0.81'],
  ['a machine’s controller', device({ vendor: 'Siemens AG', ttl: 64 }), 'embedded controller 0.60'],
  [
    'a Raspberry Pi',
    device({
      vendor: 'Raspberry Pi Trading Ltd',
      names: { dhcp: 'raspberrypi' },
      ttl: 64,
      open: { 22: banner('ssh', 'SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u2') },
      services: ['_workstation._tcp'],
    }),
    'linux computer 0.53',
  ],
  [
    'a Linux laptop that prints',
    device({
      vendor: 'Intel Corporate',
      ttl: 64,
      syn: LINUX_SYN,
      open: { 631: web({ server: 'CUPS/2.4 IPP/2.1' }) },
    }),
    'linux computer 0.52',
  ],
  [
    'a hypervisor',
    device({
      names: { rdns: 'proxmox.lan' },
      open: { 8006: web({ title: 'pve - Proxmox Virtual Environment' }, 'https') },
    }),
    '- server 0.70',
  ],
  [
    'a server behind nginx',
    device({ ttl: 64, open: { 443: web({ server: 'nginx' }, 'https') } }),
    '- server 0.30',
  ],
  ['nobody knows what', device({}), '- - 0.00'],
  ['something with one open port', device({ open: { 4711: '' }, ttl: 64 }), '- - 0.00'],
];
