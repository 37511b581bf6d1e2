/**
 * The rules by which a device's kind and system are judged: what is seen, the sentence shown for it, and what it speaks
 * for, how strongly. Collected for this project from what makers, protocols and default configurations are known to do;
 * no fingerprint database was copied. What a device can choose freely (names, banners, announcements) weighs at most 0.6,
 * a TTL at most 0.3 because several systems share it, and nothing more than 0.8.
 */
import type { Condition } from './conditions.ts';

export interface Rule {
  readonly id: string;
  /** All must hold. The first tells where the evidence comes from. */
  readonly when: readonly [Condition, ...Condition[]];
  /** `{}` is what met the first condition. */
  readonly says: string;
  /** `os:linux` or `kind:printer` to a weight between 0 and 1. */
  readonly for: Readonly<Record<string, number>>;
}

const WEB = ['http', 'https'];

const VENDORS: readonly Rule[] = [
  maker('apple', /^apple\b/i, { 'os:apple': 0.75 }),
  maker('raspberry', /^raspberry pi/i, { 'os:linux': 0.5, 'kind:computer': 0.3 }),
  maker('microcontrollers', /espressif|tuya|shelly|allterco|itead|sonoff|nordic semi|silicon lab/i, {
    'os:embedded': 0.7,
    'kind:sensor': 0.6,
  }),
  maker(
    'smart-home',
    /signify|philips lighting|nest labs|ecobee|netatmo|tado|eq-3|ikea of sweden|lifx|resideo/i,
    {
      'os:embedded': 0.5,
      'kind:sensor': 0.65,
    },
  ),
  maker('cameras', /hikvision|dahua|axis comm|reolink|vivotek|hanwha|amcrest|foscam|mobotix|uniview|ezviz/i, {
    'kind:camera': 0.75,
    'os:linux': 0.4,
  }),
  maker(
    'printers',
    /brother ind|canon inc|seiko epson|kyocera|lexmark|ricoh|xerox|oki data|oki electric|konica|zebra tech/i,
    {
      'kind:printer': 0.7,
      'os:embedded': 0.5,
    },
  ),
  maker('hp', /hewlett[ -]packard|^hp inc/i, { 'kind:printer': 0.3, 'kind:computer': 0.3 }),
  maker('radio', /ubiquiti|ruckus|aruba|cambium|meraki|mist systems|aerohive/i, {
    'kind:access point': 0.45,
    'os:linux': 0.4,
  }),
  maker('switches', /cisco systems|juniper|arista|extreme networks|brocade|allied telesis|netgear/i, {
    'kind:switch': 0.4,
    'kind:router': 0.35,
    'os:embedded': 0.3,
  }),
  maker(
    'home-routers',
    /\bavm\b|tp-link|mikrotik|routerboard|zyxel|d-link|linksys|arcadyan|sagemcom|technicolor|draytek|arris/i,
    {
      'kind:router': 0.55,
      'os:linux': 0.35,
    },
  ),
  maker('nas', /synology|qnap|asustor|terramaster|drobo|buffalo/i, { 'kind:nas': 0.7, 'os:linux': 0.6 }),
  maker('speakers', /sonos|\bbose\b|bang & olufsen|denon|harman|bluesound|libratone/i, {
    'kind:speaker': 0.75,
    'os:linux': 0.35,
  }),
  maker('tvs', /\broku\b|lg electronics|tcl |hisense|vizio|tp vision|loewe|sharp corp|panasonic/i, {
    'kind:tv': 0.5,
    'os:linux': 0.3,
  }),
  maker('consoles', /nintendo|sony interactive|sony computer ent/i, { 'kind:game console': 0.8 }),
  maker('microsoft', /^microsoft/i, { 'os:windows': 0.5 }),
  maker('samsung', /^samsung elec/i, { 'os:android': 0.35, 'kind:phone': 0.3, 'kind:tv': 0.25 }),
  maker(
    'phones',
    /xiaomi|huawei device|oneplus|\boppo\b|\bvivo\b|motorola mobility|hmd global|fairphone|honor device|realme|nothing tech/i,
    {
      'os:android': 0.55,
      'kind:phone': 0.55,
    },
  ),
  maker('google', /^google/i, { 'kind:speaker': 0.3, 'kind:phone': 0.25, 'os:android': 0.25 }),
  maker('amazon', /^amazon tech/i, { 'kind:speaker': 0.45, 'os:android': 0.35 }),
  maker(
    'computers',
    /^intel corp|^dell\b|lenovo|micro-star|giga-byte|asrock|clevo|wistron|compal|framework|quanta|pegatron/i,
    {
      'kind:computer': 0.45,
    },
  ),
  maker('servers', /supermicro|super micro|inspur|fujitsu tech/i, { 'kind:server': 0.6 }),
  maker('virtual', /vmware|xensource|qemu|proxmox|parallels|pcs systemtechnik/i, { 'kind:server': 0.35 }),
  maker('desk-phones', /snom|yealink|polycom|grandstream|mitel|gigaset|avaya/i, {
    'kind:phone': 0.7,
    'os:embedded': 0.3,
  }),
  maker('controllers', /siemens|schneider electric|rockwell|beckhoff|wago|phoenix contact|omron/i, {
    'kind:controller': 0.6,
    'os:embedded': 0.5,
  }),
  {
    id: 'random-mac',
    when: [{ randomMac: true }],
    says: 'uses {}, as phones and tablets do on Wi-Fi',
    for: { 'kind:phone': 0.3 },
  },
];

