export * from './built.ts';
export * from './cases.ts';
