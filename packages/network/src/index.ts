export * from './address-table.ts';
export * from './address.ts';
export * from './asn.ts';
export * from './cover-range.ts';
export * as nameRules from './names.ts';
export { isName, type NameRule } from './names.ts';
export * from './sort-addresses.ts';
export * from './special-addresses.ts';
export * from './value-schemas.ts';