const NETWORK: readonly Rule[] = [
  {
    id: 'ttl-64',
    when: [{ ttl: [33, 64] }],
    says: 'answers with a TTL of {}, as Linux, Apple’s and BSD systems do',
    for: { 'os:linux': 0.2, 'os:apple': 0.2, 'os:android': 0.2, 'os:bsd': 0.2, 'os:embedded': 0.1 },
  },
  {
    id: 'ttl-128',
    when: [{ ttl: [65, 128] }],
    says: 'answers with a TTL of {}, as Windows does',
    for: { 'os:windows': 0.3 },
  },
  {
    id: 'ttl-255',
    when: [{ ttl: [129, 255] }],
    says: 'answers with a TTL of {}, as network equipment and small devices do',
    for: { 'os:embedded': 0.3 },
  },
  {
    id: 'syn-linux',
    when: [{ syn: /^mss,sack,ts,nop,ws$/ }, { ttl: [33, 64] }],
    says: 'orders its TCP options as Linux does: {}',
    for: { 'os:linux': 0.55, 'os:android': 0.5 },
  },
  {
    id: 'syn-windows',
    when: [{ syn: /^mss,nop,ws,(?:sack,ts|nop,nop,sack|nop,nop,ts,nop,nop,sack)$/ }, { ttl: [65, 128] }],
    says: 'orders its TCP options as Windows does: {}',
    for: { 'os:windows': 0.6 },
  },
  {
    id: 'syn-apple',
    when: [{ syn: /^mss,nop,ws,nop,nop,ts,sack,eol$/ }, { ttl: [33, 64] }],
    says: 'orders its TCP options as Apple’s systems do: {}',
    for: { 'os:apple': 0.6 },
  },
  {
    id: 'syn-bsd',
    when: [{ syn: /^mss,(?:nop,ws,sack,ts|nop,nop,sack,nop,ws,nop,nop,ts)$/ }, { ttl: [33, 64] }],
    says: 'orders its TCP options as BSD systems do: {}',
    for: { 'os:bsd': 0.55 },
  },
  {
    id: 'syn-bare',
    when: [{ syn: /^mss$/ }],
    says: 'knows no TCP option but {}, as very small systems do',
    for: { 'os:embedded': 0.4 },
  },
];

