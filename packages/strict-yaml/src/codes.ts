import type { CodeDescription } from './issue.ts';

/** What can be wrong with any YAML file that has a schema, whatever the schema is. */
export const documentCodes = {
  'yaml-syntax': {
    severity: 'error',
    title: 'The file is not YAML',
    why: 'Nothing can be read from it. The position is where the parser gave up; the cause often stands a line above.',
  },
  'yaml-duplicate-key': {
    severity: 'error',
    title: 'A key stands twice in one mapping',
    why: 'YAML readers differ on which of the two counts. One of them would be lost without a word.',
  },
  'yaml-several-documents': {
    severity: 'error',
    title: 'The file holds several documents',
    why: 'Everything after the second `---` would be ignored.',
  },
  'yaml-alias': {
    severity: 'error',
    title: 'An alias or a merge key is used',
    why: 'With anchors one edit changes places far away; in a file that decides over sessions every value stands where it counts.',
  },
  'yaml-tag': {
    severity: 'error',
    title: 'A tag is used',
    why: 'Tags change what a value means; no key here needs one.',
  },
  'unknown-key': {
    severity: 'error',
    title: 'No such key',
    why: 'An unknown key has no effect. Usually it is a known one with a typing error, and its effect would be missing.',
  },
  'missing-key': {
    severity: 'error',
    title: 'A required key is missing',
    why: 'There is no value that would be right for every network.',
  },
  'wrong-type': {
    severity: 'error',
    title: 'The value has the wrong type',
    why: 'A list, a mapping, a string, a number and true/false are different things; nothing is converted silently.',
  },
  unquoted: {
    severity: 'error',
    title: 'A string is not in quotes',
    why: 'Without quotes YAML reads 65000.10 as the number 65000.1, `no` as false (older readers) and 1e3 as 1000.',
  },
  'unknown-value': {
    severity: 'error',
    title: 'Not one of the allowed values',
    why: 'The key takes one of a few words.',
  },
  'out-of-range': {
    severity: 'error',
    title: 'A number or a list is too large or too small',
    why: "The limit is the protocol's or the platform's; the message names it.",
  },
  'wrong-format': {
    severity: 'error',
    title: 'The value does not have the right form',
    why: 'Addresses, AS numbers, names and so on are read strictly, because a router or Kubernetes would refuse or misread them later.',
  },
  'host-bits-set': {
    severity: 'error',
    title: 'A prefix has host bits set',
    why: 'Routers either refuse such a prefix or cut it silently; an address may have been meant.',
  },
  'more-issues': {
    severity: 'error',
    title: 'More is wrong than is told',
    why: 'Of one file a hundred problems are told: the first of them usually explain the others.',
  },
  'duplicate-entry': {
    severity: 'error',
    title: 'An entry stands twice in a list',
    why: 'Usually one of the two was meant to be something else.',
  },
} as const satisfies Record<string, CodeDescription>;

export type DocumentCode = keyof typeof documentCodes;
