/** Die Hilfe: eine Seite, mit der Suche des Browsers zu durchsuchen. */
import type { HelpTexts } from '../help-shape.ts';

export const help: HelpTexts = {
  title: 'Hilfe',
  intro:
    'Die ganze Hilfe steht auf dieser Seite: Durchsuchen Sie sie mit Ihrem Browser (Strg F, ⌘ F). Das „?“ neben einer Überschrift führt zu ihrem Teil.',
  contents: 'Inhalt',
  linkTo: about => `Hilfe: ${about}`,
  topics: {
    start: {
      title: 'Erste Schritte',
      parts: [
        'netureon sieht alle 30 Sekunden in die Netze seines Rechners und hält fest, wer antwortet. Der erste vollständige Suchlauf eines Netzes ist seine Grundlage: Alle, die er findet, sind bekannt, und ein Alarm zählt sie auf. Wer später kommt, ist neu, und Sie entscheiden.',
        {
          terms: [
            ['1. Sehen, wer da ist', 'Die Übersicht sagt es in einem Satz, und was auf Sie wartet.'],
            [
              '2. Namen geben',
              'Öffnen Sie ein Gerät und schreiben Sie, wie Sie es nennen. Ihr Name wird nie überschrieben.',
            ],
            [
              '3. Über Neue entscheiden',
              'Annehmen: Es ist von nun an bekannt. Ignorieren: Es wird nicht mehr gefragt. Sperren: ein Alarm bei jedem Kommen.',
            ],
            [
              '4. Sagen, wie Sie davon hören',
              'Richten Sie E-Mail oder einen anderen Kanal ein und sehen Sie bei den Regeln, welcher Alarm wohin geht.',
            ],
            [
              '5. Beobachten, was nicht ausfallen darf',
              'Ein beobachtetes Gerät meldet sich als Alarm, wenn es länger still ist, als für es üblich.',
            ],
          ],
        },
        {
          links: [
            ['/', 'Übersicht'],
            ['/review', 'Neue Geräte'],
            ['/channels', 'Kanäle'],
            ['/rules', 'Regeln'],
          ],
        },
      ],
    },
    words: {
      title: 'Was die Wörter bedeuten',
      parts: [
        {
          terms: [
            [
              'Gerät',
              'Was Sie als ein Ding ansehen: ein Telefon, ein Drucker. Es kann mehrere MAC-Adressen haben.',
            ],
            ['Netz', 'Ein Bereich von Adressen an einer Verbindung, etwa 192.168.1.0/24.'],
            ['Suchlauf', 'Ein Blick in ein Netz. Nur ein vollständiger sagt, wer nicht da ist.'],
            ['da', 'Es hat dem letzten vollständigen Suchlauf geantwortet.'],
            [
              'still',
              'Es hat einen oder mehrere Suchläufe verpasst, aber nicht länger als für es üblich: Telefone schlafen.',
            ],
            [
              'weg',
              'Es ist länger still als seine Geduld. Ein stetiges Gerät bekommt drei Suchläufe, eines, das oft schläft, bis zu zwei Stunden.',
            ],
            ['neu', 'Noch hat niemand darüber entschieden.'],
            ['bekannt', 'Es wurde angenommen oder war beim ersten Blick da.'],
            ['ignoriert', 'Es bleibt in der Liste, und nichts darüber wird gefragt oder gesagt.'],
            [
              'gesperrt',
              'Es ist nicht erwünscht: ein Alarm bei jedem Kommen. Vom Netz getrennt wird es nicht; das tut netureon nie.',
            ],
            ['beobachtet', 'Sie wollen wissen, wenn es weggeht.'],
            [
              'zufällige MAC',
              'Telefone erfinden für jedes Netz eine MAC-Adresse, manche jeden Tag. Ein Zeichen sagt es; eine Regel, die Sie annehmen, erkennt sie am Namen.',
            ],
          ],
        },
        'Wie viel Geduld ein Gerät bekommt, wird aus seiner eigenen Stille gelernt; seine Seite sagt, was gelernt wurde.',
      ],
    },
    marks: {
      title: 'Was die Zeichen bedeuten',
      parts: [
        {
          terms: [
            ['da', 'hat dem letzten vollständigen Suchlauf geantwortet', 'here'],
            ['still', 'antwortet nicht, aber nicht länger als üblich', 'quiet'],
            ['weg', 'nicht da', 'gone'],
            ['neu', 'wartet auf Ihre Entscheidung', 'new'],
            ['Alarm', 'etwas verlangt nach Ihnen', 'alert'],
            ['gesperrt', 'nicht erwünscht', 'blocked'],
            ['schraffiert', 'niemand sah hin: Wer da war, ist nicht bekannt', 'unseen'],
          ],
        },
        'Jedes Zeichen hat neben seiner Farbe eine Form und ein Wort. Balken zeigen Anwesenheit über die Zeit, von links nach rechts.',
      ],
    },
    coverage: {
      title: 'Abdeckung und Schraffur',
      parts: [
        'Abdeckung ist der Anteil der Zeit, in der Suchläufe ohne eine Pause von mehr als fünf Minuten vollständig waren. „Nicht hingesehen“ wird nie als „nicht da“ gezeigt: Es ist schraffiert.',
        'Solange niemand hinsieht, wird niemand weg genannt, und keine Geduld läuft ab: Gezählt wird nur die Zeit des Hinsehens.',
        {
          links: [
            ['/scans', 'Suchläufe'],
            ['/past', 'Zeitmaschine'],
          ],
        },
      ],
    },
    alerts: {
      title: 'Wie Alarme entstehen',
      parts: [
        'Ein Suchlauf findet einen Unterschied; die Datenbank erhebt im selben Schritt einen Alarm, und die Regeln entscheiden, zu welchem Kanal er geht, wann und ob überhaupt. Was nicht gesendet wurde, sagt auf der Seite des Alarms, warum.',
        {
          terms: [
            ['eine Ursache, ein Alarm', 'Er wird gezählt, solange sie dauert, und endet mit ihr.'],
            ['bestätigen', 'Sie haben ihn gesehen: keine weiteren Nachrichten, bis es wieder geschieht.'],
            [
              'stummschalten',
              'Eine Zeit lang keine Nachrichten über ein Gerät oder eine Art von Alarm. Was am Ende noch so ist, wird dann gesagt.',
            ],
            [
              'Regel',
              'Für jeden Kanal entscheidet die erste, die passt. Ruhezeiten und Bündeln halten Nachrichten zurück; verloren geht dadurch nichts.',
            ],
            [
              'Kanal',
              'Ein Weg zu Ihnen: E-Mail, Telegram, ntfy, Matrix, ein Webhook. Sein Testknopf probiert ihn wirklich aus.',
            ],
            [
              'viele still auf einmal',
              'Vier oder mehr und mindestens die Hälfte eines Netzes: Das ist ein Alarm über das Netz und nicht einer je Gerät.',
            ],
          ],
        },
        {
          links: [
            ['/alerts', 'Alarme'],
            ['/rules', 'Regeln'],
            ['/channels', 'Kanäle'],
            ['/templates', 'Texte'],
          ],
        },
      ],
    },
    scans: {
      title: 'Suchläufe',
      parts: [
        'Die Seite zeigt, wie gut hingesehen wurde, für einen Tag, eine Woche, einen Monat oder ein Jahr, und jeden Suchlauf, der noch aufbewahrt ist. Ein Suchlauf fragt Bekannte einzeln, die übrigen Adressen durch Rundruf und danach nur die Stillen noch einmal.',
        {
          terms: [
            ['vollständig', 'Jede Adresse wurde so oft gefragt wie nötig. Nur das sagt, wer weg ist.'],
            [
              'unvollständig',
              'Abgebrochen, oder das halbe Netz wurde auf einmal still. Wer antwortete, ist vermerkt.',
            ],
            ['gescheitert', 'Er konnte gar nicht hinsehen. Seine Seite sagt, warum und was hilft.'],
            [
              'Pakete / Kernel',
              'Mit dem Recht, Pakete zu senden (CAP_NET_RAW), sendet er eigene; ohne fragt der Kernel für ihn, langsamer.',
            ],
          ],
        },
        {
          links: [
            ['/scans', 'Suchläufe'],
            ['/scans?show=problems', 'Die nicht vollständigen'],
          ],
        },
      ],
    },
    networks: {
      title: 'Netze',
      parts: [
        'Ein Netz erscheint mit seinem ersten Suchlauf. Ohne [scan] networks werden die der Schnittstellen des Rechners abgesucht: nur private, und keines mit mehr als 4.096 Adressen, wenn es nicht genannt ist.',
        'Von zwei Netzen, die sich überschneiden, gehört eine Adresse dem engeren, wenn es in den letzten zehn Minuten angesehen wurde. So wird niemand doppelt gezählt, und ein /24, das ein /23 wurde, gibt seine Geräte weiter.',
        'Legen Sie ein Netz still, das niemand mehr ansehen soll: Seine Geräte werden nicht mehr gesucht, und niemand wird vermisst. Das lässt sich rückgängig machen; der nächste vollständige Suchlauf tut es von selbst.',
        { links: [['/networks', 'Netze']] },
      ],
    },
    sensors: {
      title: 'Sensoren',
      parts: [
        'ARP geht über keinen Router: Um ein Netz anderswo anzusehen, lassen Sie den Scanner dort laufen und an diese Datenbank melden. Ein solcher Sensor hat einen eigenen Zugang, der für diese Site melden kann und sonst nichts.',
        'Sein Passwort wird einmal gezeigt, wenn es entsteht. Ein Sensor, der fünf Minuten oder das Dreifache des Üblichen still ist, wird ein Alarm.',
        {
          code: 'netureon sensor add NAME       # einen anlegen\nnetureon sensor list           # welche es gibt\nnetureon sensor password NAME  # neues Passwort\nnetureon sensor remove NAME    # einem den Zugang entziehen',
        },
        { links: [['/sensors', 'Sensoren']] },
      ],
    },
    keys: {
      title: 'Tasten',
      parts: [
        {
          terms: [
            ['/', 'zum Suchfeld'],
            ['Tab, Umschalt Tab', 'zum nächsten oder vorigen Bedienelement'],
            ['Eingabe, Leertaste', 'drücken, was den Fokus hat'],
            ['Esc', 'ein Menü oder Aufgeklapptes verlassen'],
            ['Strg F', 'diese Seite durchsuchen'],
          ],
        },
        'Die Geräteliste und die Durchsicht neuer Geräte haben eigene Tasten, die sie mit „?“ zeigen.',
      ],
    },
    commands: {
      title: 'Dasselbe auf der Befehlszeile',
      parts: [
        'Alles hier geht auch in einem Terminal auf dem Rechner von netureon. --help sagt zu jedem mehr, und --json schreibt für Programme.',
        {
          terms: [
            ['netureon scan', 'einmal hinsehen und sagen, wer da ist'],
            ['netureon network list', 'die Netze; auch stilllegen (retire) und benennen (rename)'],
            ['netureon alert list', 'die Alarme; bestätigen (ack), stummschalten (mute) und mehr'],
            ['netureon rule list', 'die Regeln, und die Probe: netureon rule rehearse'],
            ['netureon channel list', 'die Kanäle, und der Test: netureon channel test NAME'],
            ['netureon sensor list', 'die Sensoren'],
            ['netureon user list', 'wer sich anmelden darf; add, role, password'],
            ['netureon profile --device IP', 'ein Gerät fragen, was es ist'],
            ['netureon export', 'Geräte und Geschichte als CSV oder JSON'],
            ['netureon monitor', 'ist etwas still? Dann endet es mit 1'],
            ['netureon migrate', 'die Datenbank auf den neuesten Stand bringen'],
            ['netureon prune', 'löschen, was älter ist als [retention]'],
          ],
        },
      ],
    },
    data: {
      title: 'Wo die Daten sind, und Sicherungen',
      parts: [
        'Alles, was netureon weiß, ist in PostgreSQL. netureon up betreibt ein eigenes in /var/lib/netureon (als Benutzer: ~/.local/state/netureon); sonst ist es die Datenbank aus [database] url. Die Einstellungen stehen in /etc/netureon/netureon.toml.',
        'Sichern Sie die Datenbank und die Einstellungen. Mit den Werkzeugen von PostgreSQL, auch während netureon läuft:',
        {
          code: 'pg_dump --format=custom --file=netureon.dump "$DATABASE_URL"\npg_restore --clean --if-exists --dbname="$DATABASE_URL" netureon.dump',
        },
        'Wie viel aufbewahrt ist und wie groß es wird, steht auf der Seite des Systems.',
        {
          links: [
            ['/system', 'System'],
            ['/export?format=csv', 'Geräte als CSV'],
          ],
        },
      ],
    },
    system: {
      title: 'Die Seite des Systems',
      parts: [
        'Für Administratoren: welche Versionen laufen, ob jeder Dienst sich meldet, ob die Uhren stimmen, wie groß die Datenbank ist, welche Einstellung woher kam und worüber die Dienste klagten. Geheimes wird nie gezeigt.',
        'Rang der Einstellungen: Schalter, Umgebung, Datei, Vorgabe. Eine Änderung verlangt einen Neustart des Dienstes.',
        {
          links: [
            ['/system', 'System'],
            ['/audit', 'Wer was geändert hat'],
          ],
        },
      ],
    },
    trouble: {
      title: 'Wenn etwas nicht ist, wie es soll',
      parts: [
        {
          symptom: 'Ein Gerät gilt als weg, ist aber da',
          steps: [
            'Öffnen Sie es: Seine Seite sagt, wann es zuletzt gesehen wurde und wie viel Geduld es bekommt. Ein schlafendes Telefon antwortet niemandem; nach ein paar Nächten kennt netureon seine Gewohnheit.',
            'Wird sein Netz angesehen? Die Seite der Netze sagt, wann der letzte vollständige Suchlauf war.',
            'Vielleicht hat es eine neue zufällige MAC und steht als anderes Gerät in der Liste: Sehen Sie unter Neue Geräte nach und führen Sie beide zusammen.',
            'Schwaches WLAN verliert Rundrufe: Senken Sie [scan] rate.',
          ],
        },
        {
          symptom: 'Ein Gerät fehlt, das sicher verbunden ist',
          steps: [
            'Es muss in einem der Netze sein, die angesehen werden. Ein Gastnetz oder VLAN ist ein anderes Netz, oft hinter einem Router: Nehmen Sie [scan] vlans oder dort einen Sensor.',
            'Viele Zugangspunkte trennen Gäste voneinander: Dann sieht sie durch ARP niemand außer dem Router.',
          ],
        },
        {
          symptom: 'Es kommt keine E-Mail oder Nachricht',
          steps: [
            'Drücken Sie beim Kanal auf Test: Die Antwort wird Wort für Wort gezeigt.',
            'Öffnen Sie den Alarm: Jede Nachricht sagt, ob sie gesendet ist, bis wann sie wartet oder warum nicht (eine Regel, Ruhezeit, stummgeschaltet).',
            'Läuft die Zustellung der Alarme? Die Seite des Systems sagt es. Starten Sie sie mit: netureon alertd.',
            'Kein Kanal ist eingerichtet: Die Seite der Kanäle zeigt, was in netureon.toml zu schreiben ist.',
          ],
        },
        {
          symptom: 'Es wird nicht gesucht',
          steps: [
            'Die Seite des letzten Suchlaufs sagt, warum und was hilft.',
            'Starten Sie netureon scan von Hand auf dem Rechner, der sucht.',
            'Unter systemd: systemctl status netureon_scan.timer netureon_scan.service.',
          ],
        },
        {
          symptom: 'Es kommen zu viele Nachrichten',
          steps: [
            'Schalten Sie die Art oder das Gerät vom Alarm aus stumm, oder bündeln Sie es in einer Regel; die Probe zeigt, was eine Regel in dreißig Tagen getan hätte.',
            'Ein beobachtetes Gerät, das oft schläft: Geben Sie ihm auf seiner Seite mehr Zeit.',
          ],
        },
        {
          symptom: 'Die Seite erneuert sich nicht von selbst',
          steps: [
            'Der Fuß der Seite sagt, ob sie verbunden ist. Ein Proxy dazwischen darf /events nicht puffern.',
            'Ohne JavaScript laden Sie sie neu: Jede Seite geht auch so.',
          ],
        },
        {
          symptom: 'Die Anmeldung gelingt nicht mehr',
          steps: [
            'Auf dem Rechner von netureon: netureon user password NAME setzt ein neues Passwort, und netureon user list sagt, wen es gibt.',
          ],
        },
        {
          symptom: 'Eine Seite sagt, dass sie nicht entstehen konnte',
          steps: [
            'Sie zeigt eine kurze Kennung. Unter ihr stehen die Einzelheiten: auf der Seite des Systems oder im Journal von netureon_web.',
          ],
        },
        {
          links: [
            ['/scans', 'Suchläufe'],
            ['/networks', 'Netze'],
            ['/channels', 'Kanäle'],
            ['/system', 'System'],
          ],
        },
      ],
    },
  },
};