const PORTS: readonly Rule[] = [
  port('lockdown', 62078, 'which iPhones and iPads use to pair', { 'os:apple': 0.6, 'kind:phone': 0.55 }),
  port('rpc', 135, 'Windows’ remote procedure calls', { 'os:windows': 0.5 }),
  port('wsd', 5357, 'Windows’ discovery of devices', { 'os:windows': 0.4, 'kind:computer': 0.3 }),
  port('winrm', 5985, 'Windows’ remote management', { 'os:windows': 0.5, 'kind:server': 0.3 }),
  port('rdp-port', 3389, 'remote desktop', { 'os:windows': 0.35, 'kind:computer': 0.3 }),
  {
    id: 'samba',
    when: [{ open: 445 }, { shut: 135 }],
    says: 'shares files on port {} without Windows’ other services',
    for: { 'os:linux': 0.25, 'kind:nas': 0.2, 'kind:server': 0.2 },
  },
  port('afp', 548, 'Apple’s file sharing', { 'os:apple': 0.25, 'kind:nas': 0.3 }),
  port('rtsp', 554, 'video streaming', { 'kind:camera': 0.5 }),
  port('winbox', 8291, 'MikroTik’s Winbox', { 'kind:router': 0.7, 'os:linux': 0.3 }),
  port('dns', 53, 'name resolution', { 'kind:router': 0.35, 'kind:server': 0.15 }),
  port('cast', 8009, 'Google Cast', { 'kind:tv': 0.35, 'kind:speaker': 0.3, 'os:linux': 0.2 }),
  port('adb', 5555, 'Android’s debug bridge', { 'os:android': 0.45 }),
  port('sip', 5060, 'telephony', { 'kind:phone': 0.35, 'os:embedded': 0.2 }),
  port('plex', 32400, 'Plex', { 'kind:server': 0.35, 'kind:nas': 0.2 }),
  port('postgresql', 5432, 'PostgreSQL', { 'kind:server': 0.35 }),
  port('redis', 6379, 'Redis', { 'kind:server': 0.35 }),
  port('mongodb', 27017, 'MongoDB', { 'kind:server': 0.35 }),
  port('mysql', 3306, 'MySQL', { 'kind:server': 0.35 }),
  port('ipp', 631, 'printing', { 'kind:printer': 0.3 }),
  port('telnet', 23, 'telnet', { 'os:embedded': 0.3, 'kind:router': 0.15, 'kind:switch': 0.15 }),
];

