/** Import and export of devices. */
export const transfer = {
  title: 'Import and export',
  intro:
    'Take the list of devices with you as a file, or bring in what you know of them: names, owners, notes, kinds and decisions. A file is shown first and applied as a whole; everything it did can be taken back at once.',
  export: 'Export',
  exportIntro: 'The whole list; with filters it can be exported from the list of devices.',
  csv: 'As CSV, for spreadsheets',
  json: 'As JSON, for programs',
  import: 'Import',
  file: 'A file: CSV or JSON, at most 5 MB',
  paste: 'Or paste it here',
  pasteHint:
    'The first line says what the columns are. Needed is mac or device; known are name, owner, notes, state, kind, watched.',
  make: 'Also make devices for MACs that are not known yet',
  look: 'Show what it would change',
  apply: (n: number) => (n === 1 ? 'Apply this change' : `Apply these ${n.toLocaleString('en-US')} changes`),
  report: 'What it would change',
  nothing: 'It would change nothing: everything in it is so already.',
  wrongFirst: 'Nothing can be applied while a line is wrong: correct the file and show it again.',
  changedMeanwhile:
    'Something changed since you looked: this is what it would do now. Nothing was changed yet.',
  ignored: (names: string) => `Columns that mean nothing here and are left out: ${names}.`,
  shortened: (n: number, all: number) =>
    `The first ${n.toLocaleString('en-US')} of ${all.toLocaleString('en-US')} lines are shown; wrong ones come first.`,
  counts: {
    change: (n: number) => (n === 1 ? '1 device changes' : `${n.toLocaleString('en-US')} devices change`),
    make: (n: number) => (n === 1 ? '1 device is made' : `${n.toLocaleString('en-US')} devices are made`),
    same: (n: number) =>
      n === 1 ? '1 line is so already' : `${n.toLocaleString('en-US')} lines are so already`,
    unknown: (n: number) =>
      n === 1
        ? '1 MAC is not known and left out'
        : `${n.toLocaleString('en-US')} MACs are not known and left out`,
    wrong: (n: number) => (n === 1 ? '1 line is wrong' : `${n.toLocaleString('en-US')} lines are wrong`),
  },
  columns: { line: 'Line', device: 'Device', what: 'What' },
  verdicts: { change: 'changes', make: 'is made', same: 'as it is', unknown: 'not known', wrong: 'wrong' },
  fields: {
    device: 'Device number',
    mac: 'MAC',
    macs: 'MACs',
    name: 'Name',
    owner: 'Owner',
    notes: 'Notes',
    state: 'State',
    kind: 'Kind',
    watched: 'Watched',
  },
  none: 'none',
  done: {
    title: 'Done imports',
    empty: 'Nothing was imported yet.',
    line: (lines: number, made: number) =>
      `${lines === 1 ? '1 device' : `${lines.toLocaleString('en-US')} devices`}${made > 0 ? `, ${made.toLocaleString('en-US')} of them made` : ''}`,
    undone: (by: string) => `taken back by ${by}`,
    undo: 'Take back',
    applied: 'The import was applied.',
    takenBack: 'The import was taken back.',
    stale: 'Something newer changed one of its devices, or it was taken back already. Nothing was changed.',
  },
  problems: {
    noMac: 'There is no MAC and no device number.',
    badMac: (text: string) => `${text} is no MAC.`,
    groupMac: (text: string) => `${text} is a group address: no device has it.`,
    badDevice: (text: string) => `There is no device ${text}.`,
    twice: (line: number) => `The same device as in line ${line}.`,
    several: 'Its MACs belong to several devices.',
    badState: (text: string) => `${text} is none of known, ignored, blocked, archived.`,
    notNewAgain: 'A device that was decided about cannot be new again.',
    badWatched: (text: string) => `${text} is neither yes nor no.`,
    badKind: 'At most 60 characters, without control characters.',
  },
  file_problems: {
    encoding: 'This is not UTF-8 text. Save it as “CSV UTF-8”.',
    empty: 'There is nothing in it.',
    no_mac_column: 'None of its columns is called mac or device, so nobody knows which devices it means.',
    repeated_column: 'Two of its columns mean the same.',
    quotes: 'The quotation marks do not fit: a field that begins with one has to end with one.',
    json: 'This is not JSON.',
    json_shape: 'It has to be a list of devices, or an export of this site.',
    too_many: 'It has more than 20,000 lines. Split it.',
    at: (line: number, problem: string) => `Line ${line}: ${problem}`,
    none: 'Choose a file, or paste its text.',
    notAFile: 'This address takes a form with a file, or text.',
  },
};
