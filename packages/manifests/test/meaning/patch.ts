import { find, type Editable } from '../support/built.ts';

/** An operation of a JSON patch (RFC 6902); those that kustomize's users write. */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace';
  /** A JSON pointer (RFC 6901). */
  readonly path: string;
  readonly value?: unknown;
}

/** A patch of one object, as a component of the user's has it. */
export interface Patch {
  readonly kind: string;
  readonly name: string;
  readonly operations: readonly Operation[];
}

/** What a component does: patches, and objects of its own. */
export interface Component {
  readonly what: string;
  /** A case of test/cases; `frr` when left out. */
  readonly base?: string;
  readonly patches: readonly Patch[];
  readonly resources: readonly Editable[];
}

/** What is refused, and the rule that refuses it, whatever word the object has. */
export interface BrokenComponent extends Component {
  readonly rule: string;
}

/** Samples that one rule refuses. */
export function refusedBy(rule: string, components: readonly Component[]): BrokenComponent[] {
  return components.map((component) => ({ ...component, rule }));
}

export function add(path: string, value: unknown): Operation {
  return { op: 'add', path, value };
}

export function replace(path: string, value: unknown): Operation {
  return { op: 'replace', path, value };
}

export function remove(path: string): Operation {
  return { op: 'remove', path };
}

/** A key of a mapping in a pointer: "metallb.io/address-pool". */
export function key(text: string): string {
  return text.replaceAll('~', '~0').replaceAll('/', '~1');
}

export type Row = readonly [what: string, ...operations: Operation[]];

/** Changes of one object, each by itself. */
export function rowsOf(kind: string, name: string, rows: readonly Row[], base?: string): Component[] {
  return rows.map(([what, ...operations]) => ({
    what: `${kind}${base === undefined ? '' : ` of ${base}`}: ${what}`,
    ...(base !== undefined && { base }),
    patches: [{ kind, name, operations }],
    resources: [],
  }));
}

type BrokenRow = readonly [what: string, rule: string, ...operations: Operation[]];

/** Changes of one object, each by itself, with the rule that refuses it. */
export function brokenRows(kind: string, name: string, rows: readonly BrokenRow[], base?: string): BrokenComponent[] {
  return rows.flatMap(([what, rule, ...operations]) =>
    refusedBy(rule, rowsOf(kind, name, [[what, ...operations]], base)),
  );
}

/** Objects of the user's, and the rule that refuses the last of them. */
export function refusedObjects(rule: string, what: string, ...resources: Editable[]): BrokenComponent {
  return { ...withObjects(what, ...resources), rule };
}

/** Objects of the user's, as they are. */
export function withObjects(what: string, ...resources: Editable[]): Component {
  return { what: `objects of the user's: ${what}`, patches: [], resources };
}

/** Does to objects what kustomize would do. */
export function applyComponent({ patches, resources }: Component, objects: Editable[]): void {
  for (const { kind, name, operations } of patches) {
    const object = find(objects, kind, name);
    for (const operation of operations) applyOperation(object, operation);
  }
  objects.push(...structuredClone(resources));
}

function applyOperation(object: Editable, { op, path, value }: Operation): void {
  const keys = path.slice(1).split('/').map(unescape);
  const last = keys.pop() ?? '';
  let place: unknown = object;
  for (const step of keys) place = (place as Record<string, unknown>)[step];
  if (typeof place !== 'object' || place === null) throw new Error(`There is no ${path}.`);
  const container = place as Record<string, unknown>;
  if (op !== 'add' && !Object.hasOwn(container, last)) throw new Error(`There is no ${path}.`);
  if (Array.isArray(place) && op !== 'replace') {
    const index = last === '-' ? place.length : Number(last);
    if (op === 'add') place.splice(index, 0, structuredClone(value));
    else place.splice(index, 1);
  } else if (op === 'remove') Reflect.deleteProperty(container, last);
  else container[last] = structuredClone(value);
}

function unescape(text: string): string {
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}