const BANNERS: readonly Rule[] = [
  banner('ssh-linux', ['ssh'], /debian|ubuntu|raspbian|\bel\d|fedora|suse/i, {
    'os:linux': 0.6,
    'kind:server': 0.2,
  }),
  banner('ssh-windows', ['ssh'], /OpenSSH_for_Windows/, { 'os:windows': 0.6 }),
  banner('ssh-bsd', ['ssh'], /freebsd|netbsd|openbsd/i, { 'os:bsd': 0.6, 'kind:server': 0.2 }),
  banner('ssh-dropbear', ['ssh'], /dropbear/i, {
    'os:linux': 0.45,
    'kind:router': 0.25,
    'kind:access point': 0.15,
  }),
  banner('ssh-cisco', ['ssh'], /cisco|comware|HUAWEI/i, {
    'os:embedded': 0.5,
    'kind:switch': 0.35,
    'kind:router': 0.35,
  }),
  banner('ssh-routeros', ['ssh'], /ROSSSH|mikrotik/i, { 'kind:router': 0.6, 'os:linux': 0.4 }),
  banner('ssh-openssh', ['ssh'], /-OpenSSH_\d/, {
    'os:linux': 0.2,
    'os:bsd': 0.15,
    'os:apple': 0.15,
    'kind:server': 0.15,
  }),
  banner(
    'mail-linux',
    ['smtp', 'smtps', 'ftp', 'imap', 'pop3'],
    /debian|ubuntu|postfix|exim|vsftpd|proftpd|dovecot/i,
    {
      'os:linux': 0.4,
      'kind:server': 0.45,
    },
  ),
  banner('mail-windows', ['smtp', 'ftp'], /microsoft/i, { 'os:windows': 0.55, 'kind:server': 0.4 }),
  banner('ftp-printer', ['ftp'], /print|jd ftp|laserjet/i, { 'kind:printer': 0.5, 'os:embedded': 0.4 }),
  banner('telnet-router', ['telnet'], /busybox|router|openwrt|user access verification/i, {
    'kind:router': 0.4,
    'os:embedded': 0.3,
  }),
  fact('mysql-linux', 'version', ['mysql'], /debian|ubuntu|deb\d|\+maria~/i, {
    'os:linux': 0.45,
    'kind:server': 0.2,
  }),
  {
    id: 'rdp',
    when: [{ service: 'rdp' }],
    says: 'answers as remote desktop does ({})',
    for: { 'os:windows': 0.5, 'kind:computer': 0.2 },
  },
  fact('web-windows', 'server', WEB, /microsoft-(?:iis|httpapi)/i, { 'os:windows': 0.6, 'kind:server': 0.3 }),
  fact('web-linux', 'server', WEB, /\((?:debian|ubuntu|centos|fedora|red hat|rocky|almalinux|unix)/i, {
    'os:linux': 0.5,
    'kind:server': 0.35,
  }),
  fact('web-bsd', 'server', WEB, /freebsd|openbsd/i, { 'os:bsd': 0.5, 'kind:server': 0.3 }),
  fact('web-server', 'server', WEB, /^(?:nginx|apache|caddy|openresty|envoy|gunicorn|jetty)\b/i, {
    'kind:server': 0.3,
  }),
  fact(
    'web-tiny',
    'server',
    WEB,
    /goahead|\bboa\b|mini_httpd|micro_httpd|thttpd|uc-httpd|rompager|allegro|lwip|esp8266|esp32/i,
    {
      'os:embedded': 0.5,
    },
  ),
  fact('web-cups', 'server', WEB, /^CUPS\//, { 'os:linux': 0.4, 'kind:computer': 0.3, 'kind:server': 0.2 }),
  fact('web-airplay', 'server', WEB, /airtunes/i, { 'os:apple': 0.5 }),
  fact(
    'web-printer',
    'server',
    WEB,
    /hp http server|virata-emweb|ks_http|debut|epson|canon|ricoh|lexmark|jc-httpd|kyocera/i,
    {
      'kind:printer': 0.6,
      'os:embedded': 0.4,
    },
  ),
  fact('web-camera', 'server', WEB, /hikvision|dnvrs|app-webs|netwave|ipcamera|axis/i, {
    'kind:camera': 0.6,
  }),
  page(
    'page-printer',
    /laserjet|officejet|deskjet|brother \w+-|imagerunner|workforce|phaser|web image monitor|ecosys|printer/i,
    {
      'kind:printer': 0.6,
    },
  ),
  page(
    'page-router',
    /fritz!box|openwrt|luci|routeros|pfsense|opnsense|dd-wrt|router|gateway|speedport|livebox/i,
    {
      'kind:router': 0.55,
    },
  ),
  page('page-bsd-router', /pfsense|opnsense/i, { 'os:bsd': 0.55 }),
  page('page-linux-router', /openwrt|luci|dd-wrt|routeros|fritz!box/i, { 'os:linux': 0.45 }),
  page('page-nas', /diskstation|synology|qnap|truenas|freenas|openmediavault|unraid|readynas|my ?cloud/i, {
    'kind:nas': 0.6,
    'os:linux': 0.3,
  }),
  page('page-camera', /camera|netsurveillance|\bdvr\b|\bnvr\b|ipcam|hikvision/i, { 'kind:camera': 0.55 }),
  page('page-access-point', /unifi|airos|access point|\buap\b|instant ?on/i, { 'kind:access point': 0.5 }),
  page('page-switch', /\bswitch\b|procurve|smart managed|catalyst/i, { 'kind:switch': 0.55 }),
  page('page-things', /shelly|tasmota|esphome|wled|sonoff|hue bridge|homematic/i, {
    'kind:sensor': 0.55,
    'os:embedded': 0.4,
  }),
  page(
    'page-server',
    /proxmox|vmware esxi|home assistant|portainer|grafana|jenkins|gitlab|nextcloud|cockpit|idrac|\bilo\b/i,
    {
      'kind:server': 0.5,
    },
  ),
  fact('certificate-access-point', 'subject', ['https', 'tls'], /ubnt|unifi/i, {
    'kind:access point': 0.4,
    'os:linux': 0.3,
  }),
  fact('certificate-nas', 'subject', ['https', 'tls'], /synology|qnap/i, { 'kind:nas': 0.45 }),
];

const NAMES: readonly Rule[] = [
  called('windows', /^(?:desktop|laptop|win)-[a-z0-9]{7,11}(?:\.|$)/i, {
    'os:windows': 0.55,
    'kind:computer': 0.5,
  }),
  called('apple-phone', /i-?phone/i, { 'os:apple': 0.5, 'kind:phone': 0.55 }),
  called('apple-tablet', /i-?pad\b/i, { 'os:apple': 0.5, 'kind:tablet': 0.55 }),
  called('apple-computer', /mac-?book|i-?mac\b|mac-?mini|mac-?studio/i, {
    'os:apple': 0.5,
    'kind:computer': 0.5,
  }),
  called('android', /^android|galaxy|\bpixel\b|redmi|oneplus|\bsm-[a-z]\d{3}/i, {
    'os:android': 0.5,
    'kind:phone': 0.5,
  }),
  called(
    'printer',
    /^npi[0-9a-f]{6}|^hp[0-9a-f]{6}\b|^br[wn][0-9a-f]{12}|^epson[0-9a-f]{6}|^km[0-9a-f]{6}|^rnp[0-9a-f]{6}|^canon[0-9a-f]{6}|^et[0-9a-f]{12}|printer|drucker|laserjet/i,
    {
      'kind:printer': 0.5,
    },
  ),
  called(
    'router',
    /fritz\.?box|^(?:open|dd-)wrt|router|gateway|^_gateway|speedport|easy\.box|livebox|^mikrotik/i,
    { 'kind:router': 0.45 },
  ),
  called('nas', /diskstation|synology|qnap|^nas\b|-nas\b|truenas|readynas|mycloud/i, { 'kind:nas': 0.5 }),
  called('camera', /\bcam\d*\b|camera|ipcam|^ipc-|doorbell/i, { 'kind:camera': 0.45 }),
  called('tv', /\btv\b|bravia|lgwebos|roku|fire-?tv|chromecast|apple-?tv|shield/i, { 'kind:tv': 0.5 }),
  called('speaker', /sonos|home-?pod|echo-|google-?home|nest-?(?:mini|audio)|soundbar|speaker/i, {
    'kind:speaker': 0.5,
  }),
  called('console', /playstation|^ps[345]-|xbox|nintendo|switch-?console/i, { 'kind:game console': 0.55 }),
  called(
    'things',
    /^esp[-_]?[0-9a-f]{6}|^esp32|tasmota|shelly|wled|sonoff|tuya|esphome|hue|thermostat|sensor/i,
    {
      'kind:sensor': 0.5,
      'os:embedded': 0.4,
    },
  ),
  called('raspberry', /raspberry|^rpi\b|^pi-?hole/i, { 'os:linux': 0.45, 'kind:computer': 0.25 }),
  called('linux', /ubuntu|debian|fedora|^arch(?:linux)?\b/i, { 'os:linux': 0.4 }),
  called('server', /^(?:srv|server|proxmox|pve|esxi?|db|web|mail|dc)[-\d.]|server/i, { 'kind:server': 0.4 }),
  called('access-point', /^(?:ap|uap|wap)-|access-?point/i, { 'kind:access point': 0.45 }),
  called('switch', /^(?:sw|usw)-|-sw\d|core-?switch/i, { 'kind:switch': 0.45 }),
  {
    id: 'netbios',
    when: [{ name: /./, from: 'netbios' }],
    says: 'has the NetBIOS name “{}”, as Windows and Samba do',
    for: { 'os:windows': 0.2, 'os:linux': 0.1, 'kind:computer': 0.25 },
  },
];

const ANNOUNCEMENTS: readonly Rule[] = [
  model('iphone', /^iphone/i, { 'os:apple': 0.6, 'kind:phone': 0.6 }),
  model('ipad', /^ipad/i, { 'os:apple': 0.6, 'kind:tablet': 0.6 }),
  model('mac', /^(?:macbook|imac|macmini|macpro|mac\d)/i, { 'os:apple': 0.6, 'kind:computer': 0.6 }),
  model('apple-tv', /^(?:apple ?tv|j\d{3}ap)/i, { 'os:apple': 0.6, 'kind:tv': 0.6 }),
  model('homepod', /^audioaccessory/i, { 'os:apple': 0.6, 'kind:speaker': 0.6 }),
  model('printer', /laserjet|officejet|deskjet|brother|epson|canon|ecosys|printer|mfc-|dcp-/i, {
    'kind:printer': 0.55,
  }),
  model('cast-speaker', /google home|nest (?:mini|audio|hub)|sonos|homepod/i, { 'kind:speaker': 0.55 }),
  model('cast-tv', /chromecast|bravia|shield|\btv\b|google tv/i, { 'kind:tv': 0.55 }),
  announces('printer', /^_(?:ipps?|printer|pdl-datastream|uscans?)\._tcp$/i, 'printing', {
    'kind:printer': 0.5,
  }),
  announces('cast', /^_googlecast\._tcp$/i, 'Google Cast', { 'kind:tv': 0.35, 'kind:speaker': 0.3 }),
  announces('airplay', /^_(?:airplay|raop)\._tcp$/i, 'AirPlay', {
    'os:apple': 0.3,
    'kind:speaker': 0.2,
    'kind:tv': 0.15,
  }),
  announces('apple-mobile', /^_apple-mobdev2?\._tcp$/i, 'syncing of iPhones', {
    'os:apple': 0.55,
    'kind:phone': 0.5,
  }),
  announces('companion', /^_companion-link\._tcp$/i, 'links between Apple’s devices', { 'os:apple': 0.5 }),
  announces('homekit', /^_hap\._(?:tcp|udp)$/i, 'HomeKit', { 'kind:sensor': 0.4 }),
  announces('things', /^_(?:esphomelib|matter|hue|shelly|miio|wled)\._(?:tcp|udp)$/i, 'smart-home control', {
    'kind:sensor': 0.55,
    'os:embedded': 0.3,
  }),
  announces('sonos', /^_sonos\._tcp$/i, 'Sonos', { 'kind:speaker': 0.6 }),
  announces('workstation', /^_workstation\._tcp$/i, 'an Avahi workstation', {
    'os:linux': 0.4,
    'kind:computer': 0.3,
  }),
  announces('android-tv', /^_androidtvremote2?\._tcp$/i, 'the remote control of Android TV', {
    'os:android': 0.55,
    'kind:tv': 0.55,
  }),
  announces('camera', /^_(?:axis-video|rtsp|onvif)\._tcp$/i, 'video', { 'kind:camera': 0.5 }),
];

export const RULES: readonly Rule[] = [
  ...VENDORS,
  ...NETWORK,
  ...PORTS,
  ...BANNERS,
  ...NAMES,
  ...ANNOUNCEMENTS,
];

type Claims = Rule['for'];

function maker(id: string, vendor: RegExp, claims: Claims): Rule {
  return { id: `vendor-${id}`, when: [{ vendor }], says: 'was made by {}', for: claims };
}

function port(id: string, number: number, what: string, claims: Claims): Rule {
  return { id: `port-${id}`, when: [{ open: number }], says: `has port {} open: ${what}`, for: claims };
}

function banner(id: string, of: readonly string[], says: RegExp, claims: Claims): Rule {
  return fact(id, 'banner', of, says, claims);
}

function fact(id: string, name: string, of: readonly string[], says: RegExp, claims: Claims): Rule {
  return { id, when: [{ fact: name, of, says }], says: `its ${of[0]} service says “{}”`, for: claims };
}

/** The title of a web page, or what it asks a password for. */
function page(id: string, says: RegExp, claims: Claims): Rule {
  return { id, when: [{ page: says }], says: 'its web page is called “{}”', for: claims };
}

function called(id: string, name: RegExp, claims: Claims): Rule {
  return { id: `name-${id}`, when: [{ name }], says: 'calls itself “{}”', for: claims };
}

function model(id: string, says: RegExp, claims: Claims): Rule {
  return { id: `model-${id}`, when: [{ model: says }], says: 'announces the model “{}”', for: claims };
}

function announces(id: string, mdns: RegExp, what: string, claims: Claims): Rule {
  return { id: `mdns-${id}`, when: [{ mdns }], says: `announces ${what} ({})`, for: claims };
}
