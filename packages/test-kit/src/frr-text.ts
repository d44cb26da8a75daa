/** Messages of every bgpd that runs without zebra, by FRR's own id of the message. */
const ordinaryMessages = [
  'T83RR-8SM5G', // starting
  'VMFZK-56S5Y', // no label manager
  'YTHK0-FSPPJ', // nothing to tell zebra
  'VTCF0-ZHP6C', // the BMP module has no OPEN of bgpd's own routes
  'K3RM9-4A4HY', // nor its answer
  'GNTN9-G7K6J', // BGP-LS module
  'GRW2W-7XNK7', // a mesh neighbor that is not there
];

/** What bgpd printed that is neither ordinary nor of a session: complaints about its configuration. */
export function complaintsOf(output: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '' && !ordinaryMessages.some((id) => line.includes(`[${id}]`)))
    .filter((line) => !/%ADJCHANGE|%NOTIFICATION/.test(line));
}

/** Commands with the block that they stand in, sorted; bgpd writes blocks in an order of its own. */
export function commandsOf(text: string): readonly string[] {
  const lines: string[] = [];
  let block = '';
  let family = '';
  for (const raw of text.split('\n').filter(isCommand)) {
    const line = raw.trim();
    if (!raw.startsWith(' ')) block = '';
    if (line.startsWith('exit-address-family')) family = '';
    if (line.startsWith('exit') || processLines.test(line)) continue;
    lines.push([block, family, line].filter((part) => part !== '').join(' | '));
    if (/^(router bgp|route-map) /.test(line)) block = line;
    if (line.startsWith('address-family ')) family = line;
  }
  return lines.sort();
}

/** Lines that say how bgpd was started or what it is, not what it was told. */
const processLines = /^(frr version .+|bgp no-rib|end)$/;

export function isCommand(line: string): boolean {
  return line.trim() !== '' && !line.trim().startsWith('!');
}
