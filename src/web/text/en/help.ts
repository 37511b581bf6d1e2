/** The help: one page, to be searched with the browser's own search. */
import type { HelpTexts } from '../help-shape.ts';

export const help: HelpTexts = {
  title: 'Help',
  intro:
    'All of the help is on this page: search it with your browser (Ctrl F, ⌘ F). The “?” beside a heading leads to its part.',
  contents: 'Contents',
  linkTo: about => `Help: ${about}`,
  topics: {
    start: {
      title: 'First steps',
      parts: [
        'netureon looks at the networks of its machine every 30 seconds and keeps who answers. The first complete scan of a network is its baseline: everybody it finds is known, and one alert lists them. Who comes later is new, and you decide.',
        {
          terms: [
            ['1. See who is here', 'The overview says it in one sentence, and what waits for you.'],
            [
              '2. Give names',
              'Open a device and write what you call it. A name you write is never overwritten.',
            ],
            [
              '3. Decide about the new',
              'Accept: it is known from now on. Ignore: not asked again. Block: an alert each time it comes.',
            ],
            [
              '4. Say how you want to hear of it',
              'Set up mail or another channel, then see under rules which alert goes where.',
            ],
            [
              '5. Watch what must not fail',
              'A watched device raises an alert when it has been silent for longer than is usual for it.',
            ],
          ],
        },
        {
          links: [
            ['/', 'Overview'],
            ['/review', 'New devices'],
            ['/channels', 'Channels'],
            ['/rules', 'Rules'],
          ],
        },
      ],
    },
    words: {
      title: 'What the words mean',
      parts: [
        {
          terms: [
            [
              'device',
              'What you think of as one thing: a phone, a printer. It may have several MAC addresses.',
            ],
            ['network', 'A range of addresses on one link, such as 192.168.1.0/24.'],
            ['scan', 'One look at one network. Only a complete scan says who is not there.'],
            ['here', 'It answered the last complete scan.'],
            ['quiet', 'It missed a scan or more, but no longer than is usual for it: phones sleep.'],
            [
              'gone',
              'It has been silent for longer than its patience. A steady device is given three scans; one that often sleeps up to two hours.',
            ],
            ['new', 'Nobody decided about it yet.'],
            ['known', 'It was accepted, or was there at the first look.'],
            ['ignored', 'It stays in the list, and nothing about it is asked or told.'],
            [
              'blocked',
              'It is not welcome: an alert each time it comes. It is not cut off from the network; netureon never does that.',
            ],
            ['watched', 'You want to know when it goes away.'],
            [
              'random MAC',
              'Phones invent a MAC address for each network, some for each day. A mark says so; a rule you accept can recognise them by name.',
            ],
          ],
        },
        'How long each device is given is learned from its own silences; its page says what was learned.',
      ],
    },
    marks: {
      title: 'What the marks mean',
      parts: [
        {
          terms: [
            ['here', 'answered the last complete scan', 'here'],
            ['quiet', 'silent, but not for longer than usual', 'quiet'],
            ['gone', 'not here', 'gone'],
            ['new', 'waits for your decision', 'new'],
            ['alert', 'something asks for you', 'alert'],
            ['blocked', 'not welcome', 'blocked'],
            ['hatched', 'nobody looked: who was there is not known', 'unseen'],
          ],
        },
        'Every mark has a shape and a word beside its colour. Bars show presence over time, from left to right.',
      ],
    },
    coverage: {
      title: 'Coverage and hatching',
      parts: [
        'Coverage is the share of time in which scans completed without a pause of more than five minutes. “Not looked” is never shown as “not there”: it is hatched.',
        'While nobody looks nobody is called gone, and patience does not run: it is counted in time looked.',
        {
          links: [
            ['/scans', 'Scans'],
            ['/past', 'Time machine'],
          ],
        },
      ],
    },
    alerts: {
      title: 'How alerts come about',
      parts: [
        'A scan finds a difference; the database raises an alert in the same step, and the rules decide to which channel it goes, when, and whether at all. Whatever was not sent says why, on the alert’s page.',
        {
          terms: [
            ['one cause, one alert', 'It is counted while it lasts and ends with its cause.'],
            ['acknowledge', 'You have seen it: no more messages about it, until it happens again.'],
            [
              'mute',
              'No messages about a device or a kind of alert for a time. What is still so at the end is told then.',
            ],
            [
              'rule',
              'The first rule that fits a channel decides. Quiet hours and grouping hold messages back; nothing is lost by that.',
            ],
            [
              'channel',
              'A way to reach you: mail, Telegram, ntfy, Matrix, a webhook. Its test button tries it for real.',
            ],
            [
              'many silent at once',
              'Four or more, and at least half of a network: that is one alert about the network, not one for each device.',
            ],
          ],
        },
        {
          links: [
            ['/alerts', 'Alerts'],
            ['/rules', 'Rules'],
            ['/channels', 'Channels'],
            ['/templates', 'Texts'],
          ],
        },
      ],
    },
    scans: {
      title: 'Scans',
      parts: [
        'The page shows how well was looked, for a day, a week, a month or a year, and every scan that is still kept. A scan asks known devices in person, the other addresses by broadcast, and then only the silent again.',
        {
          terms: [
            ['complete', 'Every address was asked as often as it needed. Only this says who is gone.'],
            ['partial', 'Cut short, or most of the network fell silent at once. Who answered is noted.'],
            ['failed', 'It could not look at all. Its page says why and what helps.'],
            [
              'packets / kernel',
              'With the right to send packets (CAP_NET_RAW) it sends its own; without, the kernel asks for it, more slowly.',
            ],
          ],
        },
        {
          links: [
            ['/scans', 'Scans'],
            ['/scans?show=problems', 'Those that did not complete'],
          ],
        },
      ],
    },
    networks: {
      title: 'Networks',
      parts: [
        'A network appears with its first scan. Without [scan] networks those of the machine’s interfaces are scanned: private ones only, and none of more than 4,096 addresses unless it is named.',
        'Of two networks that overlap the narrower one owns an address, unless nobody has looked at it for ten minutes. So nobody is counted twice, and a /24 that became a /23 hands its devices over.',
        'Retire a network that nobody means to look at any more: its devices are no longer looked for and no silence is raised. It can be undone; the next complete scan undoes it by itself.',
        { links: [['/networks', 'Networks']] },
      ],
    },
    sensors: {
      title: 'Sensors',
      parts: [
        'ARP does not cross a router: to look at a network elsewhere, run the scanner there and let it report to this database. Such a sensor has a login of its own that can report for this site and nothing else.',
        'Its password is shown once, when it is made. A sensor that is silent for five minutes, or three times as long as usual, raises an alert.',
        {
          code: 'netureon sensor add NAME       # add one\nnetureon sensor list           # who there is\nnetureon sensor password NAME  # a new password\nnetureon sensor remove NAME    # end one',
        },
        { links: [['/sensors', 'Sensors']] },
      ],
    },
    keys: {
      title: 'Keys',
      parts: [
        {
          terms: [
            ['/', 'go to the search field'],
            ['Tab, Shift Tab', 'go to the next or previous control'],
            ['Enter, Space', 'press what is focused'],
            ['Esc', 'leave a menu or fold'],
            ['Ctrl F', 'search this page'],
          ],
        },
        'The list of devices and the review of new ones have keys of their own, which they show with “?”.',
      ],
    },
    commands: {
      title: 'The same on the command line',
      parts: [
        'Everything here can be done in a terminal on the machine of netureon. --help says more about each, and --json prints for programs.',
        {
          terms: [
            ['netureon scan', 'look once and say who is there'],
            ['netureon network list', 'the networks; retire and rename are there too'],
            ['netureon alert list', 'the alerts; ack, mute and others'],
            ['netureon rule list', 'the rules, and netureon rule rehearse'],
            ['netureon channel list', 'the channels, and netureon channel test NAME'],
            ['netureon sensor list', 'the sensors'],
            ['netureon user list', 'who may sign in; add, role, password'],
            ['netureon profile --device IP', 'ask one device what it is'],
            ['netureon export', 'devices and history as CSV or JSON'],
            ['netureon monitor', 'is anything silent? exits with 1 if so'],
            ['netureon migrate', 'bring the database up to date'],
            ['netureon prune', 'delete what is older than [retention]'],
          ],
        },
      ],
    },
    data: {
      title: 'Where the data is, and backups',
      parts: [
        'All that netureon knows is in PostgreSQL. netureon up runs one of its own in /var/lib/netureon (as a user: ~/.local/state/netureon); otherwise it is the database of [database] url. The settings are in /etc/netureon/netureon.toml.',
        'Back up the database and the settings. With PostgreSQL’s own tools, also while netureon runs:',
        {
          code: 'pg_dump --format=custom --file=netureon.dump "$DATABASE_URL"\npg_restore --clean --if-exists --dbname="$DATABASE_URL" netureon.dump',
        },
        'How much is kept, and how large it becomes, is on the page of the system.',
        {
          links: [
            ['/system', 'System'],
            ['/export?format=csv', 'Devices as CSV'],
          ],
        },
      ],
    },
    system: {
      title: 'The system’s page',
      parts: [
        'For administrators: which versions run, whether every service reports, whether clocks agree, how large the database is, which setting came from where, and what the services complained about. Secrets are never shown.',
        'Precedence of settings: flag, environment, file, default. A change needs a restart of the service.',
        {
          links: [
            ['/system', 'System'],
            ['/audit', 'Who changed what'],
          ],
        },
      ],
    },
    trouble: {
      title: 'When something is not as it should be',
      parts: [
        {
          symptom: 'A device is shown gone but is here',
          steps: [
            'Open it: its page says when it was last seen and how long it is given. A phone that sleeps answers nobody; after a few nights netureon knows its habit.',
            'Is its network looked at? The networks’ page says when the last complete scan was.',
            'It may have a new random MAC and stand in the list as another device: look under New devices, and merge the two.',
            'Weak Wi-Fi loses broadcasts: lower [scan] rate.',
          ],
        },
        {
          symptom: 'A device is missing that is surely connected',
          steps: [
            'It must be in one of the networks that are looked at. A guest network or a VLAN is another network, often behind a router: use [scan] vlans or a sensor there.',
            'Many access points isolate guests from each other: then nobody can see them by ARP but the router.',
          ],
        },
        {
          symptom: 'No mail or message comes',
          steps: [
            'Press Test at the channel: its answer is shown word for word.',
            'Open the alert: each message says sent, waiting until when, or why not (a rule, quiet hours, a mute).',
            'Is Alert delivery running? The system’s page says so. Start it with: netureon alertd.',
            'No channel is set up: the channels’ page shows what to write into netureon.toml.',
          ],
        },
        {
          symptom: 'Nothing is scanned',
          steps: [
            'The latest scan’s page says why and what helps.',
            'Run netureon scan by hand on the machine that scans.',
            'Under systemd: systemctl status netureon_scan.timer netureon_scan.service.',
          ],
        },
        {
          symptom: 'Too many messages',
          steps: [
            'Mute the kind or the device from the alert, or group it in a rule; the rehearsal shows what a rule would have done in thirty days.',
            'A watched device that often sleeps: give it a longer limit on its page.',
          ],
        },
        {
          symptom: 'The page does not refresh by itself',
          steps: [
            'The foot of the page says whether it is connected. A proxy in between must not buffer /events.',
            'Without JavaScript reload it: every page works so.',
          ],
        },
        {
          symptom: 'Cannot sign in any more',
          steps: [
            'On the machine of netureon: netureon user password NAME sets a new one, and netureon user list says who there is.',
          ],
        },
        {
          symptom: 'A page says that it could not be made',
          steps: [
            'It shows a short id. The log has the details under it: on the system’s page, or in the journal of netureon_web.',
          ],
        },
        {
          links: [
            ['/scans', 'Scans'],
            ['/networks', 'Networks'],
            ['/channels', 'Channels'],
            ['/system', 'System'],
          ],
        },
      ],
    },
  },
};
