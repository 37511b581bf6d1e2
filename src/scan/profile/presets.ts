/** Named lists of TCP ports. Compiled for this project from what services are registered or known to use. */

/** What a device of a home or an office is most often reached by. */
const COMMON = [22, 23, 80, 443, 3306, 3389, 5000, 5432, 6379, 8000, 8080, 8888, 27017];

/**
 * What tells kinds of devices apart: name resolution (routers), Windows' own services and file sharing, AFP, RTSP (cameras),
 * IPP (printers), MQTT, SIP, Windows' discovery, Android's debug bridge, Windows' remote management, AirPlay, Google Cast,
 * MikroTik's Winbox, UniFi, Plex, the pairing of iPhones and iPads.
 */
const TELLING = [
  53, 135, 139, 445, 548, 554, 631, 1883, 5060, 5357, 5555, 5985, 7000, 8008, 8009, 8291, 8443, 32400, 62078,
];

/** The hundred that are most often found open, by number. Ports that make printers act are not among them. */
const TOP_100 = [
  21, 22, 23, 25, 53, 79, 80, 81, 82, 88, 110, 111, 113, 119, 135, 139, 143, 179, 199, 389, 443, 444, 445,
  465, 513, 514, 543, 544, 548, 554, 587, 631, 636, 646, 873, 902, 990, 993, 995, 1025, 1026, 1027, 1080,
  1194, 1433, 1521, 1723, 1883, 1900, 2000, 2049, 2121, 2222, 2375, 3000, 3128, 3306, 3389, 4443, 5000, 5001,
  5060, 5222, 5357, 5432, 5555, 5601, 5631, 5666, 5672, 5900, 5984, 5985, 6000, 6379, 7000, 7547, 8000, 8006,
  8008, 8009, 8080, 8081, 8086, 8088, 8123, 8291, 8443, 8554, 8883, 8888, 9000, 9090, 9200, 9443, 10000,
  11211, 27017, 32400, 49152,
];

export const PORT_PRESETS = {
  common: COMMON,
  /** `common` and what tells kinds of devices apart. */
  telling: [...COMMON, ...TELLING].toSorted((a, b) => a - b),
  top100: TOP_100,
} as const satisfies Readonly<Record<string, readonly number[]>>;

export type PortPreset = keyof typeof PORT_PRESETS;
