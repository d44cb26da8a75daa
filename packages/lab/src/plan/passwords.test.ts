import { expect, test } from 'vitest';
import { dci } from './topologies.test-data.ts';
import { makePasswords, passwordOfRouter } from './passwords.ts';

const counted = (): (() => string) => {
  let count = 0;
  return () => `password ${String(++count)}`;
};

test('each side has a password, which its router expects', () => {
  const passwords = makePasswords(dci(), counted());

  expect(Object.fromEntries(passwords)).toEqual({ a: 'password 1', b: 'password 2' });
  expect(passwordOfRouter(dci(), passwords, 'dc1-border1')).toBe('password 1');
  expect(passwordOfRouter(dci(), passwords, 'dc2-border1')).toBe('password 2');
});

test('sides that have a router in common have one password', () => {
  const topology = dci((text) =>
    text
      .replace('- router: dc2-border1', '- router: dc1-border1')
      .replace('ge-0/0/2\n        routerAddresses: [172.16.2', 'ge-0/0/9\n        routerAddresses: [172.16.2'),
  );

  expect(Object.fromEntries(makePasswords(topology, counted()))).toEqual({ a: 'password 1', b: 'password 1' });
});

test('sides that have a Secret in common have one password', () => {
  const topology = dci((text) => text.replace(/secrets: \{.*?\}/, 'secret: metallb-bgp'));

  expect(Object.fromEntries(makePasswords(topology, counted()))).toEqual({ a: 'password 1', b: 'password 1' });
});

test('no two labs have one', () => {
  expect(makePasswords(dci()).get('a')).not.toBe(makePasswords(dci()).get('a'));
});
