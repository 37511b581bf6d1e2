/** Narrowing the list down: each choice is a link that says how many devices it leaves. */
import { inert } from '../../lib/text.ts';
import type { DeviceFacets } from '../../store/device-facets.ts';
import { FIRST_SEEN_DAYS, NONE, type DeviceQuery } from '../../store/site-devices.ts';
import { addressOf, type DeviceList } from '../device-address.ts';
import { text } from '../visit.ts';
import { kindWord } from '../words.ts';

interface FacetLink {
  readonly href: string;
  readonly word: string;
  readonly count?: number;
  readonly isChosen: boolean;
}

type Several = 'state' | 'presence' | 'network' | 'vendor' | 'owner' | 'kind';
type Flag = 'watched' | 'randomMac' | 'alert';
const FLAGS: readonly Flag[] = ['watched', 'randomMac', 'alert'];

/** Everything that is chosen, each with the link that takes it back. */
function chosenLinks(list: DeviceList, facets: DeviceFacets): FacetLink[] {
  return groupsOf(list, facets).flatMap(({ links }) => links.filter(({ isChosen }) => isChosen));
}

export const Facets = ({ list, facets }: { list: DeviceList; facets: DeviceFacets }) => {
  const chosen = chosenLinks(list, facets);
  return (
    <div class="narrowing">
      {chosen.length > 0 && (
        <ul class="chosen">
          {chosen.map(({ href, word }) => (
            <li>
              <a class="chip" href={href} aria-label={text().devices.without(word)}>
                <bdi>{word}</bdi> <span aria-hidden="true">×</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <details class="facets">
        <summary>{text().devices.narrow}</summary>
        <div class="facet-groups">
          {groupsOf(list, facets).map(({ title, links }) => (
            <section aria-label={title}>
              <h3>{title}</h3>
              <ul>
                {links.map(link => (
                  <li>
                    <a href={link.href} aria-current={link.isChosen ? 'true' : undefined}>
                      <bdi>{link.word}</bdi>
                      <span class="count">{text().devices.n(link.count ?? 0)}</span>
                    </a>
                  </li>
                ))}
              </ul>
            </section>
          ))}
        </div>
      </details>
    </div>
  );
};

interface Group {
  readonly title: string;
  readonly links: readonly FacetLink[];
}

function groupsOf(list: DeviceList, facets: DeviceFacets): Group[] {
  const { presence, state } = text().words;
  const { facets: titles, flags, flagsNot, within, nothingKnown } = text().devices;
  const several = <V extends string | number>(
    facet: Several,
    choices: readonly { readonly value: V; readonly count: number }[],
    wordOf: (value: V) => string,
  ): Group => ({
    title: titles[facet],
    links: choices
      .map(({ value, count }) => {
        const chosen = valuesOf(list.query, facet);
        const isChosen = chosen.some(one => same(one, value));
        const values = isChosen ? chosen.filter(one => !same(one, value)) : [...chosen, value];
        return { href: addressOf(list, { [facet]: values }), word: wordOf(value), count, isChosen };
      })
      .filter(({ count, isChosen }) => count > 0 || isChosen),
  });
  const named = (facet: 'vendor' | 'owner' | 'kind') =>
    several(facet, facets[facet], value => {
      if (value === NONE) return nothingKnown[facet];
      return facet === 'kind' ? kindWord(value) : inert(value, 40);
    });
  const groups = [
    several('presence', facets.presence, value => presence[value]),
    several('state', facets.state, value => state[value]),
    several('network', facets.network, value =>
      inert(facets.network.find(network => network.value === value)?.word ?? '', 40),
    ),
    named('vendor'),
    named('owner'),
    named('kind'),
    {
      title: titles.more,
      links: FLAGS.flatMap(flag => flagLinks(list, flag, facets[flag], flags, flagsNot)),
    },
    {
      title: titles.firstSeenDays,
      links: FIRST_SEEN_DAYS.map(days => {
        const isChosen = list.query.firstSeenDays === days;
        return {
          href: addressOf(list, { firstSeenDays: isChosen ? null : days }),
          word: within[days],
          count: facets.firstSeenDays.find(({ value }) => value === days)?.count ?? 0,
          isChosen,
        };
      }),
    },
  ];
  return groups.filter(({ links }) => links.length > 0);
}

/** One of the two sides; the other is shown only while it is chosen. */
function flagLinks(
  list: DeviceList,
  flag: Flag,
  count: number,
  yes: Readonly<Record<Flag, string>>,
  no: Readonly<Record<Flag, string>>,
): FacetLink[] {
  const asked = list.query[flag] ?? null;
  if (asked === false) return [{ href: addressOf(list, { [flag]: null }), word: no[flag], isChosen: true }];
  if (count === 0 && asked === null) return [];
  const href = addressOf(list, { [flag]: asked === true ? null : true });
  return [{ href, word: yes[flag], count, isChosen: asked === true }];
}

function valuesOf(query: DeviceQuery, facet: Several): (string | number)[] {
  const asked = query[facet] ?? [];
  return [asked].flat();
}

/** Vendors and owners are the same in any case. */
function same(a: string | number, b: string | number): boolean {
  return String(a).toLowerCase() === String(b).toLowerCase();
}
