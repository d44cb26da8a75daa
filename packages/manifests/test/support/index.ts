export * from './built.ts';
export * from './cases.ts';
export * from './frr-configurations.ts';
