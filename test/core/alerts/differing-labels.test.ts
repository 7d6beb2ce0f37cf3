import { expect, it } from 'vitest';
import { differingLabels } from '../../../src/core/alerts/differing-labels.ts';

const of = (...all: Record<string, string>[]) => differingLabels(all.map((labels) => ({ labels })));

it('names what they do not agree on, most frequent value first', () => {
  expect(of({ pod: 'a', team: 'x' }, { pod: 'b', team: 'x' }, { pod: 'b', team: 'x' })).toEqual([
    { name: 'pod', values: ['b', 'a'], more: 0 },
  ]);
});

it('counts what it does not name', () => {
  expect(of(...['a', 'b', 'c', 'd', 'e'].map((pod) => ({ pod })))).toEqual([
    { name: 'pod', values: ['a', 'b', 'c'], more: 2 },
  ]);
});

it('puts first what people know things by, then what has the fewest values, three in all', () => {
  const differing = of(
    { zebra: '1', request: 'a', Pod: 'a', region: 'eu', shard: '1' },
    { zebra: '2', request: 'b', Pod: 'b', region: 'us', shard: '1' },
    { zebra: '2', request: 'c', Pod: 'c', region: 'us', shard: '2' },
  );
  expect(differing.map(({ name }) => name)).toEqual(['Pod', 'region', 'shard']);
});

it('says nothing of one alert, of what all carry, and of names that are not its own', () => {
  expect(of({ pod: 'a' })).toEqual([]);
  expect(of({ alertname: 'a', severity: 'b' }, { alertname: 'c', severity: 'd' })).toEqual([]);
  expect(of({ constructor: 'a' }, { other: 'x' })).toEqual([]);
  expect(of({ pod: 'a' }, {})).toEqual([]);
});
