/** Wann ein Gerät da war. */
import { inWords, type PresenceReason } from '../../../store/presence-reason.ts';
import type { Texts } from '../en.ts';
import { german } from '../numbers.ts';

const { count, num } = german;

const length = (ms: number) => inWords(ms).replace('days', 'Tagen');

/** Suchläufe, die jeder verpassen darf. */
const PATIENCE = 3;

function reasonOf({
  state,
  misses,
  habit,
  usualMs,
  silentMs,
  patienceMs,
  retiredAt,
}: PresenceReason): string {
  const usual = usualMs !== null && habit === 'sleeper' ? length(usualMs) : null;
  if (state === 'here')
    return usual === null
      ? 'hat beim letzten vollständigen Suchlauf geantwortet'
      : `hat beim letzten vollständigen Suchlauf geantwortet; es schläft hin und wieder und ist meist binnen ${usual} zurück`;
  if (state === 'gone') {
    if (misses === 0 && retiredAt !== null)
      return `sein Netz wird seit ${retiredAt.toISOString().slice(0, 10)} nicht mehr abgesucht`;
    if (misses === 0) return 'war ab und zu an einer Adresse zu hören, nach der kein Suchlauf fragt';
    if (misses < PATIENCE) return 'antwortet inzwischen von einer anderen Adresse';
    return usual === null
      ? `hat ${PATIENCE} vollständige Suchläufe in Folge verpasst`
      : `hat ${PATIENCE} vollständige Suchläufe in Folge verpasst und länger als ${length(patienceMs)} geschwiegen; meist ist es binnen ${usual} zurück`;
  }
  const missed =
    misses <= PATIENCE
      ? `hat ${misses} der letzten ${PATIENCE} vollständigen Suchläufe verpasst`
      : `hat die letzten ${misses} vollständigen Suchläufe verpasst${silentMs === null ? '' : `, zusammen ${length(silentMs)}`}`;
  return usual === null
    ? `${missed}; nach ${PATIENCE} in Folge gilt es als weg`
    : `${missed}; meist ist es binnen ${usual} zurück und gilt nach ${length(patienceMs)} als weg`;
}

function watchedOf({ watched, ownLimit, limitMs, habit }: PresenceReason): string | undefined {
  if (!watched) return undefined;
  if (limitMs === 0) return 'beim ersten verpassten Suchlauf gibt es einen Alarm';
  const from = ownLimit
    ? 'die dafür gesetzte Grenze'
    : habit === 'learning'
      ? 'bis seine Gewohnheiten bekannt sind'
      : 'aus seinen Pausen gelernt';
  return `nach ${length(limitMs)} Stille gibt es einen Alarm (${from})`;
}

export const devicePresence: Texts['device']['presence'] = {
  title: 'Anwesenheit',
  reason: reasonOf,
  watched: watchedOf,
  ranges: 'Wie weit zurück',
  day: '24 h',
  week: '7 Tage',
  month: '30 Tage',
  year: '12 Monate',
  from: 'Von',
  to: 'Bis',
  show: 'Zeigen',
  zone: zone => `Zeiten in ${zone}.`,
  badRange: 'Diesen Zeitraum gibt es nicht; gezeigt ist der letzte Tag.',
  badTimes:
    'Bitte einen Anfang und ein späteres Ende angeben, etwa 2026-11-20 09:00; höchstens zwei Jahre. Gezeigt ist der letzte Tag.',
  all: 'insgesamt',
  here: 'da',
  away: 'nicht da',
  unlooked: 'nicht gesucht',
  share: (percent, of) => `da in ${percent} % der Zeit, in der gesucht wurde, ${of}`,
  neverLooked: 'in dieser Zeit wurde nicht gesucht',
  lane: ip => `unter ${ip}`,
  moreLanes: n => `und ${count(n, 'weitere Adresse', 'weitere Adressen')} in dieser Zeit`,
  span: (from, to, lasting) => `${from} bis ${to} (${lasting})`,
  visits: n => `, ${num(n)}-mal`,
  asTable: 'Als Tabelle',
  asTableLatest: n => `Als Tabelle, die letzten ${num(n)}`,
  until: 'Bis',
  length: 'Dauer',
  often: 'Wie oft',
  none: 'Es war in dieser Zeit nicht da.',
  heat: 'Wann es meist da ist: die letzten vier Wochen nach Tag und Stunde',
  heatHint: 'Anteil der Zeit, in der gesucht wurde, in Prozent.',
  heatDay: 'Tag',
  heatCell: (day, hour, percent) => `${day} ${hour}: ${percent} % der Zeit da`,
};
